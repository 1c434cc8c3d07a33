package dev.hubswarm.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.e2e.GeneratedInput.Content;
import dev.hubswarm.e2e.OtherPeer.Client;
import dev.hubswarm.protocol.metainfo.FileEntry;
import dev.hubswarm.protocol.metainfo.MagnetLink;
import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.protocol.metainfo.TorrentVersion;
import dev.hubswarm.storage.HashPool;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Our engine against others, both ways, in every form that both know (reliability.md S66). All is served and fetched by one
 * swarm of ours, several torrents at a time.
 */
@Tag("peer")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class InteropTest {
    private static final int PIECE = 64 << 10;
    /** Others wait up to ten seconds before they let somebody begin; so many wait at once. */
    private static final int AT_ONCE = 12;

    /** @param number also what its bytes are made of, so that each has a torrent of its own */
    private record Cell(
            int number, Client client, boolean weSeed, TorrentVersion version, boolean magnet, boolean folder) {
        @Override
        public String toString() {
            String what = (folder ? "folder" : "file") + ", " + version + (magnet ? ", by magnet" : "");
            return weSeed ? "hubswarm to " + client + ": " + what : client + " to hubswarm: " + what;
        }

        /** Without {@code hubswarm.long} half of them, in which each two choices meet, and none with rqbit. */
        boolean isChosen() {
            if (Boolean.getBoolean("hubswarm.long")) return true;
            boolean even = version == TorrentVersion.HYBRID;
            return client != Client.RQBIT && (even ^ magnet ^ folder ^ weSeed);
        }
    }

    private final HashPool hashing = HashPool.perCore();
    private final SideBySide running = new SideBySide(AT_ONCE);
    private @Nullable Engine started;

    @BeforeAll
    void start() throws Exception {
        started = Engine.start("127.0.0.1");
    }

    @AfterAll
    void stop() {
        running.close();
        if (started != null) started.close();
        hashing.close();
    }

    private Engine engine() {
        if (started == null) throw new IllegalStateException("not started");
        return started;
    }

    private static List<Cell> cells() {
        List<Cell> cells = new ArrayList<>();
        for (Client client : Client.values()) {
            for (TorrentVersion version : TorrentVersion.values()) {
                // libtorrent alone knows v2; the others take a hybrid for the v1 torrent that it is, too.
                if (version == TorrentVersion.V2 && client != Client.LIBTORRENT) continue;
                for (int i = 0; i < 8; i++) {
                    cells.add(new Cell(cells.size(), client, (i & 1) != 0, version, (i & 2) != 0, (i & 4) != 0));
                }
            }
        }
        return cells;
    }

    @TestFactory
    Stream<DynamicTest> bothHaveTheSameInTheEnd(@TempDir Path temporary) {
        return running.start(cells().stream()
                .filter(Cell::isChosen)
                .map(cell ->
                        new SideBySide.Part(cell.toString(), () -> run(cell, temporary.resolve("cell" + cell.number))))
                .toList());
    }

    /** rqbit lets nobody in before it knows more than a magnet link says. */
    private String[] whomToCall(Cell cell) {
        boolean itMust = cell.client == Client.RQBIT && cell.magnet;
        return itMust
                ? new String[] {
                    "--initial-peers=127.0.0.1:" + engine().address().getPort()
                }
                : new String[0];
    }

    private boolean run(Cell cell, Path home) throws Exception {
        Path seed = Files.createDirectories(home.resolve("seed"));
        Path source = input(cell).write(seed);
        Metainfo torrent = Creation.plain(hashing, source, cell.version, PIECE);
        Path file = Files.write(home.resolve("it.torrent"), torrent.bytes());
        String named = cell.magnet ? MagnetLink.of(torrent).toString() : file.toString();
        Path target = Files.createDirectory(home.resolve("leech"));
        if (cell.weSeed) {
            Engine.Share share = engine().seed(torrent, source);
            try (OtherPeer other = OtherPeer.start(cell.client, named, target, whomToCall(cell))) {
                share.found(other.address());
                other.awaitSame(source);
            } finally {
                share.stop();
            }
        } else {
            // Without these, the others would not have all.
            for (FileEntry pad : torrent.files()) {
                if (!pad.padding()) continue;
                Path path = source.resolve(String.join("/", pad.path()));
                Files.createDirectories(Objects.requireNonNull(path.getParent()));
                Files.write(path, new byte[(int) pad.length()]);
            }
            try (OtherPeer other = OtherPeer.start(cell.client, file.toString(), seed)) {
                Engine.Share share =
                        cell.magnet ? engine().get(torrent.infoHash(), target) : engine().get(torrent, target);
                share.found(other.address());
                share.awaitComplete();
                assertEquals(Contents.of(source), Contents.of(target.resolve(torrent.name())), other::toString);
                share.stop();
            }
        }
        Trees.delete(home);
        return true;
    }

    @ParameterizedTest
    @EnumSource(names = {"LIBTORRENT", "ARIA2"})
    void whoWantsEncryptionIsLeftAlone(Client client, @TempDir Path home) throws Exception {
        Path seed = Files.createDirectories(home.resolve("seed"));
        Path source = GeneratedInput.file("", 3_000_000, PIECE).write(seed);
        Metainfo torrent = Creation.plain(hashing, source, TorrentVersion.V1, PIECE);
        String file = Files.write(home.resolve("it.torrent"), torrent.bytes()).toString();
        String only = client == Client.ARIA2 ? "--bt-force-encryption=true" : "{\"in_enc_policy\": 0}";
        try (Closings closings = new Closings();
                OtherPeer deaf = OtherPeer.start(client, file, seed, only);
                OtherPeer open = OtherPeer.start(Client.LIBTORRENT, file, seed)) {
            Engine.Share share = engine().get(torrent, Files.createDirectory(home.resolve("leech")));
            share.found(deaf.address());
            closings.await(deaf.address());
            share.found(open.address());
            share.awaitComplete();
            share.stop();
            // That it broke, and that it is closed; seven calls take longer than anybody waits here.
            assertTrue(closings.count(deaf.address()) <= 2 * 7, "it is not called again and again");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void overIpv6(boolean weSeed, @TempDir Path home) throws Exception {
        Path seed = Files.createDirectories(home.resolve("seed"));
        Path source = GeneratedInput.file("", 3_000_002, PIECE).write(seed);
        Metainfo torrent = Creation.plain(hashing, source, TorrentVersion.HYBRID, PIECE);
        String file = Files.write(home.resolve("it.torrent"), torrent.bytes()).toString();
        Path target = Files.createDirectory(home.resolve("leech"));
        try (Engine ours = Engine.start("::1");
                OtherPeer other = OtherPeer.start(
                        Client.LIBTORRENT,
                        file,
                        weSeed ? target : seed,
                        ours.address().getAddress())) {
            Engine.Share share = weSeed ? ours.seed(torrent, source) : ours.get(torrent, target);
            // Each is called by the other once.
            if (weSeed) other.call(ours.address());
            else share.found(other.address());
            if (weSeed) other.awaitSame(source);
            else share.awaitComplete();
            share.stop();
            assertEquals(Contents.of(source), Contents.of(target.resolve(torrent.name())));
        }
    }

    /** Ends and beginnings of files at, before and behind those of pieces and blocks; and files of nothing. */
    private static GeneratedInput input(Cell cell) {
        long seed = 1000L * cell.number;
        if (!cell.folder) return GeneratedInput.file("", 3_000_001 + cell.number, PIECE);
        return GeneratedInput.folder(
                "",
                PIECE,
                new Content("config.json", seed, 700),
                new Content("empty", seed, 0),
                new Content("one/byte", seed + 1, 1),
                new Content("one/two/three/weights.bin", seed + 2, 2_000_000),
                new Content("one/two/whole pieces", seed + 3, 4L * PIECE),
                new Content("one/two/whole blocks", seed + 4, 3 * 16384),
                new Content("z/almost", seed + 5, PIECE - 1),
                new Content("z/more", seed + 6, PIECE + 1),
                new Content("z/nothing", seed, 0));
    }
}
