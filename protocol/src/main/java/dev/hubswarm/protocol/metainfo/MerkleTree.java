package dev.hubswarm.protocol.metainfo;

import java.security.DigestException;
import java.security.MessageDigest;
import java.util.Arrays;

/**
 * The SHA-256 hash tree of a file (BEP 52). Stateless; a layer is a byte array of 32-byte nodes, left to right.
 *
 * <p>Leaves (level 0) are the hashes of 16 KiB blocks; the last block is hashed at its own length. A node of level
 * n + 1 is the hash of its two children. Where leaves are missing to a power of two, a leaf of 32 zero bytes stands in,
 * so a wholly missing subtree has a constant root per level: {@link #padding}.
 */
public final class MerkleTree {
    public static final int NODE = Hash.SHA256_LENGTH;

    /** Enough for any file length that fits a {@code long}: 2^63 bytes are 2^49 blocks. */
    private static final int LEVELS = 50;

    private static final byte[][] PADDING = paddingByLevel();

    private MerkleTree() {}

    /** The level whose nodes each cover one piece. */
    public static int pieceLevel(int pieceLength) {
        return Integer.numberOfTrailingZeros(pieceLength / PieceGeometry.BLOCK_LENGTH);
    }

    /** The root of a subtree of the given level that holds no data. */
    public static Hash padding(int level) {
        return Hash.of(PADDING[level]);
    }

    /** The root over a whole layer of nodes of the given level, padded to the next power of two. */
    public static Hash root(byte[] layer, int level) {
        if (layer.length == 0 || layer.length % NODE != 0) throw new IllegalArgumentException("not a layer");
        byte[] nodes = layer.clone();
        reduce(Digests.sha256(), nodes, nodes.length / NODE, level, level);
        return Hash.of(nodes, 0, NODE);
    }

    /**
     * Replaces {@code count} nodes at the front of {@code nodes} by the one node above them all, at its front: of
     * {@code minLevel} at least, padded on the right. Returns the level that was reached.
     */
    public static int reduce(MessageDigest sha256, byte[] nodes, int count, int level, int minLevel) {
        int width = count;
        int at = level;
        while (width > 1 || at < minLevel) {
            width = parents(sha256, nodes, width, at);
            at++;
        }
        return at;
    }

    /** Replaces {@code count} nodes of {@code level} by their parents, in place, and returns how many those are. */
    private static int parents(MessageDigest sha256, byte[] nodes, int count, int level) {
        int pairs = count / 2;
        try {
            for (int i = 0; i < pairs; i++) {
                sha256.update(nodes, 2 * i * NODE, 2 * NODE);
                sha256.digest(nodes, i * NODE, NODE);
            }
            if (count % 2 == 0) return pairs;
            sha256.update(nodes, 2 * pairs * NODE, NODE);
            sha256.update(PADDING[level]);
            sha256.digest(nodes, pairs * NODE, NODE);
            return pairs + 1;
        } catch (DigestException e) {
            throw new IllegalStateException("SHA-256 has 32 bytes", e);
        }
    }

    /**
     * Proves {@code length} nodes of a layer, as a "hashes" message of BEP 52 does: the nodes themselves and the
     * uncles from above their common subtree up to the root. Both {@code length} and {@code index / length} are
     * aligned to powers of two; nodes beyond the end of the layer are padding.
     */
    public static MerkleProof prove(byte[] layer, int level, int index, int length) {
        int layerWidth = layer.length / NODE;
        boolean outgrowsTree = length > 1 && length / 2 >= layerWidth;
        if (Integer.bitCount(length) != 1 || outgrowsTree || index < 0 || index % length != 0 || index >= layerWidth) {
            throw new IllegalArgumentException("no aligned run of " + length + " nodes at " + index);
        }
        byte[] proven = new byte[length * NODE];
        for (int i = 0; i < length; i++) copyNode(layer, layerWidth, level, index + i, proven, i);

        byte[] nodes = layer.clone();
        MessageDigest sha256 = Digests.sha256();
        int runLevel = level + Integer.numberOfTrailingZeros(length);
        int width = layerWidth;
        int position = index;
        int at = level;
        byte[] uncles = new byte[LEVELS * NODE];
        int uncleCount = 0;
        while (width > 1 || at < runLevel) {
            if (at >= runLevel) copyNode(nodes, width, at, position ^ 1, uncles, uncleCount++);
            width = parents(sha256, nodes, width, at);
            position >>= 1;
            at++;
        }
        return new MerkleProof(level, index, proven, Arrays.copyOf(uncles, uncleCount * NODE));
    }

    static byte[] paddingNode(int level) {
        return PADDING[level];
    }

    private static void copyNode(byte[] layer, int width, int level, int from, byte[] target, int to) {
        byte[] source = from < width ? layer : PADDING[level];
        System.arraycopy(source, from < width ? from * NODE : 0, target, to * NODE, NODE);
    }

    private static byte[][] paddingByLevel() {
        byte[][] levels = new byte[LEVELS][];
        levels[0] = new byte[NODE];
        MessageDigest sha256 = Digests.sha256();
        for (int i = 1; i < LEVELS; i++) {
            sha256.update(levels[i - 1]);
            levels[i] = sha256.digest(levels[i - 1]);
        }
        return levels;
    }
}
