package dev.hubswarm.hub.origin;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.hubswarm.testkit.TestTls;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/** A server on loopback that answers by a function and keeps what it was sent. Thread-safe. */
final class Recorder implements AutoCloseable {
    /** Headers alternate names and values; a Content-Length for a HEAD is one of them. */
    @SuppressWarnings("ArrayRecordComponent")
    record Reply(int status, String body, String... headers) {}

    /** What came, as text: all of it, and by what name the sender knows us. */
    record Request(String host, String text) {}

    static {
        // Else each answer waits 40 ms for the client to confirm the one before.
        System.setProperty("sun.net.httpserver.nodelay", "true");
    }

    private final HttpServer server;
    private final List<Request> requests = new CopyOnWriteArrayList<>();

    /** @param answers from method and target */
    Recorder(@Nullable TestTls tls, BiFunction<String, String, Reply> answers) throws IOException {
        InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        if (tls == null) {
            server = HttpServer.create(address, 0);
        } else {
            HttpsServer secure = HttpsServer.create(address, 0);
            secure.setHttpsConfigurator(new HttpsConfigurator(tls.context()));
            server = secure;
        }
        server.createContext("/", exchange -> answer(exchange, answers));
        server.start();
    }

    private void answer(HttpExchange exchange, BiFunction<String, String, Reply> answers) throws IOException {
        try (exchange) {
            String body = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
            String method = exchange.getRequestMethod();
            String target = exchange.getRequestURI().toString();
            String host = String.valueOf(exchange.getRequestHeaders().getFirst("Host"));
            requests.add(new Request(
                    host,
                    method + " " + target + "\n" + exchange.getRequestHeaders().entrySet() + "\n" + body));
            Reply reply = answers.apply(method, target);
            for (int i = 0; i < reply.headers.length; i += 2)
                exchange.getResponseHeaders().add(reply.headers[i], reply.headers[i + 1]);
            byte[] bytes = reply.body.getBytes(UTF_8);
            boolean empty = method.equals("HEAD") || bytes.length == 0;
            exchange.sendResponseHeaders(reply.status, empty ? -1 : bytes.length);
            if (!empty) exchange.getResponseBody().write(bytes);
        }
    }

    int port() {
        return server.getAddress().getPort();
    }

    List<Request> requests() {
        return List.copyOf(requests);
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
