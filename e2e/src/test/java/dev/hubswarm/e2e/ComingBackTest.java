package dev.hubswarm.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.e2e.OtherPeer.Client;
import dev.hubswarm.testkit.SeededBytes;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * Our program and another client, each of which is stopped in mid-transfer and comes back, or is killed and started again
 * (reliability.md S66).
 */
@Tag("e2e")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class ComingBackTest {
    private static final int MIB = 1 << 20;
    private static final int SIZE = 16 * MIB;

    private static final List<Client> CLIENTS =
            Boolean.getBoolean("hubswarm.long") ? List.of(Client.values()) : List.of(Client.LIBTORRENT);

    private final SideBySide running = new SideBySide(2 * CLIENTS.size());

    private Path temporary = Path.of("");
    private Path model = Path.of("");
    private Path torrent = Path.of("");

    @BeforeAll
    void create(@TempDir Path folder) throws Exception {
        temporary = folder;
        model = SeededBytes.write(temporary.resolve("have/model.bin"), 7, SIZE);
        torrent = temporary.resolve("model.torrent");
        Hubswarm.run("torrent", "create", model, "--kind", "plain", "-o", torrent, "--quiet")
                .exits(0);
    }

    @AfterAll
    void stop() {
        running.close();
    }

    @TestFactory
    Stream<DynamicTest> theTransferGoesOn() {
        List<SideBySide.Part> parts = new ArrayList<>();
        for (Client client : CLIENTS) {
            Path home = temporary.resolve(client.toString());
            parts.add(new SideBySide.Part("from " + client, () -> fetch(client, home.resolve("from"))));
            parts.add(new SideBySide.Part("to " + client, () -> send(client, home.resolve("to"))));
        }
        return running.start(parts);
    }

    private static Sandbox machine(Path home) {
        return new Sandbox(home, Map.of("HUBSWARM_HOME", home.resolve("state").toString()));
    }

    private boolean fetch(Client client, Path home) throws Exception {
        Path have = Files.createDirectories(home.resolve("have"));
        Files.copy(model, have.resolve("model.bin"));
        Path want = home.resolve("want");
        try (OtherPeer other = OtherPeer.start(client, torrent.toString(), have)) {
            String peer = "127.0.0.1:" + other.address().getPort();
            try (RunningGet ours =
                    RunningGet.start(machine(home), torrent, "-d", want, "--peer", peer, "--download-limit=2MiB")) {
                ours.awaitBytes(MIB);
                other.signal("STOP");
                awaitStandstill(ours, "bytes");
                other.signal("CONT");
                ours.awaitBytes(3 * MIB);
                other.kill();
                other.startAgain();
                ours.awaitBytes(5 * MIB);
                ours.end("KILL", 137);
            }
            JsonNode summary = machine(home)
                    .run("torrent", "get", torrent, "-d", want, "--peer", peer, "--json")
                    .exits(0)
                    .json();
            long fetched = summary.path("bytes_from_peers").asLong();
            assertTrue(fetched > 0 && fetched <= SIZE - 5 * MIB, summary::toString);
            assertEquals(Contents.of(model), Contents.of(want.resolve("model.bin")));
        }
        return true;
    }

    private boolean send(Client client, Path home) throws Exception {
        Path want = Files.createDirectories(home.resolve("want"));
        try (OtherPeer other = OtherPeer.start(client, torrent.toString(), want)) {
            try (RunningGet ours = seed(home, other)) {
                awaitSent(ours, MIB);
                other.signal("STOP");
                awaitStandstill(ours, "bytes_sent");
                other.signal("CONT");
                awaitSent(ours, 3 * MIB);
                ours.end("KILL", 137);
            }
            try (RunningGet ours = seed(home, other)) {
                // What was on its way when we were killed may have arrived, so there may be half of it left.
                awaitSent(ours, MIB);
                other.kill();
                other.startAgain();
                other.awaitSame(model);
                ours.end("INT", 130);
            }
        }
        return true;
    }

    private RunningGet seed(Path home, OtherPeer other) throws Exception {
        String peer = "127.0.0.1:" + other.address().getPort();
        return RunningGet.start(
                machine(home),
                torrent,
                "-d",
                temporary.resolve("have"),
                "--seed",
                "--peer",
                peer,
                "--upload-limit=2MiB");
    }

    private static void awaitSent(RunningGet ours, long bytes) throws Exception {
        while (ours.await("progress").path("bytes_sent").asLong() < bytes) {}
    }

    /** Until what is on its way has come. */
    private static void awaitStandstill(RunningGet ours, String what) throws Exception {
        long before = -1;
        long now = ours.await("progress").path(what).asLong();
        while (now != before) {
            before = now;
            now = ours.await("progress").path(what).asLong();
        }
    }
}
