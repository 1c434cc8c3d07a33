package dev.hubswarm.p2pengine.transfer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.p2pengine.store.PieceSpace;
import dev.hubswarm.p2pengine.store.Sample;
import dev.hubswarm.protocol.metainfo.TorrentVersion;
import dev.hubswarm.testkit.SeededBytes;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Padding (BEP 47) is asked of nobody. */
final class PaddingTest {
    private static final int BLOCK = Sample.BLOCK;
    private static final int PIECE = 4 * BLOCK;

    @TempDir
    Path temporary;

    /** A little of one piece, a piece and a bit, and exactly a piece. */
    private PieceSpace space(TorrentVersion version) throws Exception {
        SeededBytes.write(temporary.resolve("a"), 1, BLOCK + 5);
        SeededBytes.write(temporary.resolve("b"), 2, PIECE + BLOCK);
        SeededBytes.write(temporary.resolve("c"), 3, PIECE);
        return Sample.of(temporary, version, PIECE).space();
    }

    private record AllRoom() implements PiecePicker.Room {
        @Override
        public boolean open(int piece) {
            return true;
        }

        @Override
        public void abandon(int piece) {}
    }

    @ParameterizedTest
    @CsvSource({"HYBRID, true", "HYBRID, false", "V2, true", "V2, false"})
    void onlyFilesAreAskedFor(TorrentVersion version, boolean inLongRuns) throws Exception {
        PieceSpace space = space(version);
        PiecePicker picker = new PiecePicker(space, new BitSet(), new AllRoom(), new Random(1));
        FakeSource source = inLongRuns ? FakeSource.hub(1e6) : FakeSource.peer(1e6);
        BitSet all = new BitSet();
        all.set(0, 4);
        picker.joined(source, all, 0);
        // In a hybrid the end of the file is sent with the padding that fills its block (BEP 47).
        long end = version == TorrentVersion.V2 ? BLOCK + 5 : 2 * BLOCK;
        Set<String> expected = inLongRuns
                ? new TreeSet<>(Set.of(run(0, end), run(PIECE, 2L * PIECE + BLOCK), run(3L * PIECE, 4L * PIECE)))
                : new TreeSet<>(Set.of(
                        run(0, end),
                        run(PIECE, 2L * PIECE),
                        run(2L * PIECE, 2L * PIECE + BLOCK),
                        run(3L * PIECE, 4L * PIECE)));
        Set<String> asked = new TreeSet<>();
        for (Run run = picker.pick(source, 1 << 20, 0); run != null; run = picker.pick(source, 1 << 20, 0)) {
            picker.checkInvariants();
            assertTrue(asked.add(run(run.from(), run.to())));
            for (long at = run.from(); at < run.to(); at += BLOCK) assertTrue(picker.arrived(source, at, 0));
            picker.checkInvariants();
            for (int piece = 0; piece < 4; piece++) {
                if (picker.state(piece) == PiecePicker.State.COMPLETE) picker.verified(piece);
            }
        }
        assertEquals(expected, asked);
        for (int piece = 0; piece < 4; piece++) assertEquals(PiecePicker.State.VERIFIED, picker.state(piece));
        assertFalse(picker.arrived(source, 3 * BLOCK, 0), "padding is here already");
    }

    /** And not as one of which the last block is kept from who has proved nothing. */
    @ParameterizedTest
    @EnumSource(
            value = TorrentVersion.class,
            names = {"HYBRID", "V2"})
    void aBlockWithPaddingBehindItIsAskedForAsAPieceOfOneBlock(TorrentVersion version) throws Exception {
        PiecePicker picker = new PiecePicker(space(version), new BitSet(), new AllRoom(), new Random(1));
        FakeSource source = FakeSource.peer(1e6);
        BitSet first = new BitSet();
        first.set(1);
        picker.joined(source, first, 0);
        assertEquals(new Run(PIECE, 2L * PIECE), picker.pick(source, 1 << 20, 0));
        picker.has(source, 2);
        assertEquals(new Run(2L * PIECE, 2L * PIECE + BLOCK), picker.pick(source, 1 << 20, 0));
        picker.has(source, 3);
        assertEquals(new Run(3L * PIECE, 4L * PIECE - BLOCK), picker.pick(source, 1 << 20, 0));
        picker.checkInvariants();
    }

    private static String run(long from, long to) {
        return from + "-" + to;
    }
}
