package dev.hubswarm.hub.origin;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.base.Redacted;
import dev.hubswarm.base.TlsTrust;
import dev.hubswarm.testkit.HttpHead;
import dev.hubswarm.testkit.TestTls;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Ranges by TLS, straight and through a proxy's tunnel. */
final class RangeReaderTlsTest {
    private static final byte[] FILE = new byte[300_000];

    static {
        new Random(2).nextBytes(FILE);
    }

    @TempDir
    private Path folder;

    private final List<ServerSocket> servers = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private final List<String> requests = Collections.synchronizedList(new ArrayList<>());
    private final ByteArrayOutputStream got = new ByteArrayOutputStream();

    /** Does something with each connection that comes. */
    @FunctionalInterface
    private interface Service {
        void serve(Socket connection) throws IOException;
    }

    private int listen(ServerSocket server, Service service) {
        servers.add(server);
        Thread thread = new Thread(() -> {
            while (!server.isClosed()) {
                try (Socket connection = server.accept()) {
                    service.serve(connection);
                } catch (IOException e) {
                    // The client went away, or the test is over.
                }
            }
        });
        thread.start();
        threads.add(thread);
        return server.getLocalPort();
    }

    @AfterEach
    void stop() throws Exception {
        for (ServerSocket server : servers) server.close();
        for (Thread thread : threads) thread.join();
    }

    private int storage(TestTls tls) throws IOException {
        return listen(
                tls.context().getServerSocketFactory().createServerSocket(0, 50, InetAddress.getByName("localhost")),
                connection -> {
                    while (true) {
                        requests.add(HttpHead.read(connection.getInputStream()));
                        OutputStream out = connection.getOutputStream();
                        out.write(("HTTP/1.1 206 Ok\r\nContent-Length: " + FILE.length + "\r\nContent-Range: bytes 0-"
                                        + (FILE.length - 1) + "/" + FILE.length + "\r\n\r\n")
                                .getBytes(ISO_8859_1));
                        out.write(FILE);
                        out.flush();
                    }
                });
    }

    /** Reads the file twice, over one connection. */
    private void readTwice(TestTls trusted, URI uri, @Nullable UpstreamProxy proxy) throws Exception {
        Duration timeout = Duration.ofSeconds(5);
        OriginConfig config = new OriginConfig(
                OriginConfig.HUGGING_FACE,
                null,
                new ProxyRules(proxy, proxy, List.of()),
                trusted.pem(),
                false,
                "test",
                timeout,
                timeout,
                0);
        try (RangeReader reader = new RangeReader(config, TlsTrust.of(trusted.pem()))) {
            for (int i = 0; i < 2; i++) {
                got.reset();
                reader.read(
                        uri, Map.of(), 0, FILE.length, FILE.length, ByteBuffer.allocateDirect(1 << 16), (bytes, at) -> {
                            byte[] taken = new byte[bytes.remaining()];
                            bytes.get(taken);
                            got.writeBytes(taken);
                            return FILE.length;
                        });
                assertArrayEquals(FILE, got.toByteArray());
            }
        }
    }

    @Test
    void rangesComeByTls() throws Exception {
        TestTls tls = TestTls.create(folder, "dns:localhost");
        readTwice(tls, URI.create("https://localhost:" + storage(tls) + "/a"), null);
        assertEquals(2, requests.size());
    }

    @Test
    void aCertificateForAnotherNameIsRefused() throws Exception {
        TestTls tls = TestTls.create(folder, "dns:other.example");
        URI uri = URI.create("https://localhost:" + storage(tls) + "/a");
        assertThrows(RangeException.class, () -> readTwice(tls, uri, null));
        assertEquals(0, got.size());
        assertEquals(List.of(), requests);
    }

    @Test
    void aCertificateThatNobodyVouchesForIsRefused() throws Exception {
        TestTls served = TestTls.create(folder, "dns:localhost");
        Path other = Files.createDirectory(folder.resolve("other"));
        TestTls trusted = TestTls.create(other, "dns:localhost");
        URI uri = URI.create("https://localhost:" + storage(served) + "/a");
        assertThrows(RangeException.class, () -> readTwice(trusted, uri, null));
        assertEquals(List.of(), requests);
    }

    @Test
    void aProxyIsAskedForATunnelAndSeesNothingElse() throws Exception {
        TestTls tls = TestTls.create(folder, "dns:localhost");
        int storage = storage(tls);
        List<String> seen = Collections.synchronizedList(new ArrayList<>());
        int port = listen(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()), connection -> {
            String head = HttpHead.read(connection.getInputStream());
            seen.add(head);
            if (!head.contains("Basic abc")) {
                connection.getOutputStream().write("HTTP/1.1 407 Who\r\n\r\n".getBytes(ISO_8859_1));
                return;
            }
            connection.getOutputStream().write("HTTP/1.1 200 Go\r\nX: y\r\n\r\n".getBytes(ISO_8859_1));
            try (Socket there = new Socket(InetAddress.getByName("localhost"), storage)) {
                Thread back = new Thread(() -> pump(there, connection));
                back.start();
                pump(connection, there);
                join(back);
            }
        });
        InetSocketAddress address = InetSocketAddress.createUnresolved("127.0.0.1", port);
        URI uri = URI.create("https://localhost:" + storage + "/secret");
        readTwice(tls, uri, new UpstreamProxy(Proxy.Type.HTTP, address, new Redacted("Basic abc")));
        assertEquals(2, requests.size());
        assertEquals(1, seen.size());
        assertTrue(seen.get(0).startsWith("CONNECT localhost:" + storage + " HTTP/1.1\r\n"), seen.get(0));

        RangeException refused = assertThrows(
                RangeException.class, () -> readTwice(tls, uri, new UpstreamProxy(Proxy.Type.HTTP, address, null)));
        assertTrue(String.valueOf(refused.getMessage()).contains("407"), refused.getMessage());
    }

    private static void pump(Socket from, Socket to) {
        try {
            from.getInputStream().transferTo(to.getOutputStream());
            to.shutdownOutput();
        } catch (IOException e) {
            close(to);
        }
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void aPlainServerThroughAProxyIsAskedByItsWholeAddress() throws Exception {
        TestTls tls = TestTls.create(folder, "dns:localhost");
        List<String> seen = Collections.synchronizedList(new ArrayList<>());
        int port = listen(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()), connection -> {
            while (true) {
                seen.add(HttpHead.read(connection.getInputStream()));
                connection
                        .getOutputStream()
                        .write(("HTTP/1.1 206 Ok\r\nContent-Length: " + FILE.length + "\r\nContent-Range: bytes 0-"
                                        + (FILE.length - 1) + "/" + FILE.length + "\r\n\r\n")
                                .getBytes(ISO_8859_1));
                connection.getOutputStream().write(FILE);
            }
        });
        InetSocketAddress address = InetSocketAddress.createUnresolved("127.0.0.1", port);
        readTwice(
                tls,
                URI.create("http://storage.example/a?b=c"),
                new UpstreamProxy(Proxy.Type.HTTP, address, new Redacted("Basic abc")));
        assertTrue(seen.get(0).startsWith("GET http://storage.example/a?b=c HTTP/1.1\r\n"), seen.get(0));
        assertTrue(seen.get(0).contains("\r\nProxy-Authorization: Basic abc\r\n"), seen.get(0));
    }
}
