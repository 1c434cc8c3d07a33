package dev.hubswarm.javaagent;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.hubswarm.testkit.TestTls;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The stub under the Hub's own names, with TLS, for programs that know no other: behind a proxy that opens tunnels to it.
 * Thread-safe.
 */
final class HubOnTls implements AutoCloseable {
    private static final String HUB = "https://huggingface.co";
    private static final String CDN = "https://cas-bridge.xethub.hf.co";
    private static final char[] PASSWORD = "changeit".toCharArray();

    private final Hub hub;
    private final HttpsServer server;
    private final ServerSocket proxy = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final Path trust;
    private final HttpClient client = HttpClient.newHttpClient();
    private final ExecutorService threads = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "hub-on-tls");
        thread.setDaemon(true);
        return thread;
    });
    private final AtomicLong fromCdn = new AtomicLong();

    HubOnTls(Hub hub, Path folder) throws Exception {
        this.hub = hub;
        TestTls tls = TestTls.create(folder, "dns:huggingface.co,dns:cas-bridge.xethub.hf.co");
        trust = folder.resolve("trust.p12");
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        try (InputStream pem = Files.newInputStream(tls.pem())) {
            store.setCertificateEntry(
                    "hub", CertificateFactory.getInstance("X.509").generateCertificate(pem));
        }
        try (OutputStream out = Files.newOutputStream(trust)) {
            store.store(out, PASSWORD);
        }
        server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(tls.context()));
        server.setExecutor(threads);
        server.createContext("/", this::serve);
        server.start();
        threads.execute(this::accept);
    }

    /** For a JVM that is to find it. */
    String[] options() {
        return new String[] {
            "-Dhttps.proxyHost=127.0.0.1",
            "-Dhttps.proxyPort=" + proxy.getLocalPort(),
            "-Djavax.net.ssl.trustStore=" + trust,
            "-Djavax.net.ssl.trustStorePassword=" + new String(PASSWORD)
        };
    }

    /** Bytes of bodies that programs had of the CDN itself. */
    long fromCdn() {
        return fromCdn.get();
    }

    private void serve(HttpExchange exchange) throws IOException {
        try (exchange) {
            boolean atCdn = exchange.getRequestHeaders().getFirst("Host").startsWith("cas-bridge");
            String origin = atCdn ? hub.stub().cdnEndpoint() : hub.address();
            HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(origin + exchange.getRequestURI()))
                    .method(exchange.getRequestMethod(), HttpRequest.BodyPublishers.noBody());
            for (String name : new String[] {"Authorization", "Range", "Accept-Encoding"}) {
                String value = exchange.getRequestHeaders().getFirst(name);
                if (value != null) request.header(name, value);
            }
            HttpResponse<byte[]> response = client.send(request.build(), BodyHandlers.ofByteArray());
            response.headers().map().forEach((name, values) -> {
                String value =
                        values.get(0).replace(hub.stub().cdnEndpoint(), CDN).replace(hub.address(), HUB);
                if (!name.equals("content-length") && !name.equals("transfer-encoding") && !name.startsWith(":"))
                    exchange.getResponseHeaders().set(name, value);
            });
            byte[] body = response.body();
            if (atCdn) fromCdn.addAndGet(body.length);
            exchange.sendResponseHeaders(response.statusCode(), body.length == 0 ? -1 : body.length);
            exchange.getResponseBody().write(body);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void accept() {
        try {
            while (true) {
                Socket socket = proxy.accept();
                threads.execute(() -> tunnel(socket));
            }
        } catch (IOException e) {
            // Closed.
        }
    }

    private void tunnel(Socket in) {
        try (in;
                Socket out = new Socket(
                        server.getAddress().getAddress(), server.getAddress().getPort())) {
            StringBuilder head = new StringBuilder();
            while (head.indexOf("\r\n\r\n") < 0) {
                int got = in.getInputStream().read();
                if (got < 0) return;
                head.append((char) got);
            }
            in.getOutputStream().write("HTTP/1.1 200 OK\r\n\r\n".getBytes(ISO_8859_1));
            threads.execute(() -> pass(in, out));
            out.getInputStream().transferTo(in.getOutputStream());
        } catch (IOException e) {
            // One side left.
        }
    }

    private static void pass(Socket from, Socket to) {
        try {
            from.getInputStream().transferTo(to.getOutputStream());
            to.shutdownOutput();
        } catch (IOException e) {
            // One side left.
        }
    }

    @Override
    public void close() throws IOException {
        proxy.close();
        server.stop(0);
        threads.shutdownNow();
    }
}
