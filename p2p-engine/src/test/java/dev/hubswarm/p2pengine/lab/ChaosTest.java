package dev.hubswarm.p2pengine.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.p2pengine.store.SegmentPool;
import org.junit.jupiter.api.Test;

/** House rules of requests (design.md section 6): whatever happens, every run ends, and within its memory. */
final class ChaosTest {
    /** The first of them is 1; 10,000 in the long form, and one alone with {@code hubswarm.seed}. */
    private static final int SEEDS =
            Integer.getInteger("hubswarm.seeds", Boolean.getBoolean("hubswarm.long") ? 10_000 : 500);

    private static final long ONE = Long.getLong("hubswarm.seed", 0);

    private final SegmentPool segments = new SegmentPool(64 << 20);

    @Test
    void whateverHappensEveryRunEnds() {
        long first = ONE == 0 ? 1 : ONE;
        long last = ONE == 0 ? SEEDS : ONE;
        assertTrue(first <= last);
        for (long seed = first; seed <= last; seed++) {
            try {
                new Chaos(seed, segments).run();
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError("run " + seed + " (again with -Dhubswarm.seed=" + seed + "): " + e, e);
            }
        }
    }

    @Test
    void theSameSeedGivesTheSameRun() {
        for (int seed = 1; seed <= 10; seed++) {
            assertEquals(new Chaos(seed, segments).run(), new Chaos(seed, segments).run(), "seed " + seed);
        }
    }
}
