package dev.hubswarm.e2e;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What the Hub is to git and git-lfs: git's own server behind HTTP, and large files at addresses that it gives out. Thread-safe. */
final class GitSite implements AutoCloseable {
    private static final String BATCH = ".git/info/lfs/objects/batch";

    private final HttpServer server;
    private final ExecutorService threads = Executors.newFixedThreadPool(4);
    private final Path repos;
    /** By digest. */
    private final Map<String, byte[]> large;

    /** @param repos a folder of bare repositories */
    GitSite(Path repos, Map<String, byte[]> large) throws IOException {
        this.repos = repos;
        this.large = Map.copyOf(large);
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/", this::answer);
        server.start();
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            String path = exchange.getRequestURI().getPath();
            if (path.endsWith(BATCH)) batch(exchange);
            else if (path.startsWith("/large/"))
                send(exchange, 200, large.getOrDefault(path.substring("/large/".length()), new byte[0]));
            else git(exchange, path);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void send(HttpExchange exchange, int status, byte[] body) throws IOException {
        exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
        exchange.getResponseBody().write(body);
    }

    private void batch(HttpExchange exchange) throws IOException {
        JsonNode asked = JsonMapper.shared().readTree(exchange.getRequestBody());
        List<Object> objects = new ArrayList<>();
        for (JsonNode object : asked.path("objects")) {
            String oid = object.path("oid").asString();
            String href = url() + "/large/" + oid;
            objects.add(Map.of(
                    "oid",
                    oid,
                    "size",
                    object.path("size").asLong(),
                    "authenticated",
                    true,
                    "actions",
                    Map.of("download", Map.of("href", href))));
        }
        exchange.getResponseHeaders().set("Content-Type", "application/vnd.git-lfs+json");
        send(exchange, 200, JsonMapper.shared().writeValueAsBytes(Map.of("transfer", "basic", "objects", objects)));
    }

    /** By git's program for web servers (RFC 3875). */
    private void git(HttpExchange exchange, String path) throws IOException, InterruptedException {
        URI uri = exchange.getRequestURI();
        ProcessBuilder program = new ProcessBuilder("git", "http-backend");
        Map<String, String> environment = program.environment();
        environment.put("GIT_PROJECT_ROOT", repos.toString());
        environment.put("GIT_HTTP_EXPORT_ALL", "1");
        environment.put("PATH_INFO", path.replaceFirst("\\.git/", "/"));
        environment.put("QUERY_STRING", uri.getRawQuery() == null ? "" : uri.getRawQuery());
        environment.put("REQUEST_METHOD", exchange.getRequestMethod());
        header(exchange, "Content-Type", environment, "CONTENT_TYPE");
        header(exchange, "Content-Encoding", environment, "HTTP_CONTENT_ENCODING");
        header(exchange, "Git-Protocol", environment, "GIT_PROTOCOL");
        Path asked = Files.write(
                Files.createTempFile("hubswarm-e2e", ".git"),
                exchange.getRequestBody().readAllBytes());
        environment.put("CONTENT_LENGTH", Long.toString(Files.size(asked)));
        Process git = program.redirectInput(asked.toFile())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        byte[] all = git.getInputStream().readAllBytes();
        git.waitFor();
        Files.delete(asked);
        InputStream in = new ByteArrayInputStream(all);
        int status = 200;
        for (String line = line(in); !line.isEmpty(); line = line(in)) {
            String[] parts = line.split(": *", 2);
            if (parts[0].equals("Status")) status = Integer.parseInt(parts[1].substring(0, 3));
            else exchange.getResponseHeaders().set(parts[0], parts[1]);
        }
        send(exchange, status, in.readAllBytes());
    }

    private static void header(HttpExchange exchange, String name, Map<String, String> environment, String variable) {
        String value = exchange.getRequestHeaders().getFirst(name);
        if (value != null) environment.put(variable, value);
    }

    private static String line(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int b = in.read(); b >= 0 && b != '\n'; b = in.read()) if (b != '\r') line.write(b);
        return line.toString(StandardCharsets.US_ASCII);
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
