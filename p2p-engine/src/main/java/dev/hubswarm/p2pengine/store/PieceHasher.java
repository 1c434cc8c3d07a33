package dev.hubswarm.p2pengine.store;

import dev.hubswarm.protocol.metainfo.Digests;
import dev.hubswarm.protocol.metainfo.Hash;
import dev.hubswarm.protocol.metainfo.MerkleTree;
import dev.hubswarm.protocol.metainfo.PieceGeometry;
import java.nio.ByteBuffer;
import java.security.DigestException;
import java.security.MessageDigest;
import java.util.Arrays;

/** Hashes one piece, a stretch of whole blocks at a time. Used once, and ended after all stretches were added. */
abstract class PieceHasher {
    /** What there is in a hash's place. */
    static final byte[] UNHASHED = {0};

    private static final byte[] NONE = {};

    static PieceHasher idle() {
        return new Idle();
    }

    static PieceHasher of(PieceHashes.Kind kind, PieceSpace space, int piece) {
        if (kind == PieceHashes.Kind.V1) return new Serial();
        return new Tree(space.lengthInTree(piece), space.treeLevel(piece));
    }

    /** Whether a stretch may be added only after all before it. If not, several threads may add at once. */
    abstract boolean isInOrder();

    /** @param offset from the beginning of the piece */
    abstract void add(int offset, ByteBuffer bytes);

    abstract byte[] end();

    /** How much of the piece it hashes to {@link #leaves}. */
    int length() {
        return 0;
    }

    /** The hashes of its blocks, of those that were added; none unless they are what {@link #end} hashes. */
    byte[] leaves() {
        return NONE;
    }

    /** The node of a hash tree above so many leaves. */
    static byte[] root(byte[] leaves, int level) {
        byte[] nodes = leaves.clone();
        MerkleTree.reduce(Digests.sha256(), nodes, nodes.length / MerkleTree.NODE, 0, level);
        return Arrays.copyOf(nodes, MerkleTree.NODE);
    }

    /** For a piece that there is no hash for yet; should there be one, it is read again. */
    private static final class Idle extends PieceHasher {
        @Override
        boolean isInOrder() {
            return false;
        }

        @Override
        void add(int offset, ByteBuffer bytes) {}

        @Override
        byte[] end() {
            return UNHASHED;
        }
    }

    /** SHA-1 over all of it (BEP 3). */
    private static final class Serial extends PieceHasher {
        private final MessageDigest sha1 = Digests.sha1();

        @Override
        boolean isInOrder() {
            return true;
        }

        @Override
        void add(int offset, ByteBuffer bytes) {
            sha1.update(bytes);
        }

        @Override
        byte[] end() {
            return sha1.digest();
        }
    }

    /** The node of the hash tree above its blocks (BEP 52). Padding behind the file is no part of it. */
    private static final class Tree extends PieceHasher {
        private static final int BLOCK = PieceGeometry.BLOCK_LENGTH;

        private final int length;
        private final int level;
        private final byte[] leaves;

        private Tree(int length, int level) {
            this.length = length;
            this.level = level;
            this.leaves = new byte[(length + BLOCK - 1) / BLOCK * MerkleTree.NODE];
        }

        @Override
        boolean isInOrder() {
            return false;
        }

        @Override
        void add(int offset, ByteBuffer bytes) {
            MessageDigest sha256 = Digests.sha256();
            int end = bytes.limit();
            int toHash = Math.min(bytes.remaining(), length - offset);
            try {
                for (int done = 0; done < toHash; done += BLOCK) {
                    bytes.limit(bytes.position() + Math.min(BLOCK, toHash - done));
                    sha256.update(bytes);
                    sha256.digest(leaves, (offset + done) / BLOCK * MerkleTree.NODE, Hash.SHA256_LENGTH);
                }
            } catch (DigestException e) {
                throw new IllegalStateException("SHA-256 has 32 bytes", e);
            }
            bytes.limit(end).position(end);
        }

        @Override
        byte[] end() {
            return root(leaves, level);
        }

        @Override
        int length() {
            return length;
        }

        @Override
        byte[] leaves() {
            return leaves;
        }
    }
}
