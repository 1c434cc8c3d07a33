package dev.hubswarm.p2pengine.store;

import dev.hubswarm.protocol.metainfo.FileEntry;
import dev.hubswarm.protocol.metainfo.Hash;
import dev.hubswarm.protocol.metainfo.Metainfo;
import java.util.Arrays;
import java.util.BitSet;

/**
 * What the pieces of a torrent must hash to: SHA-1 in v1 (BEP 3), nodes of hash trees in v2 (BEP 52). Immutable, but
 * for the arrays, which nobody may change.
 */
public final class PieceHashes {
    /** How a piece is hashed. */
    public enum Kind {
        V1(Hash.SHA1_LENGTH),
        V2(Hash.SHA256_LENGTH);

        private final int length;

        Kind(int length) {
            this.length = length;
        }
    }

    private final Kind kind;
    private final byte[] hashes;
    private final BitSet known;

    private PieceHashes(Kind kind, byte[] hashes, BitSet known) {
        this.kind = kind;
        this.hashes = hashes;
        this.known = known;
    }

    /**
     * Of a hybrid the v2 hashes alone: that the v1 hashes mean the same bytes is its maker's word, and of a file from the
     * Hub the digest decides. As long as they are not all known, the v1 hashes.
     */
    public static PieceHashes of(Metainfo torrent) {
        return torrent.version().hasV2() && torrent.hasPieceLayers() ? v2(torrent) : v1(torrent);
    }

    /** Also for a hybrid whose piece layers are not known. */
    public static PieceHashes v1(Metainfo torrent) {
        byte[] hashes = new byte[torrent.pieceCount() * Hash.SHA1_LENGTH];
        torrent.v1Pieces().get(hashes);
        return new PieceHashes(Kind.V1, hashes, all(torrent.pieceCount()));
    }

    private static PieceHashes v2(Metainfo torrent) {
        byte[] hashes = new byte[torrent.pieceCount() * Hash.SHA256_LENGTH];
        for (FileEntry file : torrent.files()) {
            byte[] layer = torrent.v2Pieces(file);
            int first = (int) (file.offset() / torrent.pieceLength());
            System.arraycopy(layer, 0, hashes, first * Hash.SHA256_LENGTH, layer.length);
        }
        return new PieceHashes(Kind.V2, hashes, all(torrent.pieceCount()));
    }

    /**
     * As far as peers have proven them.
     *
     * @param nodes 32 bytes per piece; where a file is no longer than a piece, its root
     * @param known which of them count
     */
    public static PieceHashes v2(byte[] nodes, BitSet known) {
        return new PieceHashes(Kind.V2, nodes, (BitSet) known.clone());
    }

    private static BitSet all(int pieces) {
        BitSet all = new BitSet();
        all.set(0, pieces);
        return all;
    }

    Kind kind() {
        return kind;
    }

    boolean knows(int piece) {
        return known.get(piece);
    }

    boolean matches(int piece, byte[] hash) {
        int at = piece * kind.length;
        return Arrays.equals(hashes, at, at + kind.length, hash, 0, kind.length);
    }
}
