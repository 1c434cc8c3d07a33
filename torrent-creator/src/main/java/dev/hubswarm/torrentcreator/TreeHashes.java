package dev.hubswarm.torrentcreator;

import dev.hubswarm.protocol.metainfo.Digests;
import dev.hubswarm.protocol.metainfo.FileEntry;
import dev.hubswarm.protocol.metainfo.Hash;
import dev.hubswarm.protocol.metainfo.MerkleTree;
import dev.hubswarm.protocol.metainfo.PieceGeometry;
import java.security.DigestException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The hash trees of files (BEP 52). Several threads may add stretches of blocks at once, as long as they differ.
 *
 * <p>Of each file only one layer is kept: nodes that cover a chunk, or a piece where that is shorter. A tebibyte then
 * takes 32 MiB, where its leaves would take 2 GiB.
 */
final class TreeHashes {
    private static final int BLOCK = PieceGeometry.BLOCK_LENGTH;
    private static final int NODE = MerkleTree.NODE;

    private final List<FileEntry> files;
    private final int pieceLength;
    /** How many bytes a kept node covers; a power of two of blocks. */
    private final int nodeLength;

    /** Per file; empty for empty files and padding. */
    private final byte[][] nodes;

    TreeHashes(List<FileEntry> files, int pieceLength, int chunk) {
        this.files = files;
        this.pieceLength = pieceLength;
        this.nodeLength = Math.min(pieceLength, chunk);
        this.nodes = new byte[files.size()][];
        for (int i = 0; i < nodes.length; i++) {
            FileEntry file = files.get(i);
            long count = (file.length() + nodeLength - 1) / nodeLength;
            nodes[i] = new byte[file.padding() ? 0 : Math.toIntExact(count * NODE)];
        }
    }

    /** Begins to add blocks at an offset that is a multiple of the node length. */
    Stretch stretch(int file, long fileOffset) {
        return new Stretch(
                nodes[file], (int) (fileOffset / nodeLength), files.get(file).length());
    }

    /** Neighbouring blocks of one file. Confined to one thread. */
    final class Stretch {
        private final MessageDigest sha256 = Digests.sha256();
        private final byte[] leaves = new byte[nodeLength / BLOCK * NODE];
        private final byte[] kept;
        private final int level;
        private int node;
        private int leafCount;

        private Stretch(byte[] kept, int node, long fileLength) {
            this.kept = kept;
            this.node = node;
            // A file of at most one node has a tree just as high as its own blocks need.
            this.level = fileLength > nodeLength ? MerkleTree.pieceLevel(nodeLength) : 0;
        }

        /** Adds a whole block, or the last one of the file. */
        void addBlock(byte[] bytes, int length) {
            try {
                sha256.update(bytes, 0, length);
                sha256.digest(leaves, leafCount * NODE, NODE);
            } catch (DigestException e) {
                throw new IllegalStateException("SHA-256 has 32 bytes", e);
            }
            leafCount++;
            if (leafCount * NODE == leaves.length) end();
        }

        /** Keeps the node above the blocks added since the last one. */
        void end() {
            if (leafCount == 0) return;
            MerkleTree.reduce(sha256, leaves, leafCount, 0, level);
            System.arraycopy(leaves, 0, kept, node * NODE, NODE);
            node++;
            leafCount = 0;
        }
    }

    /** The hashes of the file's pieces; the root alone for a file of at most one piece; nothing for an empty one. */
    byte[] layer(int file) {
        long length = files.get(file).length();
        byte[] kept = nodes[file];
        if (length <= nodeLength || nodeLength == pieceLength) return kept;
        MessageDigest sha256 = Digests.sha256();
        int nodeLevel = MerkleTree.pieceLevel(nodeLength);
        int pieces = new PieceGeometry(length, pieceLength).pieceCount();
        int level = pieces == 1 ? nodeLevel : MerkleTree.pieceLevel(pieceLength);
        int perPiece = pieceLength / nodeLength;
        byte[] layer = new byte[pieces * NODE];
        for (int piece = 0; piece < pieces; piece++) {
            int from = piece * perPiece;
            int count = Math.min(perPiece, kept.length / NODE - from);
            byte[] work = Arrays.copyOfRange(kept, from * NODE, (from + count) * NODE);
            MerkleTree.reduce(sha256, work, count, nodeLevel, level);
            System.arraycopy(work, 0, layer, piece * NODE, NODE);
        }
        return layer;
    }

    @Nullable
    Hash root(byte[] layer) {
        return layer.length == 0 ? null : MerkleTree.root(layer, MerkleTree.pieceLevel(pieceLength));
    }
}
