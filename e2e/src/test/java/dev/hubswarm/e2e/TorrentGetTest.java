package dev.hubswarm.e2e;

import static java.nio.file.StandardOpenOption.APPEND;
import static java.nio.file.StandardOpenOption.CREATE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.testkit.SeededBytes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** {@code hubswarm torrent get} as users run it: two processes, and whatever ends one of them. */
@Tag("e2e")
final class TorrentGetTest {
    private static final long SIZE = 24 << 20;
    private static final long SOME = 8 << 20;
    private static final String SLOWLY = "--download-limit=4MiB";

    @TempDir
    Path folder;

    private Path model = Path.of("");
    private Path torrent = Path.of("");

    @BeforeEach
    void create() throws Exception {
        model = SeededBytes.write(folder.resolve("have/model.bin"), 1, SIZE);
        torrent = folder.resolve("model.torrent");
        Hubswarm.run("torrent", "create", model, "--kind", "plain", "-o", torrent, "--quiet")
                .exits(0);
    }

    /** Its own state, as on a machine of its own. */
    private Sandbox machine(String name) {
        return new Sandbox(folder, Map.of("HUBSWARM_HOME", folder + "/state-" + name));
    }

    private RunningGet seed(Object... options) throws IOException {
        List<Object> all = new ArrayList<>(List.of(torrent, "-d", folder.resolve("have"), "--seed"));
        all.addAll(List.of(options));
        return RunningGet.start(machine("seed"), all.toArray());
    }

    private Path found() {
        return folder.resolve("want/model.bin");
    }

    private Path part() {
        return folder.resolve("want/model.bin.part");
    }

    private JsonNode goesOn(RunningGet seed) throws Exception {
        assertTrue(Files.notExists(found()) && Files.isDirectory(part()), "a part is no whole");
        JsonNode summary = machine("want")
                .run("torrent", "get", torrent, "-d", folder.resolve("want"), "--peer", seed.peer(), "--json")
                .exits(0)
                .json();
        assertEquals("summary", summary.path("event").asString(), summary::toString);
        assertEquals(found().toString(), summary.path("path").asString(), summary::toString);
        assertEquals(-1, Files.mismatch(model, found()));
        assertTrue(Files.notExists(part()));
        return summary;
    }

    @ParameterizedTest
    @CsvSource({"INT, 130", "TERM, 143"})
    void whatWasInterruptedGoesOn(String signal, int exit) throws Exception {
        try (RunningGet seed = seed();
                RunningGet want = RunningGet.start(
                        machine("want"), torrent, "-d", folder.resolve("want"), "--peer", seed.peer(), SLOWLY)) {
            want.awaitBytes(SOME);
            want.end(signal, exit);
            assertEquals(
                    "hubswarm: Interrupted. The same command goes on from here.",
                    want.said().strip());
            JsonNode summary = goesOn(seed);
            long fetched = summary.path("bytes_from_peers").asLong();
            assertTrue(fetched > 0 && fetched <= SIZE - SOME, summary::toString);
            assertEquals(1, summary.path("sources").size(), summary::toString);
            seed.end("INT", 130);
        }
    }

    @Test
    void afterKillMinusNineWhatIsThereIsLookedAtAndNotFetchedAgain() throws Exception {
        try (RunningGet seed = seed();
                RunningGet want = RunningGet.start(
                        machine("want"), torrent, "-d", folder.resolve("want"), "--peer", seed.peer(), SLOWLY)) {
            want.awaitBytes(SOME);
            want.end("KILL", 137);
            long fetched = goesOn(seed).path("bytes_from_peers").asLong();
            assertTrue(fetched > 0 && fetched <= SIZE - SOME, fetched + " bytes");
        }
    }

    @Test
    void aSeedThatComesBackIsFoundAgain() throws Exception {
        try (RunningGet first = seed();
                RunningGet want = RunningGet.start(
                        machine("want"), torrent, "-d", folder.resolve("want"), "--peer", first.peer(), SLOWLY)) {
            want.awaitBytes(SOME);
            first.end("KILL", 137);
            // At another port: it calls.
            try (RunningGet second = seed("--peer", want.peer())) {
                JsonNode summary = want.await("summary");
                assertEquals(SIZE, summary.path("bytes_from_peers").asLong(), summary::toString);
                second.end("TERM", 143);
            }
        }
        assertEquals(-1, Files.mismatch(model, found()));
    }

    /** The user knows better, until it lies again. */
    @Test
    void aPeerThatWasBannedIsCalledIfItIsNamedAndBannedAgainIfItLies() throws Exception {
        Metainfo metainfo = Metainfo.read(Files.readAllBytes(torrent));
        Path wrong = SeededBytes.write(folder.resolve("wrong/model.bin"), 2, SIZE);
        Path state = folder.resolve("state-want");
        Files.createDirectory(
                state, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Path bans = state.resolve("bans");
        long soon = System.currentTimeMillis() / 1000 + 1000;
        try (RunningGet seed = seed("--upload-limit=8MiB");
                Engine liar = Engine.start("127.0.0.1")) {
            liar.seed(metainfo, liar.trusted(metainfo, wrong));
            String lying = "127.0.0.1:" + liar.address().getPort();
            for (String peer : List.of(seed.peer(), lying))
                Files.writeString(bans, peer + " " + soon + " it sent wrong bytes\n", CREATE, APPEND);
            machine("want")
                    .run(
                            "torrent",
                            "get",
                            torrent,
                            "-d",
                            folder.resolve("want"),
                            "--peer",
                            lying,
                            "--peer",
                            seed.peer())
                    .exits(0)
                    .says(
                            seed.peer() + " was banned before, since it sent wrong bytes.",
                            lying + " was banned before,");
            List<String> now = Files.readAllLines(bans);
            assertTrue(now.stream().noneMatch(line -> line.startsWith(seed.peer())), now::toString);
            String again = now.stream()
                    .filter(line -> line.startsWith(lying))
                    .findFirst()
                    .orElse("- 0");
            assertTrue(Long.parseLong(again.split(" ", -1)[1]) > soon, now::toString);
        }
        assertEquals(-1, Files.mismatch(model, found()));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aTrackerBringsThemTogether(boolean magnet) throws Exception {
        try (RunningTracker tracker =
                RunningTracker.start(folder.resolve("tracker"), "--listen", "127.0.0.1:0", "--open")) {
            Hubswarm.run(
                            "torrent",
                            "create",
                            model,
                            "--kind",
                            "plain",
                            "-o",
                            torrent,
                            "--force",
                            "--tracker",
                            tracker.url() + "/announce")
                    .exits(0);
            String link =
                    Hubswarm.run("torrent", "magnet", torrent).exits(0).out().strip();
            try (RunningGet seed = seed()) {
                // Whoever asks before the seed has told of itself asks again half a minute later.
                seed.await("complete");
                String none = "announces_total{by=\"http\"} 0";
                while (new String(tracker.get("/metrics").body(), StandardCharsets.UTF_8).contains(none)) {
                    LockSupport.parkNanos(20_000_000);
                }
                Ran ran = machine("want").run("torrent", "get", magnet ? link : torrent, "-d", folder.resolve("want"));
                assertEquals(found().toString(), ran.exits(0).out().strip());
                ran.says("1 file, 24.0 MiB, 24.0 MiB from 1 peer");
            }
        }
        assertEquals(-1, Files.mismatch(model, found()));
    }

    @Test
    void standardInputIsAFileToo() throws Exception {
        try (RunningGet seed = seed()) {
            List<String> command = new ArrayList<>(List.of("sh", "-c", "cat \"$0\" | \"$@\"", torrent.toString()));
            command.addAll(Hubswarm.quick("torrent", "get", "-", "-d", folder.resolve("want"), "--peer", seed.peer()));
            Ran.of(machine("want").program(command)).exits(0).saysNoStack();
        }
        assertEquals(-1, Files.mismatch(model, found()));
    }

    @Test
    void aTakenPortAndAFullDiskAreSaid() throws Exception {
        try (RunningGet seed = seed();
                Mounted disk = Mounted.tmpfs(folder.resolve("disk"), "4m")) {
            machine("want")
                    .run("torrent", "get", torrent, "-d", folder.resolve("want"), "--peer-port", seed.port())
                    .exits(1)
                    .says("Cannot listen for peers on port " + seed.port() + ": ", "--peer-port");
            machine("want")
                    .run("torrent", "get", torrent, "-d", disk.folder(), "--peer", seed.peer())
                    .exits(6)
                    .says("There is not enough space", "Free some");
            // What goes on may need less than all.
            Files.createDirectory(disk.folder().resolve("model.bin.part"));
            machine("want")
                    .run("torrent", "get", torrent, "-d", disk.folder(), "--peer", seed.peer())
                    .exits(6)
                    .says("There is no space left", "Free some");
        }
    }

    @Test
    void whatCannotBeGotIsSaid() throws Exception {
        Path none = Files.writeString(folder.resolve("none.torrent"), "<html>");
        machine("want").run("torrent", "get", none).exits(1).says("is not a torrent we can use");
        machine("want").run("torrent", "get", folder.resolve("gone")).exits(3).says("does not exist");
        machine("want").run("torrent", "get", "magnet:?dn=x").exits(1).says("The magnet link cannot be used");
        machine("want").run("torrent", "get", "-").exits(1).says("Standard input is not a torrent we can use");
        machine("want")
                .run("torrent", "get", torrent, "--select", "other.bin")
                .exits(3)
                .says("has no file or folder other.bin", "torrent show");
        machine("want").run("torrent", "get", torrent, "-d", model).exits(2).says(model.toString(), "--dir");
        assertTrue(Files.notExists(found()));
    }
}
