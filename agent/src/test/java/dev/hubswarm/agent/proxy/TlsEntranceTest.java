package dev.hubswarm.agent.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.agent.tls.CaFolder;
import dev.hubswarm.agent.tls.HubCertificates;
import dev.hubswarm.agent.tls.HubHosts;
import dev.hubswarm.agent.tls.PublicRoots;
import dev.hubswarm.hub.origin.ProxyRules;
import dev.hubswarm.hub.origin.UpstreamProxy;
import dev.hubswarm.hubstub.HubStub;
import dev.hubswarm.testkit.HttpHead;
import dev.hubswarm.testkit.LeakCheck;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Clock;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Clients that begin TLS with the Hub through us, and trust us or not. */
@ExtendWith(LeakCheck.class)
final class TlsEntranceTest {
    private static final String HOST = "huggingface.co";

    @TempDir
    Path home;

    private final HubStub hub = HubStub.builder().start();
    /** Who is let through to the Hub itself comes here. */
    private ServerSocket outside;

    private TestProxy proxy;
    private TrustManager[] ours;

    @BeforeEach
    void start() throws Exception {
        HubHosts hosts = new HubHosts(URI.create("https://" + HOST));
        Path root = CaFolder.in(home)
                .prepare(hosts.domains(), new PublicRoots(List.of()), Instant.now())
                .files()
                .javaStore();
        KeyStore store = KeyStore.getInstance(root.toFile(), "changeit".toCharArray());
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        ours = factory.getTrustManagers();
        outside = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        UpstreamProxy upstream = new UpstreamProxy(
                Proxy.Type.HTTP, InetSocketAddress.createUnresolved("127.0.0.1", outside.getLocalPort()), null);
        HubCertificates certificates = new HubCertificates(CaFolder.in(home), hosts, Clock.systemUTC());
        proxy = TestProxy.start(
                home,
                URI.create(hub.endpoint()),
                new ProxyRules(null, upstream, List.of()),
                TestProxy.NONE,
                certificates::contextFor,
                Destinations.PUBLIC);
    }

    @AfterEach
    void stop() throws IOException {
        proxy.close();
        hub.close();
        outside.close();
    }

    private Socket connect() throws IOException {
        Socket socket =
                new Socket(InetAddress.getLoopbackAddress(), proxy.address().getPort());
        socket.setSoTimeout(20_000);
        socket.getOutputStream()
                .write(("CONNECT " + HOST + ":443 HTTP/1.1\r\nHost: " + HOST + ":443\r\n\r\n")
                        .getBytes(StandardCharsets.US_ASCII));
        assertTrue(HttpHead.read(socket.getInputStream()).startsWith("HTTP/1.1 200"), "it is let in");
        return socket;
    }

    /** @param trust none for the public roots */
    private SSLSocket tls(Socket under, TrustManager... trust) throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.length == 0 ? null : trust, null);
        SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket(under, HOST, 443, true);
        socket.setSoTimeout(20_000);
        return socket;
    }

    private void ask(SSLSocket socket) throws IOException {
        socket.getOutputStream()
                .write(("GET /api/nothing HTTP/1.1\r\nHost: " + HOST + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
        assertTrue(HttpHead.read(socket.getInputStream()).startsWith("HTTP/1.1 404"), "the Hub answers");
    }

    /** As an outside that takes one connection: returns what was asked for, and the first byte of what came then. */
    private CompletableFuture<String> takeOne() {
        return CompletableFuture.supplyAsync(() -> {
            try (Socket socket = outside.accept()) {
                socket.setSoTimeout(20_000);
                String asked = HttpHead.read(socket.getInputStream()).split("\r\n", 2)[0];
                socket.getOutputStream().write("HTTP/1.1 200 OK\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                return asked + " " + socket.getInputStream().read();
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    private void assertNextPassesUntouched() throws Exception {
        CompletableFuture<String> taken = takeOne();
        try (SSLSocket socket = tls(connect())) {
            // The outside hangs up in the middle of it.
            assertThrows(IOException.class, socket::startHandshake);
        }
        assertEquals("CONNECT " + HOST + ":443 HTTP/1.1 22", taken.get(20, TimeUnit.SECONDS));
    }

    @Test
    void whoTrustsUsIsAnswered() throws Exception {
        for (int i = 0; i < 3; i++) {
            try (SSLSocket socket = tls(connect(), ours)) {
                ask(socket);
            }
        }
        assertEquals(List.of(), proxy.distrusting());
    }

    @Test
    void whoRefusesIsLetThroughFromThenOn() throws Exception {
        try (SSLSocket socket = tls(connect())) {
            assertThrows(SSLException.class, socket::startHandshake);
        }
        proxy.awaitDistrust();
        assertNextPassesUntouched();
        assertNextPassesUntouched();
    }

    /** As OpenSSL does: what it knows of us it has by then, and the alert is not encrypted. */
    @Test
    void soIsWhoSaysSoInTheClear() throws Exception {
        byte[] hello = hello();
        try (Socket socket = connect()) {
            socket.getOutputStream().write(hello);
            assertEquals(22, socket.getInputStream().read(), "we go on");
            socket.getOutputStream().write(new byte[] {20, 3, 3, 0, 1, 1, 21, 3, 3, 0, 2, 2, 48});
        }
        proxy.awaitDistrust();
        assertNextPassesUntouched();
    }

    /** What clients of these tests begin with. */
    private static byte[] hello() throws Exception {
        SSLEngine engine = SSLContext.getDefault().createSSLEngine(HOST, 443);
        engine.setUseClientMode(true);
        ByteBuffer out = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
        engine.wrap(ByteBuffer.allocate(0), out);
        return Arrays.copyOf(out.array(), out.position());
    }

    /** As with GnuTLS, by which programs look at the certificate when the handshake is done. */
    @Test
    void soIsWhoLeavesTwiceWithoutAWord() throws Exception {
        for (int i = 0; i < 2; i++) {
            try (SSLSocket socket = tls(connect(), ours)) {
                socket.startHandshake();
                assertEquals(List.of(), proxy.distrusting());
            }
        }
        proxy.awaitDistrust();
        assertNextPassesUntouched();
    }

    @Test
    void whoAskedBeforeMayLeave() throws Exception {
        try (SSLSocket socket = tls(connect(), ours)) {
            ask(socket);
        }
        for (int i = 0; i < 5; i++) {
            try (SSLSocket socket = tls(connect(), ours)) {
                socket.startHandshake();
            }
        }
        try (SSLSocket socket = tls(connect(), ours)) {
            ask(socket);
        }
        assertEquals(List.of(), proxy.distrusting());
    }

    /** Nor is it remembered against anybody. */
    @Test
    void whatIsNoTlsIsLeft() throws Exception {
        for (String text : List.of("GET / HTTP/1.1\r\n\r\n", "\26\3\1\0\5\1\0\0\1\0")) {
            try (Socket socket = connect()) {
                socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
                int last = 0;
                while (last >= 0) last = socket.getInputStream().read();
                assertEquals(-1, last);
            }
        }
        try (SSLSocket socket = tls(connect(), ours)) {
            ask(socket);
        }
        assertEquals(List.of(), proxy.distrusting());
    }
}
