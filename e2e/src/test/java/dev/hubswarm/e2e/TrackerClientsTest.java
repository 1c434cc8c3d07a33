package dev.hubswarm.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.testkit.SeededBytes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Other BitTorrent clients, and ours, announce to our tracker, find each other, and finish a transfer. */
@Tag("e2e")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class TrackerClientsTest {
    private static final int SIZE = 3_000_000;
    private static final long PATIENCE_SECONDS = 90;
    /** Others ask their tracker, call and unchoke each after some seconds of waiting. */
    private static final int AT_ONCE = 3;

    private enum Client {
        LIBTORRENT,
        ARIA2,
        TRANSMISSION,
        HUBSWARM
    }

    private record Row(String scheme, boolean v6, Client seeder, Client leecher) {
        @Override
        public String toString() {
            return seeder + " to " + leecher + " by " + scheme + (v6 ? ", IPv6" : ", IPv4");
        }
    }

    private static final List<Row> ROWS = List.of(
            // The longest at first.
            new Row("http", false, Client.HUBSWARM, Client.TRANSMISSION),
            new Row("http", false, Client.LIBTORRENT, Client.ARIA2),
            new Row("http", true, Client.LIBTORRENT, Client.ARIA2),
            new Row("http", false, Client.ARIA2, Client.LIBTORRENT),
            new Row("http", false, Client.TRANSMISSION, Client.LIBTORRENT),
            new Row("udp", false, Client.LIBTORRENT, Client.TRANSMISSION),
            new Row("udp", false, Client.ARIA2, Client.LIBTORRENT),
            new Row("udp", true, Client.TRANSMISSION, Client.LIBTORRENT),
            new Row("udp", false, Client.HUBSWARM, Client.ARIA2));

    private final SideBySide running = new SideBySide(AT_ONCE);

    @AfterAll
    void stop() {
        running.close();
    }

    @TestFactory
    Stream<DynamicTest> theyFindEachOther(@TempDir Path temporary) {
        return running.start(IntStream.range(0, ROWS.size())
                .mapToObj(i -> new SideBySide.Part(
                        ROWS.get(i).toString(), () -> run(ROWS.get(i), temporary.resolve("row" + i))))
                .toList());
    }

    private static boolean run(Row row, Path folder) throws Exception {
        boolean v6 = row.v6;
        Files.createDirectory(folder);
        Path data =
                SeededBytes.write(Files.createDirectory(folder.resolve("seed")).resolve("data.bin"), 5, SIZE);
        Path wanted = Files.createDirectory(folder.resolve("leech")).resolve("data.bin");
        Path torrent = folder.resolve("data.torrent");
        String host = Net.address(v6, 1);
        String listen = (v6 ? "[" + host + "]" : host) + ":8472";
        String url = row.scheme + "://" + listen + "/announce";
        Hubswarm.run("torrent", "create", data, "--kind", "plain", "--tracker", url, "-o", torrent)
                .exits(0);
        try (Net net = Net.make();
                RunningTracker tracker = RunningTracker.start(
                        net.inside(), folder.resolve("state"), "--listen", listen, "--udp", "--open")) {
            Process seeding = start(net, row.seeder, torrent, folder.resolve("seed"), Net.address(v6, 2), 6881);
            Process leeching = null;
            try {
                // Only some would dial a peer that comes after them.
                awaitPeer(net, tracker, seeding, folder);
                leeching = start(net, row.leecher, torrent, folder.resolve("leech"), Net.address(v6, 3), 6882);
                awaitSame(data, wanted, leeching, folder);
            } finally {
                seeding.destroyForcibly().waitFor();
                if (leeching != null) leeching.destroyForcibly().waitFor();
            }
            assertTrue(tracker.metric(net, "announces_total{by=\"" + row.scheme + "\"}") >= 2, "both announced");
            assertEquals(0, tracker.metric(net, "failures_total"));
            assertEquals(0, tracker.stop());
        }
        return true;
    }

    private static Process start(Net net, Client client, Path torrent, Path home, String address, int port)
            throws IOException {
        List<String> command = switch (client) {
            case LIBTORRENT ->
                List.of(
                        Tools.require("python").toString(),
                        "-W",
                        "ignore",
                        "-c",
                        Tools.script("libtorrent_peer.py"),
                        torrent.toString(),
                        home.toString(),
                        (address.contains(":") ? "[" + address + "]" : address) + ":" + port);
            case ARIA2 ->
                List.of(
                        Tools.require("aria2c").toString(),
                        "--no-conf",
                        "--dir=" + home,
                        "--interface=" + address,
                        "--listen-port=" + port,
                        // With DHT it asks UDP trackers too, over IPv4 only.
                        "--enable-dht=" + !address.contains(":"),
                        "--dht-listen-port=" + port,
                        "--dht-file-path=" + home.resolve("dht.dat"),
                        "--bt-enable-lpd=false",
                        "--check-integrity=true",
                        "--seed-ratio=0.0",
                        torrent.toString());
            case TRANSMISSION ->
                List.of(
                        Tools.require("transmission-cli").toString(),
                        "--config-dir=" + home.resolve("config"),
                        "--download-dir=" + home,
                        "--port=" + port,
                        "--no-portmap",
                        torrent.toString());
            case HUBSWARM ->
                Hubswarm.quick("torrent", "get", torrent, "--dir", home, "--seed", "--peer-port", port, "--json");
        };
        ProcessBuilder program = new ProcessBuilder(net.inside(command)).redirectErrorStream(true);
        program.environment().put("HOME", home.toString());
        program.environment().put("HUBSWARM_HOME", home.resolve("state").toString());
        return program.redirectOutput(log(home).toFile()).start();
    }

    private static void awaitPeer(Net net, RunningTracker tracker, Process seeding, Path folder) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (tracker.metric(net, "peers") == 0) {
            assertTrue(System.nanoTime() < deadline, () -> "the seeder does not announce: " + said(folder));
            assertFalse(seeding.waitFor(300, TimeUnit.MILLISECONDS), () -> said(folder));
        }
    }

    private static void awaitSame(Path data, Path wanted, Process leeching, Path folder) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!Files.exists(wanted) || Files.mismatch(data, wanted) >= 0) {
            assertTrue(System.nanoTime() < deadline, () -> said(folder));
            if (leeching.waitFor(200, TimeUnit.MILLISECONDS))
                assertEquals(-1, Files.mismatch(data, wanted), () -> said(folder));
        }
    }

    private static Path log(Path home) {
        return home.resolveSibling(home.getFileName() + ".log");
    }

    private static String said(Path folder) {
        StringBuilder said = new StringBuilder();
        for (String where : List.of("seed", "leech")) {
            Path log = log(folder.resolve(where));
            try {
                said.append(where).append(": ").append(Files.readString(log)).append('\n');
            } catch (IOException e) {
                said.append(where).append(" has no log: ").append(e).append('\n');
            }
        }
        return said.toString();
    }
}
