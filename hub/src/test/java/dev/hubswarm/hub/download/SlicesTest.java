package dev.hubswarm.hub.download;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.hub.download.Slices.Slice;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class SlicesTest {
    private static final long STUCK = 2_000;
    private static final int MIB = 1 << 20;

    private final Slices slices = new Slices(STUCK);

    @Test
    void slicesComeFromTheFront() {
        slices.add(0, 10);
        slices.add(20, 25);
        assertSlice(0, 8, slices.next(8, 0));
        assertSlice(8, 10, slices.next(8, 0));
        assertSlice(20, 25, slices.next(8, 0));
        assertNull(slices.next(8, 0));
    }

    @Test
    void whatWasNotFetchedIsFetchedByAnother() {
        slices.add(0, 10);
        Slice first = next(10, 0);
        first.moved(4, 0);
        slices.giveBack(first);
        assertSlice(4, 10, slices.next(10, 0));
    }

    @Test
    void theLastLargeSliceIsShared() {
        slices.add(0, 8 * MIB);
        Slice slow = next(8 * MIB, 0);
        slow.moved(2 * MIB, 0);
        assertNull(slices.next(MIB, 1));
        assertSlice(5 * MIB, 8 * MIB, slices.takeOver(1));
        assertEquals(5 * MIB, slow.moved(2 * MIB + 1, 1), "the slow one is told to stop earlier");
    }

    @Test
    void aSmallRestIsNotShared() {
        slices.add(0, 2 * MIB - 1);
        next(2 * MIB, 0);
        assertNull(slices.takeOver(STUCK - 1));
    }

    @Test
    void aStuckSliceIsTakenOverAsAWhole() {
        slices.add(0, 100);
        Slice stuck = next(100, 0);
        stuck.moved(30, 5);
        assertNull(slices.takeOver(STUCK + 4));
        assertSlice(30, 100, slices.takeOver(STUCK + 5));
        assertEquals(30, stuck.moved(60, STUCK + 6), "what comes late is not wanted any more");
        slices.giveBack(stuck);
        assertNull(slices.takeOver(STUCK + 6));
    }

    @Test
    void nobodyTakesOverWhatIsBeingWritten() {
        slices.add(0, 100);
        Slice slow = next(100, 0);
        assertEquals(100, slow.writing());
        assertNull(slices.takeOver(STUCK));
        slow.moved(30, STUCK);
        assertSlice(30, 100, slices.takeOver(2 * STUCK));
    }

    @Test
    void whatFailsStaysWithItsWorkerAndItsFailuresAreCounted() {
        slices.add(0, 8 * MIB);
        Slice first = next(8 * MIB, 0);
        Slice second = Objects.requireNonNull(slices.takeOver(STUCK));
        assertEquals(1, first.failed());
        assertNull(slices.takeOver(2 * STUCK));
        slices.giveBack(first);
        assertEquals(2, second.failed());
        second.moved(MIB, 3 * STUCK);
        assertNotNull(slices.takeOver(4 * STUCK));
        assertEquals(1, second.failed());
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void everyByteIsFetchedOnceWhateverHappens(long seed) {
        Random random = new Random(seed);
        int size = 40 * MIB + random.nextInt(1000);
        slices.add(0, size);
        BitSet fetched = new BitSet(size);
        List<Slice> working = new ArrayList<>();
        long now = 0;
        while (!slices.isComplete()) {
            now += random.nextInt(300);
            Slice next = working.size() < 8 ? slices.next(4L * MIB, now) : null;
            if (next == null && working.size() < 8) next = slices.takeOver(now);
            if (next != null) working.add(next);
            Slice slice = working.get(random.nextInt(working.size()));
            int from = (int) slice.at();
            int to = (int) Math.min(slice.end(), from + random.nextInt(2 * MIB));
            assertTrue(from >= to || fetched.nextSetBit(from) < 0 || fetched.nextSetBit(from) >= to, "fetched twice");
            fetched.set(from, Math.max(from, to));
            slice.moved(to, now);
            if (slice.at() == slice.end() || random.nextInt(20) == 0) {
                slices.giveBack(slice);
                working.remove(slice);
            }
        }
        assertEquals(size, fetched.cardinality());
    }

    @Test
    void nothingIsWantedAfterCancelling() {
        slices.add(0, 100);
        Slice slice = next(10, 0);
        slices.cancel();
        assertEquals(0, slice.moved(5, 0));
        slices.giveBack(slice);
        assertNull(slices.next(10, 1));
        assertFalse(slices.isComplete(), "what was given up is not whole");
    }

    private Slice next(long length, long nowNanos) {
        return Objects.requireNonNull(slices.next(length, nowNanos));
    }

    private static void assertSlice(long from, long end, @Nullable Slice slice) {
        assertNotNull(slice);
        assertEquals(from + " to " + end, slice.at() + " to " + slice.end());
    }
}
