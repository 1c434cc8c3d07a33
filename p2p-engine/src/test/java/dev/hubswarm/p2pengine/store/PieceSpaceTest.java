package dev.hubswarm.p2pengine.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.protocol.metainfo.PieceGeometry;
import dev.hubswarm.protocol.metainfo.TorrentVersion;
import dev.hubswarm.testkit.SeededBytes;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PieceSpaceTest {
    private static final int PIECE = 1 << 15;

    @TempDir
    Path temporary;

    /** A short file, padding, a file of two pieces and a bit, padding, a file of exactly a piece. */
    private PieceSpace space() throws Exception {
        Path source = temporary.resolve("source");
        SeededBytes.write(source.resolve("a"), 1, 100);
        SeededBytes.write(source.resolve("b"), 2, 2 * PIECE + 1);
        SeededBytes.write(source.resolve("c"), 2, PIECE);
        SeededBytes.write(source.resolve("d"), 2, 0);
        return Sample.of(source, TorrentVersion.HYBRID, PIECE).space();
    }

    @Test
    void blocksOfPaddingAloneNeedNotBeSent() throws Exception {
        PieceSpace space = space();
        assertEquals("{1}", space.padding(0).toString());
        assertEquals("{}", space.padding(1).toString());
        assertEquals("{1}", space.padding(3).toString());
    }

    @Test
    void inV2AlonePiecesEndWithTheirFile() throws Exception {
        Path source = temporary.resolve("v2");
        SeededBytes.write(source.resolve("a"), 1, 100);
        SeededBytes.write(source.resolve("b"), 2, PIECE + 7);
        PieceSpace space = Sample.of(source, TorrentVersion.V2, PIECE).space();
        assertEquals(100, space.lengthSent(0));
        assertEquals(PIECE, space.lengthSent(1));
        assertEquals(7, space.lengthSent(2));
        assertEquals(PIECE, space().lengthSent(0));
    }

    @Test
    void bytesAreCutWhereFilesEnd() throws Exception {
        PieceSpace space = space();
        List<String> cut = new ArrayList<>();
        ByteBuffer bytes = ByteBuffer.allocate(3 * PIECE);
        space.cut(PIECE / 2, bytes, (file, offset, stretch) -> {
            cut.add(file + "@" + offset + "+" + stretch.remaining());
            if (space.files().get(file).padding()) PieceSpace.clear(stretch);
        });
        assertEquals(
                List.of("1@" + (PIECE / 2 - 100) + "+" + PIECE / 2, "2@0+" + (2 * PIECE + 1), "3@0+" + (PIECE / 2 - 1)),
                cut);
        assertFalse(bytes.hasRemaining());
    }

    @Test
    void paddingIsKnownAndCleared() throws Exception {
        PieceSpace space = space();
        assertTrue(space.isPadding(100, PIECE - 100));
        assertFalse(space.isPadding(99, 2));
        assertFalse(space.isPadding(PIECE - 1, 2));
        assertTrue(space.hasPadding(0));
        assertFalse(space.hasPadding(1));
        assertTrue(space.hasPadding(3));
        assertFalse(space.hasPadding(4));
        ByteBuffer bytes = ByteBuffer.allocate(4);
        bytes.put(new byte[] {1, 2, 3, 4}).flip();
        space.clearPadding(98, bytes);
        assertEquals(ByteBuffer.wrap(new byte[] {1, 2, 0, 0}), bytes);
    }

    @Test
    void aTreeCoversTheFileAloneAndIsNoHigherThanItMustBe() throws Exception {
        PieceSpace space = space();
        assertEquals(100, space.lengthInTree(0));
        assertEquals(PIECE, space.lengthInTree(2));
        assertEquals(1, space.lengthInTree(3));
        assertEquals(0, space.treeLevel(0));
        assertEquals(1, space.treeLevel(3));
        assertEquals(0, space.treeLevel(4));
    }

    @Test
    void aFileWithoutATorrentHasNoPadding() {
        PieceSpace space = PieceSpace.of(new PieceGeometry(PIECE + 1, PIECE));
        assertFalse(space.hasPadding(0));
        assertFalse(space.hasPadding(1));
        assertEquals(1, space.lengthInTree(1));
        assertEquals(1, space.treeLevel(1));
    }
}
