package dev.hubswarm.e2e;

import dev.hubswarm.agent.tls.CaFolder;
import dev.hubswarm.agent.tls.HubCertificates;
import dev.hubswarm.agent.tls.HubHosts;
import dev.hubswarm.agent.tls.PublicRoots;
import dev.hubswarm.base.UserError;
import dev.hubswarm.hubstub.HubStub;
import dev.hubswarm.testkit.HttpHead;
import io.netty.handler.ssl.JdkSslContext;
import io.netty.handler.ssl.SslContext;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLSocket;

/**
 * The world outside: a company's proxy, behind which the stand-in Hub is huggingface.co and its storage
 * {@link #STORAGE}, by TLS with certificates of a root that is none of ours. Thread-safe.
 */
final class Internet implements AutoCloseable {
    static final String HUB = "https://huggingface.co";
    /** What the Hub's links have to begin with. */
    static final String STORAGE = "https://cas-bridge.xethub.hf.co";

    private final ServerSocket proxy = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final HubCertificates certificates;
    private final Path root;
    private final int hub;
    private final int storage;

    /** @param folder which is not there yet */
    Internet(Path folder, HubStub stub) throws IOException, InterruptedException, UserError {
        Files.createDirectory(
                folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        HubHosts hosts = new HubHosts(URI.create(HUB));
        CaFolder authority = CaFolder.in(folder);
        root = authority
                .prepare(hosts.domains(), new PublicRoots(List.of()), Instant.now())
                .files()
                .root();
        certificates = new HubCertificates(authority, hosts, Clock.systemUTC());
        hub = URI.create(stub.endpoint()).getPort();
        storage = URI.create(stub.cdnEndpoint()).getPort();
        threads.execute(this::accept);
    }

    String address() {
        return "http://127.0.0.1:" + proxy.getLocalPort();
    }

    /** What everybody out there trusts. */
    Path root() {
        return root;
    }

    private void accept() {
        while (true) {
            try {
                Socket connection = proxy.accept();
                open.add(connection);
                threads.execute(() -> serve(connection));
            } catch (IOException e) {
                return;
            }
        }
    }

    private void serve(Socket connection) {
        try (connection) {
            String host = HttpHead.read(connection.getInputStream()).split("[ :]", -1)[1];
            SslContext context = certificates.contextFor(host);
            if (context == null) return;
            connection.getOutputStream().write("HTTP/1.1 200 OK\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            try (SSLSocket near = (SSLSocket) ((JdkSslContext) context)
                            .context()
                            .getSocketFactory()
                            .createSocket(connection, host, 443, true);
                    Socket far = new Socket(
                            InetAddress.getLoopbackAddress(), STORAGE.endsWith("/" + host) ? storage : hub)) {
                open.add(far);
                near.setUseClientMode(false);
                near.startHandshake();
                threads.execute(() -> copy(near, far));
                copy(far, near);
                open.remove(far);
            }
        } catch (IOException e) {
            // Whoever does not trust us, or has gone, says so himself.
            return;
        } finally {
            open.remove(connection);
        }
    }

    private static void copy(Socket from, Socket to) {
        try (from;
                to) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            byte[] buffer = new byte[64 << 10];
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) out.write(buffer, 0, count);
        } catch (IOException e) {
            // One end has gone, and so does the other now.
            return;
        }
    }

    @Override
    public void close() throws IOException {
        proxy.close();
        for (Socket each : open) each.close();
        threads.shutdown();
        try {
            if (!threads.awaitTermination(30, TimeUnit.SECONDS)) throw new IOException("somebody is still connected");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
