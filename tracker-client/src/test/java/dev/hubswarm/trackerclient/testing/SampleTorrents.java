package dev.hubswarm.trackerclient.testing;

import dev.hubswarm.protocol.metainfo.CanonicalTorrent;
import dev.hubswarm.protocol.metainfo.FileEntry;
import dev.hubswarm.protocol.metainfo.Hash;
import dev.hubswarm.protocol.metainfo.MerkleTree;
import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.protocol.metainfo.MetainfoException;
import dev.hubswarm.protocol.metainfo.PieceLengthPolicy;
import dev.hubswarm.protocol.metainfo.TorrentExtras;
import dev.hubswarm.protocol.metainfo.TorrentVersion;
import dev.hubswarm.protocol.metainfo.TorrentWriter;
import dev.hubswarm.testkit.SeededBytes;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Torrents of small files. Stateless. */
public final class SampleTorrents {
    private static final int PIECE = PieceLengthPolicy.forSize(1);
    private static final int BLOCK = 16 * 1024;

    private SampleTorrents() {}

    public static byte[] content(int seed, int length) {
        return SeededBytes.of(seed, length);
    }

    public static Hash sha256(byte[] content) {
        return Hash.of(digest("SHA-256", content));
    }

    /** @param extras as a stranger may add them */
    public static byte[] canonical(byte[] content, TorrentExtras extras) {
        Hash root = root(content);
        return CanonicalTorrent.torrent(
                sha256(content), content.length, digest("SHA-1", content), root, root.bytes(), extras);
    }

    public static Metainfo canonical(byte[] content) {
        return read(canonical(content, TorrentExtras.NONE));
    }

    /** For the same digest, and consistent in itself, but of other content of that length. */
    public static Metainfo rival(byte[] content) {
        byte[] other = content(-1, content.length);
        Hash root = root(other);
        return read(CanonicalTorrent.torrent(
                sha256(content), content.length, digest("SHA-1", other), root, root.bytes(), TorrentExtras.NONE));
    }

    /** @param files by path; in the order of their names */
    public static byte[] snapshot(String commit, Map<String, byte[]> files) {
        return snapshot(commit, files, false);
    }

    public static byte[] snapshot(String commit, Map<String, byte[]> files, boolean isPrivate) {
        long[] offset = {0};
        List<FileEntry> entries = files.entrySet().stream()
                .map(file -> {
                    FileEntry entry = new FileEntry(
                            List.of(file.getKey().split("/", -1)),
                            file.getValue().length,
                            offset[0],
                            root(file.getValue()),
                            false);
                    offset[0] += PIECE;
                    return entry;
                })
                .toList();
        byte[] info = TorrentWriter.info(
                new TorrentWriter.Info(TorrentVersion.V2, commit, PIECE, false, entries, new byte[0], isPrivate));
        return TorrentWriter.torrent(info, Map.of(), TorrentExtras.NONE);
    }

    public static Metainfo read(byte[] torrent) {
        try {
            return Metainfo.read(torrent);
        } catch (MetainfoException e) {
            throw new IllegalArgumentException(e);
        }
    }

    /** Of content of one piece at most. */
    private static Hash root(byte[] content) {
        int blocks = (content.length + BLOCK - 1) / BLOCK;
        byte[] nodes = new byte[blocks * MerkleTree.NODE];
        for (int i = 0; i < blocks; i++) {
            byte[] block = Arrays.copyOfRange(content, i * BLOCK, Math.min((i + 1) * BLOCK, content.length));
            System.arraycopy(digest("SHA-256", block), 0, nodes, i * MerkleTree.NODE, MerkleTree.NODE);
        }
        return MerkleTree.root(nodes, 0);
    }

    private static byte[] digest(String algorithm, byte[] bytes) {
        try {
            return MessageDigest.getInstance(algorithm).digest(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
