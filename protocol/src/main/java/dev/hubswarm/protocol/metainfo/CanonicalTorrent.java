package dev.hubswarm.protocol.metainfo;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The torrent of a file by its bytes alone: whoever makes it, from whatever repo, name or time, makes the same info
 * hash. A hybrid of one file whose name is its sha256. Stateless.
 */
public final class CanonicalTorrent {
    private CanonicalTorrent() {}

    /**
     * @param sha256 of the whole file
     * @param v1Pieces the SHA-1 hashes of its pieces
     * @param layer the v2 hashes of its pieces; its root alone if it has at most one piece
     */
    public static byte[] torrent(
            Hash sha256, long size, byte[] v1Pieces, Hash root, byte[] layer, TorrentExtras extras) {
        Map<Hash, byte[]> layers = size > PieceLengthPolicy.forSize(size) ? Map.of(root, layer) : Map.of();
        return TorrentWriter.torrent(info(sha256, size, v1Pieces, root), layers, extras);
    }

    /** The sha256 that a canonical torrent is for; null if this is not a canonical torrent. */
    public static @Nullable Hash digestOf(Metainfo torrent) {
        if (torrent.version() != TorrentVersion.HYBRID || !torrent.isSingleFile()) return null;
        if (!torrent.name().matches("[0-9a-f]{64}") || torrent.payloadSize() == 0) return null;
        Hash digest = Hash.ofHex(torrent.name());
        byte[] v1Pieces = new byte[torrent.pieceCount() * Hash.SHA1_LENGTH];
        torrent.v1Pieces().get(v1Pieces);
        Hash root = torrent.files().get(0).piecesRoot();
        if (root == null) return null;
        byte[] info = new byte[torrent.info().remaining()];
        torrent.info().get(info);
        // Written again from its parts it must come out the same, so no key can be missing or extra.
        return Arrays.equals(info, info(digest, torrent.payloadSize(), v1Pieces, root)) ? digest : null;
    }

    /** Whether it is the canonical torrent of the file with this sha256, or says so. */
    public static boolean isOf(Metainfo torrent, Hash sha256) {
        return Objects.equals(digestOf(torrent), sha256);
    }

    private static byte[] info(Hash sha256, long size, byte[] v1Pieces, Hash root) {
        if (size <= 0) throw new IllegalArgumentException("An empty file has no canonical torrent");
        String name = sha256.hex();
        FileEntry file = new FileEntry(List.of(name), size, 0, root, false);
        return TorrentWriter.info(new TorrentWriter.Info(
                TorrentVersion.HYBRID, name, PieceLengthPolicy.forSize(size), true, List.of(file), v1Pieces, false));
    }
}
