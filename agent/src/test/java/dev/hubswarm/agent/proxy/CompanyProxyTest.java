package dev.hubswarm.agent.proxy;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.base.Redacted;
import dev.hubswarm.hub.origin.ProxyRules;
import dev.hubswarm.hub.origin.UpstreamProxy;
import dev.hubswarm.hubstub.HubStub;
import dev.hubswarm.hubstub.StubContent;
import dev.hubswarm.hubstub.StubRepo;
import dev.hubswarm.testkit.LeakCheck;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The Hub behind a proxy of the company's, which may want a password. */
@ExtendWith(LeakCheck.class)
final class CompanyProxyTest {
    private static final StubContent LARGE = StubContent.generated(3, 2_000_001);
    private static final String FILE = "/org/model/resolve/main/model.bin";
    private static final String PASSWORD = "Basic bWU6c2VjcmV0";

    /** Reads no more of it than where to. Thread-safe. */
    private static final class Company implements AutoCloseable {
        private final ServerSocket server;
        private final ExecutorService threads = Executors.newCachedThreadPool();
        private final List<String> seen = new ArrayList<>();

        Company(boolean isSocks) throws IOException {
            server = new ServerSocket(0, 16, InetAddress.getLoopbackAddress());
            threads.execute(() -> {
                while (!server.isClosed()) {
                    try {
                        Socket client = server.accept();
                        threads.execute(() -> serve(client, isSocks));
                    } catch (IOException e) {
                        // It is closed.
                    }
                }
            });
        }

        private void serve(Socket client, boolean isSocks) {
            try (client) {
                if (isSocks) socks(client);
                else http(client);
            } catch (IOException e) {
                // Somebody left.
            }
        }

        /** RFC 1928, without a password. */
        private void socks(Socket client) throws IOException {
            InputStream in = client.getInputStream();
            byte[] greeting = in.readNBytes(2);
            in.readNBytes(greeting[1]);
            client.getOutputStream().write(new byte[] {5, 0});
            byte[] request = in.readNBytes(4);
            String host = request[3] == 3
                    ? new String(in.readNBytes(in.read()), StandardCharsets.US_ASCII)
                    : InetAddress.getByAddress(in.readNBytes(request[3] == 1 ? 4 : 16))
                            .getHostAddress();
            int port = in.read() << 8 | in.read();
            note("SOCKS " + host + ":" + port);
            try (Socket other = new Socket(host, port)) {
                client.getOutputStream().write(new byte[] {5, 0, 0, 1, 0, 0, 0, 0, 0, 0});
                splice(client, other);
            }
        }

        private void http(Socket client) throws IOException {
            while (true) {
                StringBuilder head = new StringBuilder();
                while (head.indexOf("\r\n\r\n") < 0) {
                    int b = client.getInputStream().read();
                    if (b < 0) return;
                    head.append((char) b);
                }
                String[] words = head.toString().split(" ", 3);
                note(words[0] + " " + words[1]);
                if (!head.toString().matches("(?is).*\r\nproxy-authorization: \\Q" + PASSWORD + "\\E\r\n.*")) {
                    say(
                            client,
                            "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
                    return;
                }
                boolean isTunnel = words[0].equals("CONNECT");
                URI uri = URI.create(isTunnel ? "tunnel://" + words[1] : words[1]);
                try (Socket other = new Socket(uri.getHost(), uri.getPort())) {
                    if (isTunnel) say(client, "HTTP/1.1 200 OK\r\n\r\n");
                    else say(other, words[0] + " " + path(uri) + " " + onward(words[2]));
                    splice(client, other);
                }
                return;
            }
        }

        private static String path(URI uri) {
            return uri.getRawPath() + (uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery());
        }

        /** One request for each connection. */
        private static String onward(String head) {
            return head.replaceFirst("(?i)proxy-authorization: .*\r\n", "")
                    .replaceFirst("\r\n", "\r\nConnection: close\r\n");
        }

        private static void say(Socket to, String text) throws IOException {
            to.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
        }

        private void splice(Socket one, Socket other) throws IOException {
            threads.execute(() -> copy(other, one));
            copy(one, other);
        }

        private static void copy(Socket from, Socket to) {
            try {
                from.getInputStream().transferTo(to.getOutputStream());
                to.shutdownOutput();
            } catch (IOException e) {
                // Somebody left.
            }
        }

        private synchronized void note(String what) {
            seen.add(what);
        }

        synchronized List<String> seen() {
            return List.copyOf(seen);
        }

        UpstreamProxy as(Proxy.Type type, @Nullable String authorization) {
            InetSocketAddress at = InetSocketAddress.createUnresolved("127.0.0.1", server.getLocalPort());
            return new UpstreamProxy(type, at, authorization == null ? null : new Redacted(authorization));
        }

        @Override
        public void close() throws IOException {
            server.close();
            threads.shutdown();
            try {
                assertTrue(threads.awaitTermination(10, TimeUnit.SECONDS), "somebody holds on");
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @TempDir
    Path home;

    private final HubStub hub = HubStub.builder().start();

    @BeforeEach
    void fill() {
        hub.put(StubRepo.model("org/model").xet("model.bin", LARGE).build());
    }

    @AfterEach
    void stop() {
        hub.close();
    }

    private TestProxy start(UpstreamProxy through) throws Exception {
        return TestProxy.start(
                home,
                URI.create(hub.endpoint()),
                new ProxyRules(through, through, List.of()),
                TestProxy.NONE,
                null,
                TestProxy.ANYWHERE);
    }

    @Test
    void aPasswordIsToldToTheProxyAndToNobodyElse() throws Exception {
        try (Company company = new Company(false);
                TestProxy proxy = start(company.as(Proxy.Type.HTTP, PASSWORD))) {
            assertArrayEquals(LARGE.bytes(), proxy.ask("GET", FILE).body());
            assertTrue(company.seen().stream().anyMatch(line -> line.startsWith("GET http://")), company.seen() + "");
        }
        for (var served : hub.served())
            assertEquals(null, served.request().header("proxy-authorization"), "the Hub saw it");
    }

    @Test
    void tunnelsGoThroughItToo() throws Exception {
        String cdn = URI.create(hub.cdnEndpoint()).getAuthority();
        try (Company company = new Company(false);
                TestProxy proxy = start(company.as(Proxy.Type.HTTP, PASSWORD))) {
            try (RawClient client = proxy.connect()) {
                client.send("CONNECT", cdn, "Host: x");
                assertEquals(200, client.reply(true).status());
                client.send("GET", "/nothing", "Host: y");
                assertEquals(404, client.reply(false).status());
            }
            assertEquals(List.of("CONNECT " + cdn), company.seen());
        }
    }

    @Test
    void withoutThePasswordNothingComes() throws Exception {
        try (Company company = new Company(false);
                TestProxy proxy = start(company.as(Proxy.Type.HTTP, null))) {
            int status = proxy.ask("GET", FILE).status();
            assertTrue(status == 407 || status == 502, "it said " + status);
        }
        assertEquals(List.of(), hub.served());
    }

    @Test
    void socksServesAsWell() throws Exception {
        try (Company company = new Company(true);
                TestProxy proxy = start(company.as(Proxy.Type.SOCKS, null))) {
            assertArrayEquals(LARGE.bytes(), proxy.ask("GET", FILE).body());
            assertTrue(company.seen().size() >= 2, company.seen() + "");
        }
    }
}
