package dev.hubswarm.trackerclient.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/** An HTTP server that answers as it was told. Thread-safe. */
public final class FakeTracker implements AutoCloseable {
    /** What came. The target is raw. */
    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    public record Asked(
            String method, String target, @Nullable String authorization, byte[] body) {
        public String bodyText() {
            return new String(body, UTF_8);
        }
    }

    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    private record Told(int status, byte[] body) {}

    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Map<String, Told> answers = new ConcurrentHashMap<>();
    private final List<Asked> asked = new CopyOnWriteArrayList<>();

    public FakeTracker() throws IOException {
        this(InetAddress.getLoopbackAddress());
    }

    public FakeTracker(InetAddress address) throws IOException {
        server = HttpServer.create(new InetSocketAddress(address, 0), 0);
        server.createContext("/", this::handle);
        server.setExecutor(threads);
        server.start();
    }

    /** @param key a method and a path, as {@code "GET /announce"}, to which the query is no matter */
    public FakeTracker answer(String key, int status, byte[] body) {
        answers.put(key, new Told(status, body));
        return this;
    }

    public FakeTracker answer(String key, int status, String body) {
        return answer(key, status, body.getBytes(UTF_8));
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            byte[] body = exchange.getRequestBody().readAllBytes();
            String target = exchange.getRequestURI().toString();
            String method = exchange.getRequestMethod();
            asked.add(new Asked(method, target, exchange.getRequestHeaders().getFirst("Authorization"), body));
            Told told =
                    answers.getOrDefault(method + " " + exchange.getRequestURI().getPath(), new Told(404, new byte[0]));
            exchange.sendResponseHeaders(told.status, told.body.length == 0 ? -1 : told.body.length);
            if (told.body.length > 0) exchange.getResponseBody().write(told.body);
        }
    }

    public String url() {
        boolean v6 = server.getAddress().getAddress() instanceof Inet6Address;
        return "http://" + (v6 ? "[::1]" : "127.0.0.1") + ":"
                + server.getAddress().getPort();
    }

    /** All that came, in order. */
    public List<Asked> asked() {
        return asked;
    }

    public List<String> targets() {
        return asked.stream().map(Asked::target).toList();
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
