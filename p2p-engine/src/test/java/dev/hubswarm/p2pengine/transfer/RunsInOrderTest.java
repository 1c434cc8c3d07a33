package dev.hubswarm.p2pengine.transfer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.p2pengine.testing.SmallTorrent;
import dev.hubswarm.protocol.metainfo.PieceGeometry;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import org.junit.jupiter.api.Test;

final class RunsInOrderTest {
    private static final int BLOCK = SmallTorrent.BLOCK;
    private static final long SECOND = 1_000_000_000;

    private final Given given = new Given();
    private final FakeSource source = FakeSource.hub(0);
    private RunsInOrder runs = new RunsInOrder(given, source, new PieceGeometry(100L << 20, 1 << 20));

    /** Gives what the test says, and writes down what it gets. */
    private static final class Given implements Sources {
        final Queue<Run> next = new ArrayDeque<>();
        final List<Long> asked = new ArrayList<>();
        final List<String> got = new ArrayList<>();

        @Override
        public Run pick(Source source, long maxBytes) {
            asked.add(maxBytes);
            return next.poll();
        }

        @Override
        public Run pick(Source source, int piece, long maxBytes) {
            throw new UnsupportedOperationException();
        }

        @Override
        public boolean arrived(Source source, long at, ByteBuffer bytes) {
            got.add(at + "+" + bytes.remaining());
            bytes.position(bytes.limit());
            return true;
        }

        @Override
        public void joined(Source source, BitSet pieces) {}

        @Override
        public void has(Source source, int piece) {}

        @Override
        public void lost(Source source, int piece) {}

        @Override
        public void left(Source source) {}

        @Override
        public boolean isWorthAsking(Source source) {
            return true;
        }

        @Override
        public boolean isElsewhere(Source source, long at) {
            return false;
        }

        @Override
        public void gaveBack(Source source, Run run) {}
    }

    private RunsInOrder.Part pick(long from, long to) {
        given.next.add(new Run(from, to));
        return Objects.requireNonNull(runs.pick(0));
    }

    private void arrive(int length, double seconds) {
        runs.arrived(ByteBuffer.allocate(length), (long) (seconds * SECOND));
    }

    @Test
    void onlyWholeBlocksAreHandedOn() {
        pick(0, 4 * BLOCK);
        arrive(BLOCK - 1, 1);
        assertEquals(List.of(), given.got);
        arrive(BLOCK + 2, 1);
        arrive(2 * BLOCK - 1, 1);
        assertEquals(List.of("0+" + 2 * BLOCK, 2 * BLOCK + "+" + 2 * BLOCK), given.got);
    }

    /** Blocks begin anew in every piece. */
    @Test
    void piecesNeedNotBeWholeBlocks() {
        runs = new RunsInOrder(given, source, new PieceGeometry(50_000, 20_000));
        pick(0, 50_000);
        arrive(50_000, 1);
        assertEquals(List.of("0+20000", "20000+20000", "40000+10000"), given.got);
    }

    @Test
    void whatIsAskedForIsWorthTwoSeconds() {
        pick(0, 1 << 20);
        arrive(1 << 20, 0.5);
        assertEquals(2 << 20, runs.bytesPerSecond());
        pick(1 << 20, 3 << 20);
        assertEquals(4L << 20, given.asked.get(1));
        assertNull(runs.pick(0), "that is enough");
        // It has become slow.
        for (int i = 0; i < 10; i++) arrive(1000, 1 + i);
        arrive((2 << 20) - 10_000, 1000);
        assertNull(runs.pick(1001 * SECOND));
        assertEquals(64 << 10, given.asked.get(given.asked.size() - 1));
    }

    @Test
    void noRunTakesAllTheRoomThereIs() {
        pick(0, 1 << 20);
        arrive(1 << 20, 0.011);
        pick(1 << 20, 3 << 20);
        assertEquals(RunsInOrder.MOST, given.asked.get(1));
    }

    @Test
    void theEndOfARunCanBeTakenAwayInAnyOrder() {
        RunsInOrder.Part part = pick(0, 10 * BLOCK);
        runs.cancel(new Run(8 * BLOCK, 9 * BLOCK));
        assertEquals(10 * BLOCK, part.end());
        runs.cancel(new Run(9 * BLOCK, 10 * BLOCK));
        assertEquals(8 * BLOCK, part.end());
        runs.cancel(new Run(3 * BLOCK, 5 * BLOCK));
        assertEquals(8 * BLOCK, part.end(), "what lies in the middle comes");
        runs.cancel(new Run(5 * BLOCK, 8 * BLOCK));
        assertEquals(3 * BLOCK, part.end());
        runs.cancel(new Run(0, 3 * BLOCK));
        assertEquals(part.at(), part.end());
    }

    @Test
    void whatIsBegunEndsWhereItIs() {
        RunsInOrder.Part first = pick(0, 2 * BLOCK);
        arrive(BLOCK + 5, 1);
        runs.cancel(new Run(BLOCK, 2 * BLOCK));
        assertEquals(BLOCK + 5, first.end());
        RunsInOrder.Part second = pick(4 * BLOCK, 6 * BLOCK);
        arrive(2 * BLOCK, 2);
        assertEquals(6 * BLOCK, second.at());
        assertEquals(List.of("0+" + BLOCK, 4 * BLOCK + "+" + 2 * BLOCK), given.got, "the five bytes are nobody's");
        assertTrue(runs.bytesPerSecond() > 0);
    }
}
