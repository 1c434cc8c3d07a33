package dev.hubswarm.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;

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
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

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

        /** Half of them without {@code hubswarm.long}: in which each two choices meet. */
        boolean isChosen() {
            boolean even = version == TorrentVersion.HYBRID;
            return Boolean.getBoolean("hubswarm.long") || even ^ magnet ^ folder ^ weSeed;
        }
    }

    private final HashPool hashing = HashPool.perCore();
    private final ExecutorService running = Executors.newFixedThreadPool(AT_ONCE);
    private @Nullable Engine started;

    @BeforeAll
    void start() throws Exception {
        started = Engine.start("127.0.0.1");
    }

    @AfterAll
    void stop() throws Exception {
        running.shutdownNow();
        running.awaitTermination(1, TimeUnit.MINUTES);
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
        List<Cell> chosen = cells().stream().filter(Cell::isChosen).toList();
        List<Future<Boolean>> results = chosen.stream()
                .map(cell -> running.submit(() -> run(cell, temporary.resolve("cell" + cell.number))))
                .toList();
        return Stream.iterate(0, i -> i < chosen.size(), i -> i + 1)
                .map(i -> DynamicTest.dynamicTest(
                        chosen.get(i).toString(), () -> results.get(i).get()));
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
            try (OtherPeer other = OtherPeer.start(cell.client, named, target)) {
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
