package dev.hubswarm.torrentcreator;

import dev.hubswarm.protocol.metainfo.Digests;
import dev.hubswarm.protocol.metainfo.FileEntry;
import dev.hubswarm.protocol.metainfo.Hash;
import dev.hubswarm.protocol.metainfo.MerkleTree;
import dev.hubswarm.protocol.metainfo.PieceGeometry;
import java.nio.ByteBuffer;
import java.security.DigestException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The hash trees of files (BEP 52). {@link #add} may run on several threads at once, for different stretches.
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

    /** Segments begin on a multiple of the node length within their file, and end on one or where the file ends. */
    void add(List<ContentHasher.Segment> segments, ByteBuffer buffer) {
        MessageDigest sha256 = Digests.sha256();
        byte[] scratch = new byte[nodeLength / BLOCK * NODE];
        for (ContentHasher.Segment segment : segments) {
            if (segment.padding()) continue;
            for (int done = 0; done < segment.length(); done += nodeLength) {
                int part = Math.min(nodeLength, segment.length() - done);
                buffer.limit(segment.bufferAt() + done + part).position(segment.bufferAt() + done);
                hashNode(sha256, buffer, scratch, files.get(segment.file()).length());
                int node = (int) ((segment.fileOffset() + done) / nodeLength);
                System.arraycopy(scratch, 0, nodes[segment.file()], node * NODE, NODE);
            }
        }
    }

    private void hashNode(MessageDigest sha256, ByteBuffer data, byte[] scratch, long fileLength) {
        int leaves = 0;
        int end = data.limit();
        try {
            while (data.position() < end) {
                data.limit(Math.min(end, data.position() + BLOCK));
                sha256.update(data);
                sha256.digest(scratch, leaves++ * NODE, NODE);
            }
        } catch (DigestException e) {
            throw new IllegalStateException("SHA-256 has 32 bytes", e);
        }
        // A file of at most one node has a tree just as high as its own blocks need.
        MerkleTree.reduce(sha256, scratch, leaves, 0, fileLength > nodeLength ? MerkleTree.pieceLevel(nodeLength) : 0);
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
    Hash root(int file, byte[] layer) {
        return layer.length == 0 ? null : MerkleTree.root(layer, MerkleTree.pieceLevel(pieceLength));
    }
}
