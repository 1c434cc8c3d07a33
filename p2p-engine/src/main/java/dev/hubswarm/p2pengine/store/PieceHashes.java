package dev.hubswarm.p2pengine.store;

import dev.hubswarm.protocol.metainfo.Digests;
import dev.hubswarm.protocol.metainfo.FileEntry;
import dev.hubswarm.protocol.metainfo.Hash;
import dev.hubswarm.protocol.metainfo.MerkleTree;
import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.protocol.metainfo.PieceGeometry;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Objects;

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

    /** Takes the place of those that turned out to be wrong. */
    public static final PieceHashes NONE = new PieceHashes(Kind.V2, new byte[0], new BitSet());

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

    /**
     * What one file of a torrent must hash to, in pieces of another length. None are known where they can't be told from
     * the torrent's: of v1, whose pieces begin anywhere, and where its pieces are longer.
     */
    public static PieceHashes ofFile(Metainfo torrent, FileEntry file, PieceGeometry geometry) {
        int theirs = torrent.pieceLength();
        int ours = geometry.pieceLength();
        if (!torrent.version().hasV2() || !torrent.hasPieceLayers() || theirs > ours) return NONE;
        byte[] layer = torrent.v2Pieces(file);
        int level = MerkleTree.pieceLevel(theirs);
        int target = MerkleTree.pieceLevel(ours);
        // The hash of a file within one piece is its root, which is not padded to a piece (BEP 52).
        if (theirs == ours || file.length() <= theirs)
            return new PieceHashes(Kind.V2, layer, all(geometry.pieceCount()));
        if (geometry.pieceCount() == 1) {
            byte[] root = Objects.requireNonNull(file.piecesRoot()).bytes();
            return new PieceHashes(Kind.V2, root, all(1));
        }
        byte[] hashes = new byte[geometry.pieceCount() * Hash.SHA256_LENGTH];
        int width = (ours / theirs) * Hash.SHA256_LENGTH;
        MessageDigest sha256 = Digests.sha256();
        for (int piece = 0; piece < geometry.pieceCount(); piece++) {
            byte[] nodes = Arrays.copyOfRange(layer, piece * width, Math.min((piece + 1) * width, layer.length));
            MerkleTree.reduce(sha256, nodes, nodes.length / Hash.SHA256_LENGTH, level, target);
            System.arraycopy(nodes, 0, hashes, piece * Hash.SHA256_LENGTH, Hash.SHA256_LENGTH);
        }
        return new PieceHashes(Kind.V2, hashes, all(geometry.pieceCount()));
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
