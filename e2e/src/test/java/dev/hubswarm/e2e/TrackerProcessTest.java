package dev.hubswarm.e2e;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.storage.HashPool;
import dev.hubswarm.testkit.SeededBytes;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code hubswarm tracker} as a program: settings, messages, ends, and what outlives them. */
@Tag("e2e")
final class TrackerProcessTest {
    private static final String ANYWHERE = "127.0.0.1:0";

    @TempDir
    Path folder;

    private Path home() {
        return folder.resolve("state");
    }

    private Metainfo torrent(int seed) throws Exception {
        Path file = SeededBytes.write(folder.resolve("file-" + seed), seed, 400_000);
        try (HashPool pool = HashPool.perCore()) {
            return Creation.canonical(pool, file);
        }
    }

    private static String path(Metainfo torrent) {
        return "/api/v2/files/" + torrent.name();
    }

    @Test
    void whatWasAnsweredOutlivesKillMinusNine() throws Exception {
        List<Metainfo> torrents = new ArrayList<>();
        for (int round = 0; round < 3; round++) {
            try (RunningTracker tracker = RunningTracker.start(home(), "--listen", ANYWHERE)) {
                for (Metainfo torrent : torrents) {
                    HttpResponse<byte[]> got = tracker.get(path(torrent) + "/torrent");
                    assertEquals(200, got.statusCode());
                    assertArrayEquals(torrent.bytes(), got.body());
                }
                Metainfo torrent = torrent(round);
                assertEquals(201, tracker.put(path(torrent), torrent.bytes()).statusCode());
                torrents.add(torrent);
                tracker.kill();
            }
        }
        assertEquals(3, torrents.size());
    }

    @Test
    void aTakenPortIsBlamedOnTheProcessThatHasIt() throws Exception {
        try (RunningTracker tracker = RunningTracker.start(home(), "--listen", ANYWHERE)) {
            String listen = URI.create(tracker.url()).getAuthority();
            Sandbox sandbox = new Sandbox(folder, Map.of("HUBSWARM_HOME", home().toString()));
            sandbox.run("tracker", "--listen", listen)
                    .exits(1)
                    .says("is taken by another hubswarm tracker, process "
                            + tracker.process().pid());
            Sandbox stranger = new Sandbox(folder, Map.of("HUBSWARM_HOME", folder + "/other"));
            stranger.run("tracker", "--listen", listen).exits(1).says("cannot listen on", "--listen");
            assertEquals(0, tracker.stop());
        }
        assertFalse(Trees.list(home()).stream().anyMatch(path -> path.toString().endsWith(".pid")));
    }

    @Test
    void ctrlCEndsItWith130() throws Exception {
        try (RunningTracker tracker = RunningTracker.start(home(), "--listen", "[::1]:0", "--storage", "memory")) {
            assertTrue(tracker.url().startsWith("http://["), tracker.url());
            Ran.of(List.of("kill", "-INT", String.valueOf(tracker.process().pid())))
                    .exits(0);
            assertTrue(tracker.process().waitFor(60, TimeUnit.SECONDS), "it goes on");
            assertEquals(130, tracker.process().exitValue());
        }
    }

    /** A client that does not go on is waited for, but not by somebody in a hurry. */
    @Test
    void aSecondCtrlCEndsItAtOnce() throws Exception {
        try (RunningTracker tracker = RunningTracker.start(home(), "--listen", ANYWHERE);
                Socket slow = connected(URI.create(tracker.url()).getPort())) {
            String half = "PUT " + path(torrent(1)) + " HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n"
                    + "Content-Length: 9\r\n\r\n";
            slow.getOutputStream().write(half.getBytes(StandardCharsets.US_ASCII));
            assertTrue(slow.getInputStream().read() > 0, "it waits for the body");
            String process = String.valueOf(tracker.process().pid());
            Ran.of(List.of("kill", "-INT", process)).exits(0);
            while (isListening(slow.getPort())) Thread.onSpinWait();
            Ran.of(List.of("kill", "-INT", process)).exits(0);
            assertTrue(tracker.process().waitFor(4, TimeUnit.SECONDS), "it goes on");
            assertEquals(130, tracker.process().exitValue());
        }
    }

    private static Socket connected(int port) throws IOException {
        return new Socket(InetAddress.getLoopbackAddress(), port);
    }

    private static boolean isListening(int port) {
        try (Socket socket = connected(port)) {
            return socket.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    /** Runs it as a user to whom permissions apply and whose HUBSWARM_HOME it is. */
    private Ran runAsUser(String... options) throws Exception {
        for (Path path : Trees.list(home())) {
            if (Unprivileged.isRoot()) Files.setAttribute(path, "unix:uid", 65_534);
        }
        List<Object> arguments = new ArrayList<>(List.of("tracker", "--listen", ANYWHERE));
        arguments.addAll(List.of(options));
        Sandbox sandbox = new Sandbox(folder, Map.of("HUBSWARM_HOME", home().toString()));
        return Ran.of(sandbox.program(Unprivileged.command(folder, arguments.toArray())))
                .saysNoStack();
    }

    @Test
    void aCatalogueThatMayNotBeWrittenIsRefusedAtOnce() throws Exception {
        try (RunningTracker tracker = RunningTracker.start(home(), "--listen", ANYWHERE)) {
            assertEquals(0, tracker.stop());
        }
        Path catalogue = home().resolve("tracker.db");
        Files.setPosixFilePermissions(catalogue, PosixFilePermissions.fromString("r--r--r--"));
        runAsUser().exits(4).says("may not write to " + catalogue);
    }

    @Test
    void aHomeThatMayNotBeWrittenIsNamedEvenIfLittleIsKeptThere() throws Exception {
        Files.createDirectory(home());
        Files.setPosixFilePermissions(home(), PosixFilePermissions.fromString("r-x------"));
        runAsUser("--storage", "memory").exits(4).says(home().toString(), "HUBSWARM_HOME");
    }

    @Test
    void aFullDiskIsNamed() throws Exception {
        try (Mounted disk = Mounted.tmpfs(folder.resolve("disk"), "64k")) {
            Sandbox sandbox = new Sandbox(folder, Map.of("HUBSWARM_HOME", home().toString()));
            Path catalogue = disk.folder().resolve("tracker.db");
            sandbox.run("tracker", "--listen", ANYWHERE, "--storage", "sqlite:" + catalogue)
                    .exits(6)
                    .says(catalogue.toString(), "Make room")
                    .saysNoStack();
        }
    }

    @Test
    void tokensFromTheFileAreAskedForAndNeverPrinted() throws Exception {
        Path state = Files.createDirectory(home());
        Files.setPosixFilePermissions(state, PosixFilePermissions.fromString("rwx------"));
        Files.writeString(
                state.resolve("config.toml"),
                "[tracker]\nlisten = '" + ANYWHERE + "'\nread-token = ['r3ad']\npublish-token = ['ci=publ1sh']\n");
        Metainfo torrent = torrent(1);
        try (RunningTracker tracker = RunningTracker.start(state)) {
            String said = String.join("\n", tracker.said());
            assertTrue(said.contains("Published by    those with a token"), said);
            assertTrue(said.contains("/t/TOKEN/announce"), said);
            assertFalse(said.contains("HF_P2P_TRACKER"), said);
            assertTrue(said.contains("-H 'Authorization: Bearer TOKEN' " + tracker.url() + "/api/v2/files/"), said);
            String page = new String(tracker.get("/").body(), StandardCharsets.UTF_8);
            for (String secret : List.of("r3ad", "publ1sh")) assertFalse((said + page).contains(secret), secret);
            for (String token : List.of("r3ad", "publ1sh")) {
                String answer =
                        new String(tracker.get("/t/" + token + "/announce").body(), StandardCharsets.UTF_8);
                assertTrue(answer.contains("info_hash is missing"), answer);
            }
            String authorization = "Authorization";
            assertEquals(401, tracker.get(path(torrent)).statusCode());
            assertEquals(401, tracker.put(path(torrent), torrent.bytes()).statusCode());
            assertEquals(
                    403,
                    tracker.put(path(torrent), torrent.bytes(), authorization, "Bearer r3ad")
                            .statusCode());
            assertEquals(
                    201,
                    tracker.put(path(torrent), torrent.bytes(), authorization, "Bearer publ1sh")
                            .statusCode());
            assertEquals(
                    200,
                    tracker.get(path(torrent), authorization, "Bearer r3ad").statusCode());
            assertEquals(0, tracker.stop());
        }
    }

    @Test
    void badValuesAreToldWithoutSecrets() throws Exception {
        Sandbox sandbox = new Sandbox(folder, Map.of("HUBSWARM_HOME", home().toString()));
        for (String option : List.of(
                "--publish-token=gehe im",
                "--publish-token=ci=gehe/im",
                "--read-token=gehe im",
                "--storage=redis://gehe:im@x/0",
                "--storage=postgres://gehe.im")) {
            Ran ran = sandbox.run("tracker", "--listen", ANYWHERE, option)
                    .exits(2)
                    .saysNoStack();
            assertFalse((ran.out() + ran.err()).contains("gehe"), ran::toString);
        }
        sandbox.run("tracker", "--listen", "localhost").exits(2).says("HOST:PORT");
        sandbox.run("tracker", "--trusted-proxy", "10.0.0.0/33").exits(2).says("no network");
        Files.writeString(home().resolve("config.toml"), "[tracker]\nstorage = 'redis://:geheim@x:65536/0'\n");
        sandbox.run("tracker").exits(2).says("--storage is set by", "config.toml, line 2");
        Files.delete(home().resolve("config.toml"));
        sandbox.run("tracker", "--hub", "huggingface.co").exits(2).says("--hub", "full URL");
    }

    /** The start of other commands must not pay for the tracker's libraries, nor for a file that is not there. */
    @ParameterizedTest
    @ValueSource(strings = {"--version", "prefetch", "cache ls"})
    void otherCommandsLoadNothingOfIt(String command) throws Exception {
        List<String> words = new ArrayList<>(Hubswarm.quick((Object[]) command.split(" ", -1)));
        words.add(1, "-Xlog:class+load");
        Sandbox sandbox = new Sandbox(folder, Map.of("HUBSWARM_HOME", home().toString()));
        String out = Ran.of(sandbox.program(words)).out();
        assertTrue(out.contains("dev.hubswarm.cli.Main "), "classes are listed");
        for (String library : List.of("io.netty.", "org.sqlite.", "io.lettuce.", "tools.jackson.dataformat."))
            assertFalse(out.contains(" " + library), library);
    }
}
