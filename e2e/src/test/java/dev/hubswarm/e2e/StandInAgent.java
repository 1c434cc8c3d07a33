package dev.hubswarm.e2e;

import com.sun.net.httpserver.HttpServer;
import dev.hubswarm.agent.tls.CaFolder;
import dev.hubswarm.agent.tls.HubCertificates;
import dev.hubswarm.agent.tls.HubHosts;
import dev.hubswarm.testkit.HttpHead;
import io.netty.handler.ssl.JdkSslContext;
import io.netty.handler.ssl.SslContext;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.util.Locale;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLSocket;

/**
 * What {@code env} and {@code run} find where an agent runs: its note, its control port, and a proxy that answers "hello"
 * in the name of whoever is asked for, by TLS with the authority of the sandbox. Thread-safe.
 */
final class StandInAgent implements AutoCloseable {
    private final ServerSocket proxy = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final HttpServer control = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final HubCertificates certificates;

    StandInAgent(Sandbox sandbox, String upstream) throws IOException {
        Path state = sandbox.state();
        certificates = new HubCertificates(CaFolder.in(state), new HubHosts(URI.create(upstream)), Clock.systemUTC());
        long pid = ProcessHandle.current().pid();
        control.createContext("/health", exchange -> {
            byte[] body = ("{\"pid\":" + pid + "}").getBytes(StandardCharsets.US_ASCII);
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        control.setExecutor(threads);
        control.start();
        if (Files.notExists(state))
            Files.createDirectory(
                    state, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Files.writeString(state.resolve("control-token"), "0123456789abcdef");
        Files.writeString(
                state.resolve("agent.json"),
                "{\"version\":\"0\",\"pid\":" + pid + ",\"proxy\":\"" + address() + "\",\"control\":\"127.0.0.1:"
                        + control.getAddress().getPort() + "\",\"sockets\":{},\"upstream\":\"" + upstream
                        + "\",\"peer_port\":1,\"cache_dirs\":[]}");
        threads.execute(this::accept);
    }

    String address() {
        return "127.0.0.1:" + proxy.getLocalPort();
    }

    private void accept() {
        while (true) {
            try {
                Socket connection = proxy.accept();
                threads.execute(() -> serve(connection));
            } catch (IOException e) {
                return;
            }
        }
    }

    private void serve(Socket connection) {
        try (connection) {
            connection.setSoTimeout(20_000);
            String head = HttpHead.read(connection.getInputStream());
            if (!head.startsWith("CONNECT ")) {
                answer(connection, "mirror of " + head.split(" ", 3)[1]);
                return;
            }
            String host = head.split(" ", 3)[1].replaceAll(":443$", "");
            SslContext context = certificates.contextFor(host);
            if (context == null) {
                connection.getOutputStream().write("HTTP/1.1 502 No\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                return;
            }
            connection.getOutputStream().write("HTTP/1.1 200 OK\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            try (SSLSocket tls = (SSLSocket)
                    ((JdkSslContext) context).context().getSocketFactory().createSocket(connection, host, 443, true)) {
                tls.setUseClientMode(false);
                HttpHead.read(tls.getInputStream());
                answer(tls, "hello from " + host.toLowerCase(Locale.ROOT));
            }
        } catch (IOException e) {
            // A client that refused, or has gone; it tells itself.
            return;
        }
    }

    private static void answer(Socket connection, String body) throws IOException {
        connection
                .getOutputStream()
                .write(("HTTP/1.1 200 OK\r\nContent-Length: " + body.length() + "\r\nConnection: close\r\n\r\n" + body)
                        .getBytes(StandardCharsets.US_ASCII));
        connection.getOutputStream().flush();
    }

    @Override
    public void close() throws IOException {
        proxy.close();
        control.stop(0);
        threads.shutdown();
        try {
            if (!threads.awaitTermination(30, TimeUnit.SECONDS)) throw new IOException("somebody is still connected");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
