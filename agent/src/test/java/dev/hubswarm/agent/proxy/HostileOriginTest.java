package dev.hubswarm.agent.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.hubswarm.agent.proxy.RawClient.Reply;
import dev.hubswarm.hub.origin.ProxyRules;
import dev.hubswarm.testkit.LeakCheck;
import io.netty.buffer.PooledByteBufAllocator;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A Hub that leads clients astray, and sends what is more than it seems (reliability.md T11, T21). */
@ExtendWith(LeakCheck.class)
final class HostileOriginTest {
    private static final String FILE = "/org/model/resolve/main/model.bin";
    private static final String CANARY = "canary";
    private static final int BODY = 5;
    private static final long MOST_MEMORY = 64L << 20;

    @TempDir
    Path home;

    /** What arrived where, with all its headers. */
    private record Seen(String place, String path, String headers) {}

    private final Queue<Seen> seen = new ConcurrentLinkedQueue<>();
    private final List<HttpServer> servers = new ArrayList<>();
    private HttpServer hub;
    private HttpServer storage;
    private HttpServer other;
    private TestProxy proxy;

    @BeforeEach
    void start() throws Exception {
        hub = server();
        storage = server();
        other = server();
        proxy = TestProxy.start(home, URI.create(url(hub)), ProxyRules.NONE, TestProxy.NONE, null, Destinations.PUBLIC);
    }

    @AfterEach
    void stop() {
        proxy.close();
        for (HttpServer server : servers) server.stop(0);
    }

    private HttpServer server() throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.start();
        servers.add(server);
        return server;
    }

    private static String url(HttpServer server) {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    /** Another name, so that nobody takes it for the same host. */
    private static String elsewhere(HttpServer server) {
        return "http://localhost:" + server.getAddress().getPort();
    }

    private void note(String place, HttpExchange exchange) {
        seen.add(new Seen(
                place,
                exchange.getRequestURI().toString(),
                exchange.getRequestHeaders().entrySet().toString()));
    }

    private void redirects(HttpServer server, String place, String path, int status, String to) {
        server.createContext(path, exchange -> {
            note(place, exchange);
            exchange.getResponseHeaders().set("Location", to);
            exchange.getResponseHeaders().set("X-Repo-Commit", "a".repeat(40));
            exchange.getResponseHeaders().set("X-Linked-Etag", '"' + "b".repeat(64) + '"');
            exchange.getResponseHeaders().set("X-Linked-Size", String.valueOf(BODY));
            exchange.sendResponseHeaders(status, -1);
            exchange.close();
        });
    }

    private void serves(HttpServer server, String place, String path) {
        server.createContext(path, exchange -> {
            note(place, exchange);
            exchange.sendResponseHeaders(200, BODY);
            exchange.getResponseBody().write("hello".getBytes(StandardCharsets.US_ASCII));
            exchange.close();
        });
    }

    /** S13: five statuses, six ways, five kinds of secrets. */
    @ParameterizedTest
    @ValueSource(ints = {301, 302, 303, 307, 308})
    void whatIsSecretGoesToTheHubAlone(int status) throws Exception {
        Queue<String> logged = new ConcurrentLinkedQueue<>();
        Handler handler = new Handler() {
            @Override
            public void publish(LogRecord line) {
                logged.add(line.getMessage() + " " + line.getThrown());
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        Logger logger = Logger.getLogger("dev.hubswarm");
        Level before = logger.getLevel();
        logger.setLevel(Level.ALL);
        logger.addHandler(handler);
        try {
            serves(storage, "storage", "/file");
            serves(other, "other", "/file");
            serves(hub, "hub, by way of storage", "/back");
            redirects(storage, "storage", "/to-other", status, url(other) + "/file");
            redirects(storage, "storage", "/to-hub", status, url(hub) + "/back");
            redirects(other, "other", "/to-storage", status, elsewhere(storage) + "/file");
            List<String> ways = List.of(
                    elsewhere(storage) + "/file?Signature=canary-signature",
                    url(other) + "/file?Signature=canary-signature",
                    elsewhere(storage) + "/to-other?Signature=canary-signature",
                    elsewhere(storage) + "/to-hub?Signature=canary-signature",
                    url(other) + "/to-storage?Signature=canary-signature",
                    // The same address by another name is another host.
                    elsewhere(hub) + "/back?Signature=canary-signature");
            for (int way = 0; way < ways.size(); way++) {
                String file = FILE + way;
                redirects(hub, "hub", file, status, ways.get(way));
                Reply reply = proxy.ask(
                        "GET",
                        file,
                        "Authorization: Bearer canary-token",
                        "Cookie: session=canary-cookie",
                        "Proxy-Authorization: Basic canary-proxy",
                        "X-Xet-Access-Token: canary-xet");
                assertEquals("hello", reply.text(), ways.get(way));
                assertFalse(reply.headers().toString().contains(CANARY), reply::toString);
            }
        } finally {
            logger.removeHandler(handler);
            logger.setLevel(before);
        }
        assertEquals(15, seen.size(), seen::toString);
        for (Seen one : seen) {
            if (one.place().equals("hub")) {
                assertTrue(one.headers().contains("canary-token"), "the Hub is not told who asks");
                assertFalse(
                        one.headers().contains("canary-proxy") || one.headers().contains("canary-cookie"),
                        one::toString);
                continue;
            }
            assertFalse(one.headers().contains(CANARY), one::toString);
            boolean isFirst = one.path().contains("?");
            assertEquals(isFirst, one.path().contains("canary-signature"), one::toString);
        }
        for (String line : logged) assertFalse(line.contains(CANARY), line);
    }

    /** S21: whatever it would become is the client's affair. */
    @ParameterizedTest
    @ValueSource(strings = {"gzip", "br", "zstd"})
    void whatIsCompressedPassesAsItIs(String coding) throws Exception {
        byte[] block = new byte[1 << 20];
        int blocks = 10;
        hub.createContext("/api/models/org/model", exchange -> {
            exchange.getResponseHeaders().set("Content-Encoding", coding);
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(200, (long) blocks * block.length);
            try (OutputStream out = exchange.getResponseBody()) {
                for (int i = 0; i < blocks; i++) out.write(block);
            }
        });
        long before = memory();
        for (String path : List.of("/api/models/org/model", "/api/models/org/model/tree/main")) {
            Reply reply = proxy.ask("GET", path);
            assertEquals(coding, reply.header("Content-Encoding"));
            assertEquals(blocks * block.length, reply.body().length);
        }
        assertTrue(memory() - before <= MOST_MEMORY, "it takes " + (memory() - before));
    }

    /** S21: listings are read on the way. */
    @Test
    void listingsWithoutEndOrDepthTakeNoMemory() throws Exception {
        hub.createContext("/api/models/org/", exchange -> {
            String repo = exchange.getRequestURI().getPath().split("/", -1)[4];
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(200, 0);
            try (OutputStream out = exchange.getResponseBody()) {
                byte[] entry = (switch (repo) {
                            case "deep" -> "[";
                            case "string" -> "x".repeat(1000);
                            default -> "{\"path\":\"a\",\"xetHash\":\"b\"},";
                        })
                        .getBytes(StandardCharsets.US_ASCII);
                out.write((repo.equals("string") ? "[\"" : "[").getBytes(StandardCharsets.US_ASCII));
                for (long sent = 0; sent < 100L << 20; sent += entry.length * 1000L) {
                    for (int i = 0; i < 1000; i++) out.write(entry);
                }
            } catch (IOException e) {
                // The proxy has seen enough.
            }
        });
        long before = memory();
        for (String repo : List.of("deep", "string", "long")) {
            try (RawClient client = proxy.connect()) {
                client.send("GET", "/api/models/org/" + repo + "/tree/main", proxy.host());
                long length = 0;
                InputStream in = client.in();
                byte[] buffer = new byte[1 << 16];
                for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) length += count;
                assertTrue(length < 110L << 20, "more came than was sent");
            }
            assertTrue(memory() - before <= MOST_MEMORY, repo + " takes " + (memory() - before));
        }
    }

    /** Of Netty, and what is alive on the heap. */
    private static long memory() {
        System.gc();
        Runtime runtime = Runtime.getRuntime();
        return PooledByteBufAllocator.DEFAULT.metric().usedDirectMemory()
                + runtime.totalMemory()
                - runtime.freeMemory();
    }
}
