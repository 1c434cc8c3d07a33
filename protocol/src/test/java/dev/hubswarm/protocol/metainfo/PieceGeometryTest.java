package dev.hubswarm.protocol.metainfo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PieceGeometryTest {
    private static final int KIB = 1024;

    @ParameterizedTest
    @CsvSource({
        "0, 16384, 0",
        "1, 16384, 1",
        "16384, 16384, 1",
        "16385, 16384, 2",
        "2147483647, 1, 2147483647",
        "9223372036854775807, 1073741824, -1",
        "9007199254740992, 1073741824, 8388608",
        "9223372036854775807, 2147483647, -1"
    })
    void aRunIsCutIntoAsManyPiecesAsItBegins(long size, int pieceLength, int pieces) {
        if (pieces < 0) {
            assertThrows(IllegalArgumentException.class, () -> new PieceGeometry(size, pieceLength));
        } else {
            assertEquals(pieces, new PieceGeometry(size, pieceLength).pieceCount());
        }
    }

    @Test
    void impossibleSizesAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> new PieceGeometry(-1, 1));
        assertThrows(IllegalArgumentException.class, () -> new PieceGeometry(1, 0));
        assertThrows(IllegalArgumentException.class, () -> new PieceGeometry(1, -1));
        assertThrows(IllegalArgumentException.class, () -> new PieceGeometry(1L << 31, 1));
    }

    /** The sum of size and piece length would run over, and the piece count with it. */
    @ParameterizedTest
    @ValueSource(ints = {2, 16 * KIB, 1 << 30})
    void theLargestSizeHasTooManyPiecesAndNotFewerThanNone(int pieceLength) {
        assertThrows(IllegalArgumentException.class, () -> new PieceGeometry(Long.MAX_VALUE, pieceLength));
    }

    @Test
    void everyByteIsInOnePieceAndOneBlock() {
        for (int size = 1; size < 200 * KIB; size += 4_999) {
            PieceGeometry geometry = new PieceGeometry(size, 40 * KIB);
            long at = 0;
            for (int piece = 0; piece < geometry.pieceCount(); piece++) {
                assertEquals(at, geometry.offsetOf(piece));
                assertEquals(piece, geometry.pieceAt(at));
                int length = 0;
                for (int block = 0; block < geometry.blockCount(piece); block++) {
                    length += geometry.blockLength(piece, block);
                }
                assertEquals(geometry.lengthOf(piece), length);
                at += length;
                assertEquals(piece, geometry.pieceAt(at - 1));
            }
            assertEquals(size, at);
        }
    }

    @Test
    void offsetsBeyond32BitsAreExact() {
        PieceGeometry geometry = new PieceGeometry((1L << 45) + 5, 1 << 26);
        assertEquals((1 << 19) + 1, geometry.pieceCount());
        assertEquals(1L << 45, geometry.offsetOf(1 << 19));
        assertEquals(5, geometry.lengthOf(1 << 19));
        assertEquals(1, geometry.blockCount(1 << 19));
        assertEquals(1 << 19, geometry.pieceAt((1L << 45) + 4));
        assertEquals(4096, geometry.blockCount(0));
    }

    @Test
    void whatIsOutsideHasNoPlace() {
        PieceGeometry geometry = new PieceGeometry(100 * KIB, 64 * KIB);
        outside(() -> geometry.offsetOf(2));
        outside(() -> geometry.offsetOf(-1));
        outside(() -> geometry.lengthOf(2));
        outside(() -> geometry.lengthOf(Integer.MAX_VALUE));
        outside(() -> geometry.pieceAt(-1));
        outside(() -> geometry.pieceAt(100 * KIB));
        outside(() -> geometry.pieceAt(Long.MAX_VALUE));
        outside(() -> geometry.blockCount(2));
        outside(() -> geometry.blockLength(0, 4));
        outside(() -> geometry.blockLength(1, 3));
        outside(() -> geometry.blockLength(0, -1));
        outside(() -> geometry.blockLength(0, Integer.MIN_VALUE));
        outside(() -> geometry.blockLength(0, Integer.MAX_VALUE));
        outside(() -> geometry.blockLength(0, 1 << 18));
        assertEquals(4 * KIB, geometry.blockLength(1, 2));
        outside(() -> new PieceGeometry(0, 1).pieceAt(0));
    }

    private static void outside(Runnable question) {
        assertThrows(IndexOutOfBoundsException.class, question::run);
    }

    /** As a peer may ask for anything. */
    @ParameterizedTest
    @CsvSource({
        "0, 0, 16384, true",
        "0, 16384, 16384, true",
        "0, 16385, 16384, false",
        "0, 0, 32769, false",
        "1, 0, 5, true",
        "1, 4, 1, true",
        "1, 0, 6, false",
        "1, 5, 1, false",
        "2, 0, 1, false",
        "-1, 0, 1, false",
        "0, -1, 16384, false",
        "0, 0, 0, false",
        "0, 0, -1, false",
        "0, 2147483647, 2147483647, false"
    })
    void onlyBytesThatAreThereCanBeAskedFor(int piece, int begin, int length, boolean there) {
        assertEquals(there, new PieceGeometry(32 * KIB + 5, 32 * KIB).hasBytes(piece, begin, length));
    }
}
