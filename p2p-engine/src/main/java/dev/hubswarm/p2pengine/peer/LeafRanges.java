package dev.hubswarm.p2pengine.peer;

import dev.hubswarm.p2pengine.store.PieceSpace;
import dev.hubswarm.protocol.metainfo.FileEntry;
import dev.hubswarm.protocol.metainfo.Hash;
import dev.hubswarm.protocol.metainfo.MerkleProof;
import dev.hubswarm.protocol.metainfo.MerkleTree;
import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.protocol.metainfo.PieceGeometry;
import dev.hubswarm.protocol.peerwire.HashRange;
import dev.hubswarm.protocol.peerwire.PeerMessage.Hashes;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Where the hashes of a piece's blocks stand in the hash trees of a torrent (BEP 52). Immutable. */
final class LeafRanges {
    static final int NONE = -1;
    /** Those of 64 MiB, the longest pieces of canonical torrents; more would not fit into the messages that are read. */
    private static final int MOST = 4096;

    private final Metainfo torrent;
    private final PieceGeometry geometry;
    private final List<FileEntry> files;
    private final PieceSpace space;
    private final Map<Hash, FileEntry> byRoot = new HashMap<>();

    LeafRanges(Metainfo torrent) {
        this.torrent = torrent;
        space = PieceSpace.of(torrent);
        geometry = space.geometry();
        files = space.files();
        if (!torrent.version().hasV2() || !torrent.hasPieceLayers()) return;
        for (FileEntry file : files) if (width(file) > 1) byRoot.put(file.piecesRoot(), file);
    }

    /** How many leaves stand below the node of a piece of the file. */
    private int width(FileEntry file) {
        if (file.piecesRoot() == null) return 0;
        long blocks = (Math.min(file.length(), geometry.pieceLength()) + PieceGeometry.BLOCK_LENGTH - 1)
                / PieceGeometry.BLOCK_LENGTH;
        return (int) Math.min(Integer.MAX_VALUE, blocks <= 1 ? 1 : Long.highestOneBit(blocks - 1) << 1);
    }

    private int firstPiece(FileEntry file) {
        return geometry.pieceAt(file.offset());
    }

    /** All of a piece, to be proven by its node alone; null where there are none to ask for. */
    @Nullable
    HashRange of(int piece) {
        FileEntry file = files.get(space.fileAt(geometry.offsetOf(piece)));
        Hash root = file.piecesRoot();
        int width = width(file);
        if (root == null || !byRoot.containsKey(root) || width > MOST) return null;
        return new HashRange(root, 0, (piece - firstPiece(file)) * width, width, 0);
    }

    /** Of what lies in one piece; else {@link #NONE}. */
    int pieceOf(HashRange range) {
        FileEntry file = byRoot.get(range.root());
        if (file == null || range.baseLayer() != 0 || !range.isWithin(file.length())) return NONE;
        int width = width(file);
        if (range.length() > width || width > MOST) return NONE;
        int inFile = range.index() / width;
        long pieces = (file.length() + geometry.pieceLength() - 1) / geometry.pieceLength();
        return inFile < pieces ? firstPiece(file) + inFile : NONE;
    }

    /** @param leaves of its piece, as many as that has blocks */
    Hashes answer(HashRange range, byte[] leaves) {
        FileEntry file = byRoot.get(range.root());
        if (file == null) throw new IllegalArgumentException("no range of this torrent");
        int width = width(file);
        byte[] padded = Arrays.copyOf(leaves, width * MerkleTree.NODE);
        MerkleProof inPiece = MerkleTree.prove(padded, 0, range.index() % width, range.length());
        byte[] uncles = inPiece.uncles();
        if (range.uncleCount() * MerkleTree.NODE > uncles.length) {
            int level = Integer.numberOfTrailingZeros(width);
            byte[] above = MerkleTree.prove(torrent.v2Pieces(file), level, range.index() / width, 1)
                    .uncles();
            uncles = ByteBuffer.allocate(uncles.length + above.length)
                    .put(uncles)
                    .put(above)
                    .array();
        }
        return Hashes.of(range, new MerkleProof(0, range.index(), inPiece.nodes(), uncles));
    }
}
