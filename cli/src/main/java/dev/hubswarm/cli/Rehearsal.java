package dev.hubswarm.cli;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.hubswarm.base.ContentDigest;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HexFormat;

/**
 * Goes once through what users do most, so that the launcher learns which classes that needs: it keeps them parsed in
 * an archive (class data sharing), and later starts are some 0.5 s faster. Stateless.
 */
final class Rehearsal {
    private static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";
    private static final String REPO = "rehearsal/repo";
    private static final byte[] SMALL = new byte[1000];
    private static final byte[] LARGE = new byte[5 << 20];

    private Rehearsal() {}

    /** @param args a folder that does not exist, for all that is written */
    public static void main(String[] args) throws IOException {
        Path folder = Files.createDirectory(Path.of(args[0]));
        // HUBSWARM_HOME for this run.
        Path state = Files.createDirectory(
                folder.resolve("state"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Files.writeString(state.resolve("config.toml"), "[prefetch]\njobs = 16\n");
        HttpServer hub = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        hub.createContext("/api/", exchange -> answer(exchange, 200, json(exchange)));
        hub.createContext("/" + REPO + "/resolve/" + COMMIT + "/", Rehearsal::resolve);
        hub.createContext("/large", Rehearsal::range);
        hub.start();
        try {
            String endpoint = "http://127.0.0.1:" + hub.getAddress().getPort();
            run("prefetch", REPO, "--upstream", endpoint, "--cache-dir", folder.resolve("cache"));
            Path file = Files.write(folder.resolve("file"), LARGE);
            run("torrent", "create", file, "-o", folder.resolve("file.torrent"));
            Path plain = folder.resolve("plain.torrent");
            run("torrent", "create", file, "-o", plain, "--kind", "plain");
            run("torrent", "get", plain, "-d", folder, "--peer-port", 0, "--seed=0s");
        } finally {
            hub.stop(0);
        }
        System.exit(ExitCode.DONE);
    }

    private static void run(Object... words) {
        PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
        String[] arguments = new String[words.length];
        for (int i = 0; i < words.length; i++) arguments[i] = words[i].toString();
        Main.run(out, out, arguments);
    }

    private static byte[] json(HttpExchange exchange) {
        String json = exchange.getRequestURI().getPath().contains("/tree/")
                ? "[" + file("small", SMALL, false) + "," + file("large", LARGE, true) + "]"
                : "{\"id\":\"" + REPO + "\",\"sha\":\"" + COMMIT + "\",\"private\":false,\"gated\":false}";
        return json.getBytes(StandardCharsets.UTF_8);
    }

    private static String file(String path, byte[] content, boolean lfs) {
        return "{\"type\":\"file\",\"path\":\"" + path + "\",\"size\":" + content.length + ",\"oid\":\""
                + digest(ContentDigest.Kind.GIT_SHA1, content) + "\""
                + (lfs
                        ? ",\"lfs\":{\"oid\":\"" + digest(ContentDigest.Kind.SHA256, content) + "\",\"size\":"
                                + content.length + "}"
                        : "")
                + "}";
    }

    private static String digest(ContentDigest.Kind kind, byte[] content) {
        return HexFormat.of().formatHex(kind.begin(content.length).digest(content));
    }

    private static void resolve(HttpExchange exchange) throws IOException {
        boolean small = exchange.getRequestURI().getPath().endsWith("small");
        ContentDigest.Kind kind = small ? ContentDigest.Kind.GIT_SHA1 : ContentDigest.Kind.SHA256;
        byte[] content = small ? SMALL : LARGE;
        Headers headers = exchange.getResponseHeaders();
        headers.set("X-Repo-Commit", COMMIT);
        headers.set("ETag", "\"" + digest(kind, content) + "\"");
        headers.set("X-Linked-Etag", "\"" + digest(kind, content) + "\"");
        headers.set("X-Linked-Size", String.valueOf(content.length));
        if (!small)
            headers.set(
                    "Location", "http://localhost:" + exchange.getLocalAddress().getPort() + "/large");
        answer(exchange, small ? 200 : 302, small ? SMALL : new byte[0]);
    }

    private static void range(HttpExchange exchange) throws IOException {
        String[] ends = exchange.getRequestHeaders()
                .getFirst("Range")
                .substring("bytes=".length())
                .split("-", 2);
        int from = Integer.parseInt(ends[0]);
        int to = Integer.parseInt(ends[1]);
        exchange.getResponseHeaders().set("Content-Range", "bytes " + from + "-" + to + "/" + LARGE.length);
        answer(exchange, 206, new byte[to - from + 1]);
    }

    private static void answer(HttpExchange exchange, int status, byte[] body) throws IOException {
        boolean head = exchange.getRequestMethod().equals("HEAD");
        exchange.sendResponseHeaders(status, head || body.length == 0 ? -1 : body.length);
        if (!head) exchange.getResponseBody().write(body);
        exchange.close();
    }
}
