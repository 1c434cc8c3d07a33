package dev.hubswarm.protocol.peerwire;

import dev.hubswarm.protocol.metainfo.Hash;
import dev.hubswarm.protocol.metainfo.PieceGeometry;
import java.nio.ByteBuffer;

/**
 * Which nodes of a file's hash tree are meant (BEP 52, "hash request"). Immutable. The numbers may be anything that a
 * peer sends, until {@link #isWithin} said yes.
 *
 * @param root the root of the tree, which names the file
 * @param baseLayer how far above the hashes of the blocks
 * @param index of the first node in its layer
 * @param length how many nodes
 * @param proofLayers how many layers above the base layer to prove them with; those that the nodes themselves make up
 *     count, but have no hash in the answer
 */
public record HashRange(Hash root, int baseLayer, int index, int length, int proofLayers) {
    /** What libtorrent answers at most: the blocks of a piece of 128 MiB. */
    public static final int MAX_LENGTH = 8192;

    static final int ENCODED_LENGTH = Hash.SHA256_LENGTH + 4 * Integer.BYTES;

    public HashRange {
        if (root.length() != Hash.SHA256_LENGTH) throw new IllegalArgumentException("A root is a SHA-256");
    }

    /**
     * Whether the tree of a file of this size has these nodes and layers, and they are an aligned power of two. One node
     * is such a power: libtorrent asks for it when it is the only one left.
     */
    public boolean isWithin(long fileSize) {
        if (fileSize <= PieceGeometry.BLOCK_LENGTH || baseLayer < 0 || index < 0 || proofLayers < 0) return false;
        if (Integer.bitCount(length) != 1 || length < 0 || length > MAX_LENGTH || index % length != 0) return false;
        int height = Long.SIZE - Long.numberOfLeadingZeros((fileSize - 1) / PieceGeometry.BLOCK_LENGTH);
        int layersAbove = height - baseLayer;
        return layersAbove > 0 && (long) index + length <= 1L << layersAbove && proofLayers < layersAbove;
    }

    /**
     * How many uncles the answer ends with. The children of the first proof layer are the nodes themselves, if there are
     * two of them, and so on; a single node's sibling comes beside what was asked for, as libtorrent expects.
     */
    public int uncleCount() {
        int ownLayers = Integer.SIZE - 2 - Integer.numberOfLeadingZeros(length);
        return (int) Math.min(Math.max((long) proofLayers - ownLayers, 0), Integer.MAX_VALUE);
    }

    static HashRange read(ByteBuffer in) {
        byte[] root = new byte[Hash.SHA256_LENGTH];
        in.get(root);
        return new HashRange(Hash.of(root), in.getInt(), in.getInt(), in.getInt(), in.getInt());
    }

    void write(ByteBuffer out) {
        out.put(root.bytes()).putInt(baseLayer).putInt(index).putInt(length).putInt(proofLayers);
    }
}
