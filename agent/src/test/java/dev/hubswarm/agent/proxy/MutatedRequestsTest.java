package dev.hubswarm.agent.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.hubstub.HubStub;
import dev.hubswarm.hubstub.Served;
import dev.hubswarm.hubstub.StubRepo;
import dev.hubswarm.testkit.LeakCheck;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * Requests with something wrong in them (reliability.md S19): the Hub sees none that the proxy does not know of, and so
 * has not logged.
 */
@ExtendWith(LeakCheck.class)
final class MutatedRequestsTest {
    /** A hundred thousand with {@code -Dhubswarm.long=true}. */
    private static final int REQUESTS = Boolean.getBoolean("hubswarm.long") ? 100_000 : 2_000;

    private static final int CLIENTS = 16;
    /** Who has sent half a request hears nothing. */
    private static final int PATIENCE_MILLIS = 30;

    private static final String INNER = "GET /api/models/org/inner HTTP/1.1\r\nHOST\r\n\r\n";
    private static final List<String> GOOD = List.of(
            "GET /api/models/org/model HTTP/1.1\r\nHOST\r\nConnection: close\r\n\r\n",
            "HEAD /org/model/resolve/main/a.txt HTTP/1.1\r\nHOST\r\nConnection: close\r\n\r\n",
            "POST /api/models/org/model/paths-info/main HTTP/1.1\r\nHOST\r\nConnection: close\r\nContent-Length: "
                    + (INNER.length() + 20) + "\r\n\r\n" + INNER,
            "POST /api/models/org/model/paths-info/main HTTP/1.1\r\nHOST\r\nConnection: close\r\n"
                    + "Transfer-Encoding: chunked\r\n\r\n40\r\n" + INNER + "\r\n0\r\n\r\n",
            "PUT /api/models/org/one HTTP/1.1\r\nHOST\r\nContent-Length: 5\r\n\r\nhello" + INNER,
            "OPTIONS /api/models/org/model HTTP/1.1\r\nHOST\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\nbody");
    private static final List<String> TOKENS = List.of(
            "\r",
            "\n",
            "\r\n",
            "\r\n\r\n",
            " ",
            "\t",
            "\0",
            ":",
            ",",
            ";",
            "0",
            "-1",
            "+",
            "0x",
            "\u000b",
            "\u00a0",
            "chunked",
            "Content-Length: 0\r\n",
            "Content-Length: 5\r\n",
            "Content-Length : 9\r\n",
            "Transfer-Encoding: chunked\r\n",
            "Transfer-Encoding: identity\r\n",
            "Transfer-Encoding:\u000bchunked\r\n",
            "transfer-encoding: chunked, chunked\r\n",
            "Connection: Content-Length\r\n",
            "Upgrade: h2c\r\n",
            "HTTP/1.0",
            "HTTP/1.1",
            INNER);

    @TempDir
    Path home;

    /** How often each method and path was logged, or seen by the Hub. */
    private static final class Count {
        private final Map<String, Integer> all = new ConcurrentHashMap<>();

        void add(String what) {
            all.merge(what, 1, Integer::sum);
        }
    }

    @Test
    void theHubSeesNothingThatTheProxyDoesNotKnowOf() throws Exception {
        Count logged = new Count();
        Handler listener = new Handler() {
            @Override
            public void publish(LogRecord line) {
                String[] words = line.getMessage().split(" ", 3);
                logged.add(words[0] + " " + Reception.escaped(words[1].replace("?...", "")));
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        Logger access = Logger.getLogger("dev.hubswarm.agent.proxy.access");
        access.setLevel(Level.FINE);
        access.addHandler(listener);
        access.setUseParentHandlers(false);
        try (HubStub hub = HubStub.builder().start()) {
            hub.put(StubRepo.model("org/model").git("a.txt", "hello").build());
            try (TestProxy proxy = TestProxy.start(home, hub)) {
                attack(proxy);
                assertEquals(
                        "hello",
                        proxy.ask("GET", "/org/model/resolve/main/a.txt").text(),
                        "it lives on");
            }
            // Everything is over, and so everything is logged.
            Count seen = new Count();
            for (Served served : hub.served())
                seen.add(served.request().method() + " "
                        + served.request().target().replaceFirst("\\?.*", ""));
            assertTrue(seen.all.size() > 3, () -> "hardly anything passed: " + seen.all);
            seen.all.forEach((what, times) -> {
                // The proxy asks itself where a small file is, and whether a repository is public.
                if (what.contains("/api/resolve-cache/") || what.contains("/revision/")) return;
                int known = logged.all.getOrDefault(what, 0);
                assertTrue(times <= known, () -> what + " was seen " + times + " times and logged " + known);
            });
        } finally {
            access.removeHandler(listener);
            access.setUseParentHandlers(true);
            access.setLevel(null);
        }
    }

    private static void attack(TestProxy proxy) throws Exception {
        AtomicReference<Throwable> failure = new AtomicReference<>();
        ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
        for (int client = 0; client < CLIENTS; client++) {
            Random random = new Random(client);
            clients.execute(() -> {
                try {
                    for (int i = 0; i < REQUESTS / CLIENTS; i++) send(proxy, mutated(random, proxy.host()), random);
                } catch (Throwable e) {
                    failure.set(e);
                }
            });
        }
        clients.shutdown();
        assertTrue(clients.awaitTermination(30, TimeUnit.MINUTES));
        if (failure.get() != null) throw new AssertionError(failure.get());
    }

    private static byte[] mutated(Random random, String host) {
        String good = GOOD.get(random.nextInt(GOOD.size())).replace("HOST", host);
        StringBuilder text = new StringBuilder(good);
        for (int times = 1 + random.nextInt(3); times > 0; times--) {
            int at = random.nextInt(text.length());
            int kind = random.nextInt(5);
            if (kind == 0) text.setCharAt(at, (char) random.nextInt(256));
            else if (kind == 1) text.deleteCharAt(at);
            else if (kind == 2)
                text.insert(at, TOKENS.get(random.nextInt(TOKENS.size())).replace("HOST", host));
            else if (kind == 3)
                text.insert(
                        lineAt(text, at),
                        TOKENS.get(random.nextInt(TOKENS.size())).replace("HOST", host));
            else text.insert(lineAt(text, at), line(text, lineAt(text, random.nextInt(text.length()))));
        }
        return text.toString().getBytes(StandardCharsets.ISO_8859_1);
    }

    private static int lineAt(StringBuilder text, int at) {
        return text.lastIndexOf("\n", at) + 1;
    }

    private static String line(StringBuilder text, int from) {
        int end = text.indexOf("\n", from);
        return end < 0 ? text.substring(from) : text.substring(from, end + 1);
    }

    private static void send(TestProxy proxy, byte[] request, Random random) throws IOException {
        try (Socket socket =
                new Socket(proxy.address().getAddress(), proxy.address().getPort())) {
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(PATIENCE_MILLIS);
            int middle = random.nextInt(request.length);
            socket.getOutputStream().write(Arrays.copyOf(request, middle));
            socket.getOutputStream().write(Arrays.copyOfRange(request, middle, request.length));
            drain(socket.getInputStream());
        } catch (IOException e) {
            // Closed on us, which is an answer, too.
            if (e instanceof java.net.ConnectException) throw e;
        }
    }

    private static void drain(InputStream in) throws IOException {
        try {
            in.transferTo(java.io.OutputStream.nullOutputStream());
        } catch (SocketTimeoutException e) {
            // It waits for the rest of what it takes for a request.
        }
    }
}
