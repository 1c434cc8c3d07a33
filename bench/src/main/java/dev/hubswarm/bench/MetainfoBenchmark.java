package dev.hubswarm.bench;

import dev.hubswarm.protocol.metainfo.FileEntry;
import dev.hubswarm.protocol.metainfo.Hash;
import dev.hubswarm.protocol.metainfo.MagnetLink;
import dev.hubswarm.protocol.metainfo.MerkleTree;
import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.protocol.metainfo.MetainfoException;
import dev.hubswarm.protocol.metainfo.TorrentExtras;
import dev.hubswarm.protocol.metainfo.TorrentVersion;
import dev.hubswarm.protocol.metainfo.TorrentWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Reading and checking torrents: one large file, whose layers must hash up to the root, and very many small ones. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class MetainfoBenchmark {
    private static final int PIECES = 6400;
    private static final int PIECE_LENGTH = 16 << 20;
    private static final int FILES = 10_000;

    private final Random random = new Random(1);
    private final byte[] oneLargeFile = oneLargeFile();
    private final byte[] manyFiles = manyFiles();
    private final String magnet;

    public MetainfoBenchmark() {
        try {
            magnet = MagnetLink.of(Metainfo.read(oneLargeFile.clone())).toString();
        } catch (MetainfoException e) {
            throw new IllegalStateException("the benchmark's own torrent is bad", e);
        }
    }

    /** A hybrid of 100 GiB. */
    private byte[] oneLargeFile() {
        byte[] layer = new byte[PIECES * MerkleTree.NODE];
        byte[] pieces = new byte[PIECES * Hash.SHA1_LENGTH];
        random.nextBytes(layer);
        random.nextBytes(pieces);
        Hash root = MerkleTree.root(layer, MerkleTree.pieceLevel(PIECE_LENGTH));
        FileEntry file = new FileEntry(List.of("model"), (long) PIECES * PIECE_LENGTH, 0, root, false);
        byte[] info = TorrentWriter.info(new TorrentWriter.Info(
                TorrentVersion.HYBRID, "model", PIECE_LENGTH, true, List.of(file), pieces, false));
        return TorrentWriter.torrent(info, Map.of(root, layer), TorrentExtras.NONE);
    }

    /** A v1 torrent of a folder. */
    private byte[] manyFiles() {
        List<FileEntry> files = new ArrayList<>();
        for (int i = 0; i < FILES; i++) {
            List<String> path = List.of("part-" + 1000 * (1 + i / 1000), "file-" + (FILES + i) + ".json");
            files.add(new FileEntry(path, 1000, 1000L * i, null, false));
        }
        byte[] pieces = new byte[(1000 * FILES + PIECE_LENGTH - 1) / PIECE_LENGTH * Hash.SHA1_LENGTH];
        byte[] info = TorrentWriter.info(
                new TorrentWriter.Info(TorrentVersion.V1, "data", PIECE_LENGTH, false, files, pieces, false));
        return TorrentWriter.torrent(info, null, TorrentExtras.NONE);
    }

    @Benchmark
    public Metainfo readOneLargeFile() throws MetainfoException {
        return Metainfo.read(oneLargeFile);
    }

    @Benchmark
    public Metainfo readTenThousandFiles() throws MetainfoException {
        return Metainfo.read(manyFiles);
    }

    @Benchmark
    public List<FileEntry> listTenThousandFiles() throws MetainfoException {
        return Metainfo.read(manyFiles).files();
    }

    @Benchmark
    public MagnetLink parseMagnet() throws MetainfoException {
        return MagnetLink.parse(magnet);
    }
}
