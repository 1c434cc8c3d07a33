package dev.hubswarm.p2pengine.peer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.function.LongSupplier;
import org.junit.jupiter.api.Test;

final class SlotsTest {
    private final Slots slots = new Slots();

    private void round(LongSupplier bytesPerSecond, boolean areAllTaken) {
        for (int i = 0; i < 10; i++) slots.second(bytesPerSecond.getAsLong(), areAllTaken);
        slots.round(areAllTaken);
    }

    @Test
    void growWhileThatFillsTheLine() {
        // Each peer takes 1 MB/s, and the line has 20.
        for (int i = 0; i < 60; i++) round(() -> Math.min(slots.count(), 20) * 1_000_000L, true);
        assertTrue(slots.count() >= 18 && slots.count() <= 30, slots.count() + " slots");
    }

    @Test
    void growAtOnceWhenALineThatWasFullIsNotAnyMore() {
        for (int i = 0; i < 10; i++) slots.second(20_000_000, true);
        assertEquals(Slots.LEAST, slots.count());
        for (int i = 0; i < 15; i++) slots.second(Math.min(slots.count() * 2_000_000L, 20_000_000), true);
        assertEquals(10, slots.count());
    }

    @Test
    void becomeFewerWhenPeersTakeMore() {
        for (int i = 0; i < 40; i++) round(() -> Math.min(slots.count(), 20) * 1_000_000L, true);
        for (int i = 0; i < 200; i++) round(() -> 20_000_000, true);
        assertTrue(slots.count() <= Slots.LEAST + 1, slots.count() + " slots");
    }

    @Test
    void stayFewWhereOnePeerFillsTheLine() {
        int most = 0;
        int sum = 0;
        for (int i = 0; i < 100; i++) {
            round(() -> 20_000_000, true);
            most = Math.max(most, slots.count());
            sum += slots.count();
        }
        assertEquals(Slots.LEAST + 1, most);
        assertTrue(sum < 100 * (Slots.LEAST + 0.3), "mostly at rest");
    }

    @Test
    void doNotGrowForNobody() {
        for (int i = 0; i < 100; i++) {
            long rate = i % 10 * 1_000_000L;
            round(() -> rate, false);
        }
        assertEquals(Slots.LEAST, slots.count());
    }

    @Test
    void areNeverTooMany() {
        for (int i = 0; i < 60; i++) {
            long rate = 1L << i;
            round(() -> rate, true);
        }
        assertEquals(Slots.MOST, slots.count());
    }
}
