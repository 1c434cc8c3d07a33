package dev.hubswarm.bench;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URL;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Requests on kept connections, to the Hub (a redirect to a file of its CDN, and that) and to others. {@code
 * bench/javaagent-requests} runs it in turns without the Java agent, with it and no local agent, and with a local agent,
 * which is this server, too. What woven code adds to a request to others is far below what two such runs differ by, so it
 * is measured alone, too: before the program has asked the Hub, and after.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@SuppressWarnings("NullAway.Init") // JMH calls start.
public class RequestBenchmark {
    private static final int PORT = 18470;
    private static final String DIGEST = "0".repeat(64);
    private static final String COMMIT = "1".repeat(40);

    private final HttpClient client =
            HttpClient.newBuilder().followRedirects(HttpClient.Redirect.NORMAL).build();
    /** From then on the agent looks where a request goes. */
    @State(Scope.Benchmark)
    public static class HubWasAsked {
        @Setup
        public void ask(RequestBenchmark requests) throws IOException {
            requests.urlConnectionToHub();
        }
    }

    private HttpServer server;
    private ExecutorService threads;
    private URL url;
    private HttpRequest request;
    private URL hubUrl;
    private HttpRequest hubRequest;
    private MethodHandle enter;
    private Object[] connectionCall;

    @Setup
    public void start() throws Exception {
        // Or each answer waits 40 ms for an acknowledgement.
        System.setProperty("sun.net.httpserver.nodelay", "true");
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), PORT), 0);
        byte[] file = new byte[1 << 20];
        server.createContext("/", exchange -> answer(exchange, new byte[1]));
        server.createContext("/cdn", exchange -> answer(exchange, file));
        server.createContext("/org/model/resolve/" + COMMIT + '/', exchange -> {
            exchange.getResponseHeaders().set("ETag", '"' + DIGEST + '"');
            answer(exchange, file);
        });
        server.createContext("/org/model/resolve/main/", exchange -> {
            exchange.getResponseHeaders().set("Location", "http://localhost:" + PORT + "/cdn");
            exchange.getResponseHeaders().set("X-Repo-Commit", COMMIT);
            exchange.getResponseHeaders().set("X-Linked-ETag", '"' + DIGEST + '"');
            exchange.getResponseHeaders().set("X-Linked-Size", String.valueOf(file.length));
            exchange.sendResponseHeaders(302, -1);
            exchange.close();
        });
        threads = Executors.newCachedThreadPool();
        server.setExecutor(threads);
        server.start();
        URI uri = URI.create("http://127.0.0.1:" + PORT + "/file");
        url = uri.toURL();
        request = HttpRequest.newBuilder(uri).build();
        URI hub = uri.resolve("/org/model/resolve/main/file");
        hubUrl = hub.toURL();
        hubRequest = HttpRequest.newBuilder(hub).build();
        // Woven code is there once its class is loaded; without the agent there is none.
        connectionCall = new Object[] {url.openConnection()};
        enter = wovenCall();
    }

    private static void answer(HttpExchange exchange, byte[] body) throws IOException {
        exchange.sendResponseHeaders(200, body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    private static MethodHandle wovenCall() throws ReflectiveOperationException {
        MethodType type = MethodType.methodType(Object.class, String.class, Object[].class);
        try {
            return MethodHandles.lookup().findStatic(Class.forName("java.lang.HubswarmBridge"), "enter", type);
        } catch (ClassNotFoundException e) {
            return MethodHandles.empty(type);
        }
    }

    @TearDown
    public void stop() {
        server.stop(0);
        threads.shutdown();
    }

    @Benchmark
    public int urlConnection() throws IOException {
        HttpURLConnection connection = (HttpURLConnection) url.openConnection();
        try (InputStream in = connection.getInputStream()) {
            return in.readAllBytes().length;
        }
    }

    @Benchmark
    public int httpClient() throws Exception {
        return client.send(request, BodyHandlers.ofByteArray()).body().length;
    }

    @Benchmark
    @OutputTimeUnit(TimeUnit.NANOSECONDS)
    public Object wovenCallAlone() throws Throwable {
        return enter.invoke("huc", connectionCall);
    }

    @Benchmark
    @OutputTimeUnit(TimeUnit.NANOSECONDS)
    public Object wovenCallAloneAfterTheHub(HubWasAsked hub) throws Throwable {
        return enter.invoke("huc", connectionCall);
    }

    @Benchmark
    public int urlConnectionToHub() throws IOException {
        HttpURLConnection connection = (HttpURLConnection) hubUrl.openConnection();
        try (InputStream in = connection.getInputStream()) {
            return in.readAllBytes().length;
        }
    }

    @Benchmark
    public int httpClientToHub() throws Exception {
        return client.send(hubRequest, BodyHandlers.ofByteArray()).body().length;
    }
}
