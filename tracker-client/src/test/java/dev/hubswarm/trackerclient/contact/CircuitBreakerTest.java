package dev.hubswarm.trackerclient.contact;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class CircuitBreakerTest {
    /** Near the end of what a clock counts to, which must make no difference. */
    private static final long START = Long.MAX_VALUE - SECONDS.toNanos(30);

    private final CircuitBreaker breaker = new CircuitBreaker();

    @Test
    void threeFailuresInARowCloseItForAWhile() {
        fail(2, 0);
        breaker.succeeded();
        fail(2, 0);
        assertTrue(breaker.allows(at(0)));
        fail(1, 1);
        assertFalse(breaker.allows(at(1)));
        assertFalse(breaker.allows(at(20)));
        assertTrue(breaker.allows(at(21)));
    }

    @Test
    void oneTriesWhileOthersWait() {
        fail(3, 0);
        assertTrue(breaker.allows(at(20)));
        assertFalse(breaker.allows(at(20)));
        breaker.succeeded();
        assertTrue(breaker.allows(at(20)));
    }

    @Test
    void whoTriesAndNeverTellsHoldsUpNobodyForEver() {
        fail(3, 0);
        assertTrue(breaker.allows(at(20)));
        assertTrue(breaker.allows(at(40)));
    }

    @Test
    void eachTryThatFailsDoublesTheWhileUpToALimit() {
        fail(3, 0);
        long now = 0;
        for (long wait : new long[] {20, 40, 80, 160, 320, 320, 320}) {
            assertFalse(breaker.allows(at(now + wait - 1)), () -> "before " + wait);
            now += wait;
            assertTrue(breaker.allows(at(now)), () -> "after " + wait);
            fail(1, now);
        }
        assertEquals(1260, now);
    }

    private void fail(int times, long seconds) {
        for (int i = 0; i < times; i++) breaker.failed(at(seconds));
    }

    private static long at(long seconds) {
        return START + SECONDS.toNanos(seconds);
    }
}
