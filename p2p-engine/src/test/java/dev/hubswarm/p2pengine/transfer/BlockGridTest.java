package dev.hubswarm.p2pengine.transfer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.hubswarm.p2pengine.store.PieceSpace;
import dev.hubswarm.protocol.metainfo.PieceGeometry;
import org.junit.jupiter.api.Test;

class BlockGridTest {
    private static final int BLOCK = PieceGeometry.BLOCK_LENGTH;

    @Test
    void blocksBeginAnewInEveryPiece() {
        BlockGrid grid = new BlockGrid(PieceSpace.of(new PieceGeometry(45_000, 20_000)));
        assertEquals(new Run(0, BLOCK), grid.run(0, 1));
        assertEquals(new Run(BLOCK, 20_000), grid.run(1, 2));
        assertEquals(new Run(20_000, 20_000 + BLOCK), grid.run(2, 3));
        assertEquals(new Run(BLOCK, 45_000), grid.run(1, 5));
        assertEquals(20_000 - BLOCK, grid.length(1));
        assertEquals(5_000, grid.length(4));
    }

    @Test
    void everyByteIsInOneBlock() {
        BlockGrid grid = new BlockGrid(PieceSpace.of(new PieceGeometry(45_000, 20_000)));
        for (long block = 0; block < 5; block++) {
            Run run = grid.run(block, block + 1);
            assertEquals(block, grid.at(run.from()));
            assertEquals(block, grid.at(run.to() - 1));
        }
    }

    @Test
    void knowsWhereABlockLies() {
        BlockGrid grid = new BlockGrid(PieceSpace.of(new PieceGeometry(9L * BLOCK, 4 * BLOCK)));
        assertEquals(1, grid.pieceOf(7));
        assertEquals(3, grid.inPiece(7));
        assertEquals(4, grid.first(1));
        assertEquals(9, grid.end(2));
        assertEquals(8, grid.border(5));
        assertEquals(4, grid.border(4));
    }

    @Test
    void holdsTwoMillionPiecesOf64Mebibytes() {
        int pieces = 1 << 21;
        BlockGrid grid = new BlockGrid(PieceSpace.of(new PieceGeometry((long) pieces << 26, 64 << 20)));
        long last = grid.end(pieces - 1) - 1;
        assertEquals(pieces - 1, grid.pieceOf(last));
        assertEquals((long) pieces << 26, grid.run(last, last + 1).to());
    }

    @Test
    void atLeastOneBlockFits() {
        assertEquals(1, BlockGrid.blocksIn(0));
        assertEquals(1, BlockGrid.blocksIn(2 * BLOCK - 1));
        assertEquals(2, BlockGrid.blocksIn(2 * BLOCK));
    }
}
