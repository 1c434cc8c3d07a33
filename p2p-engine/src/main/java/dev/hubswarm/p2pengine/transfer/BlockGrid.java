package dev.hubswarm.p2pengine.transfer;

import dev.hubswarm.p2pengine.store.PieceSpace;
import dev.hubswarm.protocol.metainfo.PieceGeometry;

/**
 * The blocks of a transfer, counted through from its first piece to its last; they begin anew in every piece (BEP 3).
 * Immutable.
 */
final class BlockGrid {
    private static final int BLOCK = PieceGeometry.BLOCK_LENGTH;

    private final PieceSpace space;
    private final PieceGeometry geometry;
    private final int perPiece;

    BlockGrid(PieceSpace space) {
        this.space = space;
        geometry = space.geometry();
        perPiece = geometry.pieceCount() == 0 ? 1 : geometry.blockCount(0);
    }

    int pieces() {
        return geometry.pieceCount();
    }

    /** How many blocks fit into so many bytes; at least one. */
    static long blocksIn(long bytes) {
        return Math.max(1, bytes / BLOCK);
    }

    int lengthOf(int piece) {
        return geometry.lengthOf(piece);
    }

    int blocksOf(int piece) {
        return geometry.blockCount(piece);
    }

    long first(int piece) {
        return (long) piece * perPiece;
    }

    /** The block after the last of the piece. */
    long end(int piece) {
        return first(piece) + geometry.blockCount(piece);
    }

    long at(long offset) {
        int piece = geometry.pieceAt(offset);
        return first(piece) + (offset - geometry.offsetOf(piece)) / BLOCK;
    }

    int pieceOf(long block) {
        return (int) (block / perPiece);
    }

    int inPiece(long block) {
        return (int) (block % perPiece);
    }

    /** The first border of pieces that is not before it. */
    long border(long block) {
        return (block + perPiece - 1) / perPiece * perPiece;
    }

    /** Whether no byte lies between this block and that piece. */
    boolean isFollowedBy(long block, int piece) {
        return endOf(block) == geometry.offsetOf(piece);
    }

    Run run(long first, long end) {
        return new Run(startOf(first), endOf(end - 1));
    }

    long length(long block) {
        return endOf(block) - startOf(block);
    }

    private long startOf(long block) {
        return geometry.offsetOf(pieceOf(block)) + (long) inPiece(block) * BLOCK;
    }

    private long endOf(long block) {
        int piece = pieceOf(block);
        return Math.min(startOf(block) + BLOCK, geometry.offsetOf(piece) + space.lengthSent(piece));
    }
}
