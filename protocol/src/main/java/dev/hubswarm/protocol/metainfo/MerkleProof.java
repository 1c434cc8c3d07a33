package dev.hubswarm.protocol.metainfo;

import java.security.MessageDigest;
import java.util.Arrays;

/**
 * A run of neighbouring nodes of a hash tree with the uncles that lead from it to the root (BEP 52, "hashes"). With
 * a proof for one leaf, a single 16 KiB block can be checked against the root alone. Immutable.
 */
public final class MerkleProof {
    private final int level;
    private final int index;
    private final byte[] nodes;
    private final byte[] uncles;

    /**
     * @param level the level of the nodes, 0 for blocks
     * @param index the index of the first of them in its layer
     * @param nodes a power of two of them
     * @param uncles one per level above the subtree of the nodes, from the bottom up
     */
    public MerkleProof(int level, int index, byte[] nodes, byte[] uncles) {
        int count = nodes.length / MerkleTree.NODE;
        if (nodes.length % MerkleTree.NODE != 0 || Integer.bitCount(count) != 1 || index < 0 || index % count != 0) {
            throw new IllegalArgumentException("a proof is for an aligned power of two of nodes");
        }
        if (level < 0 || uncles.length % MerkleTree.NODE != 0) throw new IllegalArgumentException("not a proof");
        this.level = level;
        this.index = index;
        this.nodes = nodes.clone();
        this.uncles = uncles.clone();
    }

    public int level() {
        return level;
    }

    public int index() {
        return index;
    }

    public int nodeCount() {
        return nodes.length / MerkleTree.NODE;
    }

    public Hash node(int i) {
        return Hash.of(nodes, i * MerkleTree.NODE, MerkleTree.NODE);
    }

    public byte[] nodes() {
        return nodes.clone();
    }

    public byte[] uncles() {
        return uncles.clone();
    }

    /** Whether these nodes stand at this place in the tree with the given root. */
    public boolean leadsTo(Hash root) {
        MessageDigest sha256 = Digests.sha256();
        byte[] work = nodes.clone();
        int count = nodeCount();
        MerkleTree.reduce(sha256, work, count, level, level);
        byte[] node = Arrays.copyOf(work, MerkleTree.NODE);
        int position = index / count;
        for (int at = 0; at < uncles.length; at += MerkleTree.NODE) {
            boolean isRight = (position & 1) == 1;
            if (isRight) sha256.update(uncles, at, MerkleTree.NODE);
            sha256.update(node);
            if (!isRight) sha256.update(uncles, at, MerkleTree.NODE);
            node = sha256.digest();
            position >>= 1;
        }
        // A position that is not used up would name a place outside the tree of this height.
        return position == 0 && root.isAt(node, 0);
    }
}
