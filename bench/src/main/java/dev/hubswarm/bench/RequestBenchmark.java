package dev.hubswarm.bench;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
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
 * Requests that have nothing to do with the Hub, on kept connections: run it with and without
 * {@code -jvmArgsAppend -javaagent:javaagent/target/hubswarm-javaagent.jar}.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@SuppressWarnings("NullAway.Init") // JMH calls start.
public class RequestBenchmark {
    private final HttpClient client = HttpClient.newHttpClient();
    private HttpServer server;
    private ExecutorService threads;
    private URL url;
    private HttpRequest request;

    @Setup
    public void start() throws Exception {
        // Or each answer waits 40 ms for an acknowledgement.
        System.setProperty("sun.net.httpserver.nodelay", "true");
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            exchange.sendResponseHeaders(200, 1);
            exchange.getResponseBody().write(1);
            exchange.close();
        });
        threads = Executors.newCachedThreadPool();
        server.setExecutor(threads);
        server.start();
        URI uri = URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/file");
        url = uri.toURL();
        request = HttpRequest.newBuilder(uri).build();
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
}
