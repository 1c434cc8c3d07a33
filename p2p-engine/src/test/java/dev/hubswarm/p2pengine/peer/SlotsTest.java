package dev.hubswarm.p2pengine.peer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

final class SlotsTest {
    @Test
    void growWhileThatFillsTheLine() {
        Slots slots = new Slots();
        // Each peer takes 1 MB/s, and the line has 20.
        for (int round = 0; round < 60; round++) slots.round(Math.min(slots.count() * 1e6, 20e6), true);
        assertTrue(slots.count() >= 18 && slots.count() <= 30, slots.count() + " slots");
    }

    @Test
    void stayFewWhereOnePeerFillsTheLine() {
        Slots slots = new Slots();
        int most = 0;
        int sum = 0;
        for (int round = 0; round < 100; round++) {
            slots.round(20e6, true);
            most = Math.max(most, slots.count());
            sum += slots.count();
        }
        assertEquals(Slots.LEAST + 1, most);
        assertTrue(sum < 100 * (Slots.LEAST + 0.3), "mostly at rest");
    }

    @Test
    void doNotGrowForNobody() {
        Slots slots = new Slots();
        for (int round = 0; round < 100; round++) slots.round(round * 1e6, false);
        assertEquals(Slots.LEAST, slots.count());
    }

    @Test
    void areNeverTooMany() {
        Slots slots = new Slots();
        for (int round = 0; round < 100; round++) slots.round(Math.pow(2, round), true);
        assertEquals(Slots.MOST, slots.count());
    }
}
