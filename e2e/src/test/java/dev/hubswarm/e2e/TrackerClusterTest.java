package dev.hubswarm.e2e;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.storage.HashPool;
import dev.hubswarm.testkit.FreePort;
import dev.hubswarm.testkit.SeededBytes;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two trackers on one Redis, behind nginx, as README sets them up. */
@Tag("e2e")
final class TrackerClusterTest {
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
    private static final InetAddress HERE = InetAddress.getLoopbackAddress();
    private static final String COMMIT = "0123456789".repeat(4);
    /** What an nginx needs that is nobody's but the test's. */
    private static final String APART = """
            daemon off; master_process off; pid %1$s/nginx.pid; error_log %1$s/nginx.err;
            """;

    private static final String APART_HTTP = """
            http {
                access_log off;
                client_body_temp_path %1$s/body; proxy_temp_path %1$s/proxy; fastcgi_temp_path %1$s/f;
                uwsgi_temp_path %1$s/u; scgi_temp_path %1$s/s;
            """;

    @TempDir
    Path folder;

    @Test
    void whatOneHearsTheOtherKnowsWithinASecond() throws Exception {
        Path file = SeededBytes.write(folder.resolve("model.bin"), 3, 400_000);
        Metainfo torrent;
        try (HashPool pool = HashPool.perCore()) {
            torrent = Creation.canonical(pool, file);
        }
        int redisPort = FreePort.at(HERE);
        Process redis = redis(redisPort);
        try (RunningTracker one = tracker("one", redisPort);
                RunningTracker two = tracker("two", redisPort)) {
            int port = FreePort.at(HERE);
            Process nginx = nginx(port, one, two);
            try {
                String path = "/api/v2/files/" + torrent.name();
                String front = "http://127.0.0.1:" + port;
                HttpRequest.BodyPublisher body = HttpRequest.BodyPublishers.ofByteArray(torrent.bytes());
                // Neither has its first request within the second that counts.
                for (RunningTracker tracker : List.of(one, two))
                    assertEquals(404, tracker.get(path).statusCode());
                assertEquals(
                        201,
                        RunningTracker.send(HttpRequest.newBuilder(URI.create(front + path))
                                        .PUT(body))
                                .statusCode());
                long published = System.nanoTime();
                String digest = "\"digest\":\"" + torrent.name() + '"';
                for (RunningTracker tracker : List.of(one, two)) await(tracker, path, digest, published + SECOND);
                // Each of the two answers in turn.
                for (int i = 0; i < 4; i++) {
                    HttpResponse<byte[]> got =
                            RunningTracker.send(HttpRequest.newBuilder(URI.create(front + path + "/torrent")));
                    assertEquals(200, got.statusCode());
                    assertArrayEquals(torrent.bytes(), got.body());
                }
                announce(front, torrent, "198.51.100.1", 6881);
                long asked = System.nanoTime();
                for (RunningTracker tracker : List.of(one, two)) await(tracker, path, "\"seeders\":1", asked + SECOND);
                String peers = announce(front, torrent, "198.51.100.2", 6882);
                assertTrue(peers.contains("8:completei"), peers);
            } finally {
                nginx.destroy();
            }
            assertEquals(0, one.stop());
            assertEquals(0, two.stop());
        } finally {
            redis.destroy();
        }
    }

    @Test
    void aSnapshotIsAnnouncedWhereItsTorrentWasFetched() throws Exception {
        Path files = Files.createDirectory(folder.resolve("files"));
        SeededBytes.write(files.resolve("model.bin"), 3, 400_000);
        Path file = folder.resolve("snapshot.torrent");
        Hubswarm.run("torrent", "create", files, "--kind", "snapshot", "--name", COMMIT, "-o", file)
                .exits(0);
        byte[] torrent = Files.readAllBytes(file);
        String publication = "{\"repo_id\":\"org/model\",\"revision\":\"" + COMMIT + "\",\"info_hash\":\""
                + Metainfo.read(torrent).infoHash().v2() + "\",\"torrent_data\":\""
                + Base64.getEncoder().encodeToString(torrent) + "\"}";
        try (RunningTracker tracker =
                RunningTracker.start(folder.resolve("one"), "--listen", "127.0.0.1:0", "--storage", "memory")) {
            int port = FreePort.at(HERE);
            Process nginx = nginx(port, tracker, tracker);
            try {
                String front = "http://127.0.0.1:" + port;
                HttpRequest.Builder publish = HttpRequest.newBuilder(URI.create(front + "/api/v1/publish"))
                        .POST(HttpRequest.BodyPublishers.ofString(publication));
                assertEquals(200, RunningTracker.send(publish).statusCode());
                HttpResponse<byte[]> got = RunningTracker.send(HttpRequest.newBuilder(
                        URI.create(front + "/api/v1/torrents/torrent?repo_id=org/model&revision=" + COMMIT)));
                assertEquals(200, got.statusCode());
                assertEquals(
                        List.of(List.of(front + "/announce")),
                        Metainfo.read(got.body()).extras().trackers());
            } finally {
                nginx.destroy();
            }
        }
    }

    /** nginx adds where it was asked from, which is a proxy that we trust; what stands before is the client. */
    private static String announce(String front, Metainfo torrent, String client, int port) throws Exception {
        StringBuilder hash = new StringBuilder();
        for (byte b : Objects.requireNonNull(torrent.infoHash().v1()).bytes()) hash.append(String.format("%%%02x", b));
        HttpResponse<byte[]> answer =
                RunningTracker.send(HttpRequest.newBuilder(URI.create(front + "/announce?info_hash=" + hash
                                + "&peer_id=-XX0001-1234567890" + port % 100 + "&port=" + port + "&left=0&compact=1"))
                        .header("X-Forwarded-For", client));
        assertEquals(200, answer.statusCode());
        return new String(answer.body(), StandardCharsets.ISO_8859_1);
    }

    private static void await(RunningTracker tracker, String path, String what, long deadline) throws Exception {
        while (true) {
            long now = System.nanoTime();
            String found = new String(tracker.get(path).body(), StandardCharsets.UTF_8);
            if (found.contains(what)) return;
            assertTrue(now < deadline, found);
        }
    }

    private RunningTracker tracker(String name, int redisPort) throws IOException {
        return RunningTracker.start(
                folder.resolve(name),
                "--listen",
                "127.0.0.1:0",
                "--storage",
                "redis://127.0.0.1:" + redisPort + "/0",
                "--trusted-proxy",
                "127.0.0.1");
    }

    private Process redis(int port) throws Exception {
        Path home = Files.createDirectory(folder.resolve("redis"));
        Process redis = new ProcessBuilder(
                        Tools.require("redis-server").toString(),
                        "--port",
                        String.valueOf(port),
                        "--bind",
                        "127.0.0.1",
                        "--dir",
                        home.toString(),
                        "--save",
                        "")
                .redirectOutput(home.resolve("log").toFile())
                .start();
        awaitPort(redis, port);
        return redis;
    }

    private Process nginx(int port, RunningTracker one, RunningTracker two) throws Exception {
        Path home = Files.createDirectory(folder.resolve("nginx"));
        String readme = Files.readString(Path.of("../README.md"));
        int start = readme.indexOf("```nginx\n") + "```nginx\n".length();
        String trackers = readme.substring(start, readme.indexOf("```", start))
                .replace("127.0.0.1:8481", URI.create(one.url()).getAuthority())
                .replace("127.0.0.1:8482", URI.create(two.url()).getAuthority())
                .replace("listen 8472;", "listen 127.0.0.1:" + port + ";")
                .replace("http {\n", APART_HTTP.formatted(home));
        Path config = Files.writeString(home.resolve("nginx.conf"), APART.formatted(home) + trackers);
        Process nginx = new ProcessBuilder(
                        Tools.require("nginx").toString(), "-p", home.toString(), "-c", config.toString())
                .redirectErrorStream(true)
                .redirectOutput(home.resolve("log").toFile())
                .start();
        awaitPort(nginx, port);
        return nginx;
    }

    private static void awaitPort(Process server, int port) throws Exception {
        while (true) {
            try (Socket socket = new Socket(HERE, port)) {
                assertTrue(socket.isConnected());
                return;
            } catch (IOException e) {
                boolean ended = server.waitFor(50, TimeUnit.MILLISECONDS);
                assertTrue(!ended, () -> "ended instead of listening: " + server.exitValue());
            }
        }
    }
}
