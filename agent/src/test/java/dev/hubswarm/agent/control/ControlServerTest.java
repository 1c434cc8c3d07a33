package dev.hubswarm.agent.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.base.UserError;
import dev.hubswarm.testkit.LeakCheck;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(LeakCheck.class)
final class ControlServerTest {
    private static final String GOOD = "Authorization: Bearer ";

    @TempDir
    Path home;

    private final AtomicInteger answered = new AtomicInteger();

    private ControlServer start(String... names) throws UserError {
        ControlToken token = ControlToken.make(home);
        return ControlServer.start(config(0, names), home.resolve("control.sock"), token, request -> {
            answered.incrementAndGet();
            return ControlAnswer.text("text/plain", request.method() + (request.isOwner() ? " owner" : ""));
        });
    }

    private static ControlConfig config(int port, String... names) {
        return new ControlConfig(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), List.of(names), null);
    }

    private String token() throws IOException {
        return ControlToken.read(home).reveal();
    }

    private static String ask(SocketAddress address, String request) throws IOException {
        try (SocketChannel channel = SocketChannel.open(address)) {
            channel.write(ByteBuffer.wrap(request.getBytes(StandardCharsets.US_ASCII)));
            byte[] all = Channels.newInputStream(channel).readAllBytes();
            return new String(all, StandardCharsets.US_ASCII);
        }
    }

    private static int status(SocketAddress address, String method, String path, String... headers) throws IOException {
        String lines = headers.length == 0 ? "" : String.join("\r\n", headers) + "\r\n";
        return Integer.parseInt(
                ask(address, method + " " + path + " HTTP/1.1\r\n" + lines + "Connection: close\r\n\r\n")
                        .substring(9, 12));
    }

    /** A page can make its own name lead to 127.0.0.1, and no other name than that. */
    @ParameterizedTest
    @CsvSource({
        "Host: 127.0.0.1:PORT, 200",
        "Host: localhost:PORT, 200",
        "Host: LocalHost:PORT, 200",
        "Host: [::1]:PORT, 200",
        "Host: box.example.org:PORT, 200",
        "Host: 127.0.0.1, 421",
        "Host: 127.0.0.1:1PORT, 421",
        "Host: localhost.:PORT, 421",
        "Host: evil.example.org:PORT, 421",
        "Host: evil.example.org, 421",
        "Host: localhost:PORT@evil.example.org, 421",
        "Host: 127.1:PORT, 421",
        "Host: 2130706433:PORT, 421",
        "Host: [::ffff:127.0.0.1]:PORT, 421",
        "Host: 0.0.0.0:PORT, 421",
        "Host:, 421",
        "X: y, 421"
    })
    void onlyOurNamesAreAnsweredOnAllPaths(String host, int expected) throws Exception {
        try (ControlServer server = start("box.example.org")) {
            String header = host.replace("PORT", String.valueOf(server.address().getPort()));
            for (String path : List.of("/", "/health", "/api/status", "/metrics", "/nothing"))
                assertEquals(expected, status(server.address(), "GET", path, header), path);
            assertEquals(
                    expected,
                    status(server.address(), "POST", "/api/down", header, GOOD + token()),
                    "the token does not make up for a wrong name");
        }
        assertEquals(expected == 200 ? 6 : 0, answered.get());
    }

    @Test
    void twoNamesAreNone() throws Exception {
        try (ControlServer server = start()) {
            String own = "Host: 127.0.0.1:" + server.address().getPort();
            assertEquals(421, status(server.address(), "GET", "/health", own, own));
            assertEquals(421, status(server.address(), "GET", "/health", own, "Host: evil.example.org"));
        }
        assertEquals(0, answered.get());
    }

    @ParameterizedTest
    @ValueSource(strings = {"POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"})
    void changesNeedTheToken(String method) throws Exception {
        try (ControlServer server = start()) {
            for (SocketAddress address :
                    List.of(server.address(), UnixDomainSocketAddress.of(home.resolve("control.sock")))) {
                String host = "Host: 127.0.0.1:" + server.address().getPort();
                String token = token();
                answered.set(0);
                assertEquals(401, status(address, method, "/api/down", host));
                for (String wrong : List.of(
                        GOOD + token.substring(1),
                        GOOD + token + "0",
                        GOOD + token.toUpperCase(Locale.ROOT) + "Z",
                        GOOD,
                        "Authorization: " + token,
                        "Authorization: Basic " + token,
                        "Cookie: token=" + token))
                    assertEquals(401, status(address, method, "/api/down", host, wrong), wrong);
                assertEquals(401, status(address, method, "/api/down?token=" + token, host));
                assertEquals(401, status(address, method, "/api/down", host, GOOD + token, GOOD + "x"));
                assertEquals(0, answered.get());
                assertEquals(200, status(address, method, "/api/down", host, GOOD + token));
                assertEquals(1, answered.get());
            }
        }
    }

    @Test
    void readingNeedsNoneButAWrongOneIsRefused() throws Exception {
        try (ControlServer server = start()) {
            String host = "Host: 127.0.0.1:" + server.address().getPort();
            assertEquals(200, status(server.address(), "GET", "/api/status", host));
            assertEquals(401, status(server.address(), "GET", "/api/status", host, GOOD + "guess"));
            String head = ask(server.address(), "HEAD / HTTP/1.1\r\n" + host + "\r\nConnection: close\r\n\r\n");
            assertTrue(head.startsWith("HTTP/1.1 200 ") && head.endsWith("\r\n\r\n"), head);
            String known = ask(
                    server.address(),
                    "GET / HTTP/1.1\r\n" + host + "\r\n" + GOOD + token() + "\r\nConnection: close\r\n\r\n");
            assertTrue(known.endsWith("GET owner"), known);
            for (String safe : List.of("nosniff", "frame-ancestors 'none'", "no-store"))
                assertTrue(known.contains(safe), known);
        }
    }

    /** Pages of other sites in a browser on this machine (reliability.md T16). */
    @ParameterizedTest
    @CsvSource({
        "Sec-Fetch-Site: cross-site, 403",
        "Sec-Fetch-Site: same-site, 403",
        "Sec-Fetch-Site: same-origin, 200",
        "Sec-Fetch-Site: none, 200",
        "Origin: http://evil.example.org, 403",
        "Origin: null, 403",
        "Origin: https://127.0.0.1:PORT, 403",
        "Origin: http://127.0.0.1:PORT, 200",
        "Origin: http://localhost:PORT, 200"
    })
    void pagesOfOthersAreRefused(String header, int expected) throws Exception {
        try (ControlServer server = start()) {
            String port = String.valueOf(server.address().getPort());
            String host = "Host: 127.0.0.1:" + port;
            String sent = header.replace("PORT", port);
            assertEquals(expected, status(server.address(), "GET", "/api/status", host, sent));
            assertEquals(expected, status(server.address(), "POST", "/api/seeds", host, sent, GOOD + token()));
        }
    }

    @Test
    void bodiesAreJsonAndNotEndless() throws Exception {
        try (ControlServer server = start()) {
            String head = "POST /api/seeds HTTP/1.1\r\nConnection: close\r\nHost: 127.0.0.1:"
                    + server.address().getPort() + "\r\n" + GOOD + token() + "\r\n";
            String json = "Content-Type: application/json\r\n";
            assertTrue(ask(server.address(), head + json + "Content-Length: 2\r\n\r\n{}")
                    .contains(" 200 "));
            for (String type : List.of("", "Content-Type: text/plain\r\n", "Content-Type: application/jsonp\r\n"))
                assertTrue(
                        ask(server.address(), head + type + "Content-Length: 2\r\n\r\n{}")
                                .startsWith("HTTP/1.1 415 "),
                        type);
            assertTrue(ask(server.address(), head + json + "Content-Length: 99999999\r\n\r\n")
                    .startsWith("HTTP/1.1 413 "));
            assertTrue(ask(server.address(), "nonsense\r\n\r\n").startsWith("HTTP/1.1 400 "));
        }
        assertEquals(1, answered.get());
    }

    /** Nobody fills our memory without the token. */
    @Test
    void bodiesOfStrangersAreNotRead() throws Exception {
        try (ControlServer server = start()) {
            String host = "Host: 127.0.0.1:" + server.address().getPort();
            assertEquals(401, status(server.address(), "POST", "/api/seeds", host, "Content-Length: 40000000"));
            assertEquals(400, status(server.address(), "GET", "/health", host, "Content-Length: 40000000"));
            assertEquals(400, status(server.address(), "GET", "/health", host, "Transfer-Encoding: chunked"));
        }
        assertEquals(0, answered.get());
    }

    @Test
    void whatIsWrittenIsForItsOwnerAlone() throws Exception {
        try (ControlServer server = start()) {
            assertEquals(home.resolve("control.sock"), server.socket());
            for (String name : List.of("control.sock", "control-token"))
                assertEquals(
                        "rw-------",
                        PosixFilePermissions.toString(Files.getPosixFilePermissions(home.resolve(name))),
                        name);
            assertEquals(32, token().length());
        }
        assertTrue(Files.notExists(home.resolve("control.sock")));
    }

    @Test
    void aSocketThatAKilledAgentLeftIsNoObstacle() throws Exception {
        Files.writeString(home.resolve("control.sock"), "");
        try (ControlServer server = start()) {
            assertNotNull(server.socket());
            SocketAddress socket = UnixDomainSocketAddress.of(home.resolve("control.sock"));
            assertEquals(200, status(socket, "GET", "/health", "Host: whatever"));
        }
    }

    @Test
    void aPathThatIsTooLongForASocketHasItElsewhere() throws Exception {
        assertEquals(home.resolve("control.sock"), SocketPath.find(home, null, "control"));
        Path deep = home.resolve("x".repeat(108));
        assertNull(SocketPath.find(deep, null, "control"));
        Path other = SocketPath.find(deep, home, "control");
        assertNotNull(other);
        assertEquals(home, other.getParent());
        assertNull(SocketPath.find(deep, home.resolve("none"), "control"));
    }

    @Test
    void aTakenPortIsSaidToBe() throws Exception {
        try (ControlServer server = start()) {
            ControlToken token = ControlToken.make(home);
            UserError taken = assertThrows(
                    UserError.class,
                    () -> ControlServer.start(
                            config(server.address().getPort()), null, token, request -> ControlAnswer.text("", "")));
            assertTrue(
                    String.valueOf(taken.getMessage()).contains("another program has that port"), taken.getMessage());
        }
    }

    /** Who asks while it is stopped is not left waiting. */
    @Test
    void closingEndsWhatIsBeingAnswered() throws Exception {
        CompletableFuture<Boolean> asked = new CompletableFuture<>();
        ControlServer server = ControlServer.start(config(0), null, ControlToken.make(home), request -> {
            asked.complete(true);
            new CountDownLatch(1).await();
            return ControlAnswer.text("", "");
        });
        InetSocketAddress address = server.address();
        CompletableFuture<String> client = CompletableFuture.supplyAsync(() -> {
            try {
                return ask(address, "GET / HTTP/1.1\r\nHost: localhost:" + address.getPort() + "\r\n\r\n");
            } catch (IOException e) {
                return "broken";
            }
        });
        asked.get(60, TimeUnit.SECONDS);
        server.close();
        assertNotNull(client.get(60, TimeUnit.SECONDS));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a b", "http://x", "x:8471", "x/", "-x"})
    void aBadNameIsNotAllowed(String name) {
        IllegalArgumentException bad = assertThrows(IllegalArgumentException.class, () -> config(0, name));
        assertTrue(String.valueOf(bad.getMessage()).startsWith("--allow-host is"), bad.getMessage());
    }

    @Test
    void whoeverWaitsForUsIsNotIdle() throws Exception {
        CompletableFuture<SocketAddress> own = new CompletableFuture<>();
        ControlToken token = ControlToken.make(home);
        ControlApi slow = request -> {
            // It is longer at this than somebody else may be silent.
            try (SocketChannel silent = SocketChannel.open(own.join())) {
                assertEquals(-1, silent.read(ByteBuffer.allocate(1)));
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
            return ControlAnswer.text("text/plain", "late");
        };
        try (ControlServer server = ControlServer.start(config(0), null, token, slow, 100)) {
            own.complete(server.address());
            String name = "Host: 127.0.0.1:" + server.address().getPort();
            assertEquals(200, status(server.address(), "GET", "/api/status", name));
        }
    }
}
