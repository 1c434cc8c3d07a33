package dev.hubswarm.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.testkit.SeededBytes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Other BitTorrent clients, and ours, announce to our tracker, find each other, and finish a transfer. */
@Tag("e2e")
final class TrackerClientsTest {
    private static final int SIZE = 3_000_000;
    private static final long PATIENCE_SECONDS = 90;

    private enum Client {
        LIBTORRENT,
        ARIA2,
        TRANSMISSION,
        HUBSWARM
    }

    @TempDir
    Path folder;

    @ParameterizedTest(name = "{2} to {3} by {0}, IPv{1}")
    @CsvSource({
        "http, 4, LIBTORRENT, ARIA2",
        "http, 6, LIBTORRENT, ARIA2",
        "http, 4, ARIA2, LIBTORRENT",
        "http, 4, TRANSMISSION, LIBTORRENT",
        "udp, 4, LIBTORRENT, TRANSMISSION",
        "udp, 4, ARIA2, LIBTORRENT",
        "udp, 6, TRANSMISSION, LIBTORRENT",
        "http, 4, HUBSWARM, TRANSMISSION",
        "udp, 4, HUBSWARM, ARIA2"
    })
    void theyFindEachOther(String scheme, int version, Client seeder, Client leecher) throws Exception {
        boolean v6 = version == 6;
        Path data =
                SeededBytes.write(Files.createDirectory(folder.resolve("seed")).resolve("data.bin"), 5, SIZE);
        Path wanted = Files.createDirectory(folder.resolve("leech")).resolve("data.bin");
        Path torrent = folder.resolve("data.torrent");
        String host = Net.address(v6, 1);
        String listen = (v6 ? "[" + host + "]" : host) + ":8472";
        String url = scheme + "://" + listen + "/announce";
        Hubswarm.run("torrent", "create", data, "--kind", "plain", "--tracker", url, "-o", torrent)
                .exits(0);
        try (Net net = Net.make();
                RunningTracker tracker = RunningTracker.start(
                        net.inside(), folder.resolve("state"), "--listen", listen, "--udp", "--open")) {
            Process seeding = start(net, seeder, torrent, "seed", Net.address(v6, 2), 6881);
            Process leeching = null;
            try {
                // Only some would dial a peer that comes after them.
                awaitPeer(net, tracker);
                leeching = start(net, leecher, torrent, "leech", Net.address(v6, 3), 6882);
                awaitSame(data, wanted, leeching);
            } finally {
                seeding.destroyForcibly();
                if (leeching != null) leeching.destroyForcibly();
            }
            assertTrue(tracker.metric(net, "announces_total{by=\"" + scheme + "\"}") >= 2, "both announced");
            assertEquals(0, tracker.metric(net, "failures_total"));
            assertEquals(0, tracker.stop());
        }
    }

    private Process start(Net net, Client client, Path torrent, String where, String address, int port)
            throws IOException {
        Path home = folder.resolve(where);
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
        return program.redirectOutput(folder.resolve(where + ".log").toFile()).start();
    }

    private void awaitPeer(Net net, RunningTracker tracker) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (tracker.metric(net, "peers") == 0) {
            assertTrue(System.nanoTime() < deadline, () -> "the seeder does not announce: " + log("seed"));
        }
    }

    private void awaitSame(Path data, Path wanted, Process leeching) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!Files.exists(wanted) || Files.mismatch(data, wanted) >= 0) {
            assertTrue(System.nanoTime() < deadline, () -> log("seed") + log("leech"));
            if (leeching.waitFor(200, TimeUnit.MILLISECONDS))
                assertEquals(-1, Files.mismatch(data, wanted), () -> log("leech"));
        }
    }

    private String log(String where) {
        try {
            return where + ": " + Files.readString(folder.resolve(where + ".log"));
        } catch (IOException e) {
            return where + " has no log: " + e;
        }
    }
}
