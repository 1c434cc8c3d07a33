package dev.hubswarm.storage;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.BitSet;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class ByteRangesTest {
    private static final int SIZE = 40;

    /** A bit for each byte is slow and plainly right. */
    @Test
    void theyAreWhatBitsAre() {
        Random random = new Random(1);
        for (int run = 0; run < 200; run++) {
            ByteRanges ranges = new ByteRanges();
            BitSet bits = new BitSet();
            for (int step = 0; step < 30; step++) {
                int from = random.nextInt(SIZE);
                int to = from + 1 + random.nextInt(SIZE - from);
                boolean adds = random.nextInt(3) > 0;
                if (adds) ranges.add(from, to);
                else ranges.remove(from, to);
                bits.set(from, to, adds);
                assertSame(bits, ranges);
            }
        }
    }

    private static void assertSame(BitSet bits, ByteRanges ranges) {
        assertEquals(bits.cardinality(), ranges.sum());
        assertEquals(bits.nextClearBit(0), ranges.contiguous());
        for (int from = 0; from < SIZE; from++) {
            int end = bits.nextClearBit(from);
            for (int to = from + 1; to <= SIZE; to++) assertEquals(to <= end, ranges.covers(from, to), bits::toString);
        }
    }
}
