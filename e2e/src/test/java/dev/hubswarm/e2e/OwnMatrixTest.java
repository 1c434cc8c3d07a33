package dev.hubswarm.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.base.UserError;
import dev.hubswarm.e2e.GeneratedInput.Content;
import dev.hubswarm.p2pengine.store.PieceFiles;
import dev.hubswarm.p2pengine.transfer.TransferSnapshot;
import dev.hubswarm.protocol.metainfo.FileEntry;
import dev.hubswarm.protocol.metainfo.InfoHash;
import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.protocol.metainfo.TorrentVersion;
import dev.hubswarm.storage.HashPool;
import dev.hubswarm.testkit.SeededBytes;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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

/**
 * Our engine against itself in every combination of what a transfer may meet (reliability.md S68), with sockets and files.
 * Whatever was there already and right is not fetched again.
 */
@Tag("peer")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class OwnMatrixTest {
    private static final int[] PIECE_LENGTHS = {16 << 10, 64 << 10, 256 << 10, 1 << 20};
    private static final List<TorrentVersion> VERSIONS = List.of(TorrentVersion.values());
    private static final List<Disk> DISKS = List.of(Disk.values());
    private static final int CASES = PIECE_LENGTHS.length * VERSIONS.size() * 16 * DISKS.size();
    private static final int CHOSEN = Boolean.getBoolean("hubswarm.long") ? CASES : CASES / 9;
    /** Has no divisor in common with the number of cases, nor has what it leaves of it with those of any choice. */
    private static final int STRIDE = 85;

    /** What lies where the files are to be. */
    private enum Disk {
        NOTHING,
        /** Files as long as they will be, with other bytes. */
        GARBAGE,
        /** The first half of all bytes, and after that less than there will be, or nothing. */
        HALF
    }

    private record Case(
            int pieceLength,
            TorrentVersion version,
            boolean magnet,
            boolean folder,
            boolean resume,
            boolean corrupt,
            Disk disk) {
        static Case of(int number) {
            int rest = number;
            int pieceLength = PIECE_LENGTHS[rest % 4];
            rest /= 4;
            TorrentVersion version = VERSIONS.get(rest % 3);
            rest /= 3;
            Disk disk = DISKS.get(rest % 3);
            rest /= 3;
            return new Case(
                    pieceLength, version, (rest & 1) != 0, (rest & 2) != 0, (rest & 4) != 0, (rest & 8) != 0, disk);
        }
    }

    /** A torrent with its files. */
    private record Sample(Path source, Metainfo torrent) {
        /** Pieces without a byte behind the place. */
        BitSet piecesBefore(long place) {
            BitSet pieces = new BitSet();
            pieces.set(0, (int) (place / torrent.pieceLength()));
            return pieces;
        }

        long bytes(BitSet pieces) {
            long size = torrent.spaceSize();
            return pieces.stream()
                    .mapToLong(piece -> Math.min(torrent.pieceLength(), size - (long) piece * torrent.pieceLength()))
                    .sum();
        }
    }

    /** Sends other bytes for the last piece. */
    private record Liar(PieceFiles files, long from) implements PieceFiles {
        @Override
        public BitSet held() {
            return files.held();
        }

        @Override
        public boolean isTrusted() {
            return true;
        }

        @Override
        public void write(ByteBuffer bytes, long at) throws UserError {
            files.write(bytes, at);
        }

        @Override
        public void read(ByteBuffer into, long at) throws UserError {
            int start = into.position();
            files.read(into, at);
            for (int i = start; i < into.position(); i++) {
                if (at + i - start >= from) into.put(i, (byte) (into.get(i) ^ 1));
            }
        }

        @Override
        public void claim(int piece, boolean fromHub) throws UserError {
            files.claim(piece, fromHub);
        }

        @Override
        public boolean isFromHub(int piece) {
            return files.isFromHub(piece);
        }

        @Override
        public void forget(int piece) throws UserError {
            files.forget(piece);
        }
    }

    private final Map<String, Sample> samples = new HashMap<>();
    private final HashPool hashing = HashPool.perCore();
    private @Nullable Engine started;

    @TempDir
    Path temporary;

    @BeforeAll
    void start() throws Exception {
        started = Engine.start("127.0.0.1");
    }

    @AfterAll
    void stop() {
        if (started != null) started.close();
        hashing.close();
    }

    private Engine seeds() {
        return Objects.requireNonNull(started);
    }

    @TestFactory
    Stream<DynamicTest> arrivesWholeAndOnlyOnce() {
        return Stream.iterate(0, i -> i < CHOSEN, i -> i + 1).map(i -> {
            int number = i * STRIDE % CASES;
            Case one = Case.of(number);
            return DynamicTest.dynamicTest(number + " " + one, () -> run(one, temporary.resolve("case" + number)));
        });
    }

    private void run(Case one, Path home) throws Exception {
        Sample sample = sample(one);
        Metainfo torrent = sample.torrent;
        Path folder = Files.createDirectories(home.resolve("got"));
        BitSet here = prepare(one.disk, sample, folder);
        long lie = (long) (torrent.pieceCount() - 1) * torrent.pieceLength();
        try (Engine leech = Engine.start("127.0.0.1");
                Engine liar = Engine.start("127.0.0.1")) {
            if (one.resume) {
                Engine.Share first = begin(leech, one, torrent, folder);
                first.stopAt(here.cardinality() + (torrent.pieceCount() - here.cardinality()) / 2);
                first.found(seeds().address());
                TransferSnapshot end = one.magnet ? first.awaitKilled() : first.awaitStopped();
                here.or(end.verified());
            }
            Engine.Share share = begin(leech, one, torrent, folder);
            if (one.corrupt) {
                PieceFiles files = seeds().files(torrent, sample.source);
                liar.seed(torrent, new Liar(files, lie));
                share.found(liar.address());
                share.awaitLieOrComplete();
            }
            share.found(seeds().address());
            share.awaitComplete();
            TransferSnapshot end = share.stop();
            assertEquals(Contents.of(sample.source), Contents.of(folder.resolve(torrent.name())));
            long missing = torrent.spaceSize() - sample.bytes(here);
            // What else a liar was sending is thrown away with it.
            long again = one.corrupt ? missing : 0;
            assertTrue(
                    end.bytesFromOthers() <= missing + again,
                    () -> end.bytesFromOthers() + " bytes for " + missing + " that were missing");
        }
        Trees.delete(home);
    }

    private Engine.Share begin(Engine leech, Case one, Metainfo torrent, Path folder) throws Exception {
        if (!one.magnet) return leech.get(torrent, folder);
        InfoHash all = torrent.infoHash();
        // Of a hybrid's two names, each in turn.
        boolean isHybrid = one.version == TorrentVersion.HYBRID;
        InfoHash named = !isHybrid ? all : one.corrupt ? new InfoHash(all.v1(), null) : new InfoHash(null, all.v2());
        return leech.get(named, folder);
    }

    /** @return the pieces that are there and right */
    private static BitSet prepare(Disk disk, Sample sample, Path folder) throws Exception {
        long half = disk == Disk.HALF ? sample.torrent.spaceSize() / 2 : 0;
        if (disk == Disk.NOTHING) return new BitSet();
        Path top = folder.resolve(sample.torrent.name());
        for (FileEntry file : sample.torrent.files()) {
            if (file.padding()) continue;
            String path = sample.torrent.isSingleFile() ? "" : String.join("/", file.path());
            Path target = top.resolve(path);
            if (disk == Disk.GARBAGE) {
                Files.createDirectories(Objects.requireNonNull(target.getParent()));
                SeededBytes.write(target, 1, file.length());
                continue;
            }
            long length = Math.min(Math.max(half - file.offset(), 0), file.length());
            if (length == 0) continue;
            byte[] whole = Files.readAllBytes(sample.source.resolve(path));
            Files.createDirectories(Objects.requireNonNull(target.getParent()));
            Files.write(target, Arrays.copyOf(whole, (int) length), StandardOpenOption.CREATE_NEW);
        }
        return sample.piecesBefore(half);
    }

    private Sample sample(Case one) throws Exception {
        String key = one.pieceLength + "-" + one.version + (one.folder ? "-folder" : "-file");
        Sample known = samples.get(key);
        if (known != null) return known;
        Path source = input(one).write(Files.createDirectories(temporary.resolve(key)));
        Sample made = new Sample(source, Creation.plain(hashing, source, one.version, one.pieceLength));
        seeds().seed(made.torrent, source).awaitComplete();
        samples.put(key, made);
        return made;
    }

    private static GeneratedInput input(Case one) {
        int piece = one.pieceLength;
        if (!one.folder) return GeneratedInput.file("", 5L * piece + 16384 + 7, piece);
        List<Content> files = new ArrayList<>();
        long[] sizes = {0, 1, piece - 1, piece, piece + 1, 0, 2L * piece + 17};
        for (int i = 0; i < sizes.length; i++) files.add(new Content("d" + i % 2 + "/f" + i, piece + i, sizes[i]));
        return GeneratedInput.folder("", piece, files.toArray(Content[]::new));
    }
}
