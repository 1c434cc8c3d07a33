package dev.hubswarm.p2pengine.swarm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.Deque;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class RateLimiterTest {
    private static final long SECOND = 1_000_000_000L;
    private static final int SECONDS = 60;

    private record Sent(long time, long bytes) {}

    @ParameterizedTest
    @ValueSource(longs = {50_000, 1 << 20, 100 << 20, 2_000_000_000})
    void everySecondSeesTheRateWithinTwoPercent(long rate) {
        RateLimiter limiter = new RateLimiter(rate, 0);
        Deque<Sent> lastSecond = new ArrayDeque<>();
        long inLastSecond = 0;
        long total = 0;
        long now = 0;
        while (now < SECONDS * SECOND) {
            long wait = limiter.nanosUntilOpen(now);
            if (wait > 0) {
                // Timers are late by up to a millisecond.
                now += wait + now % 1_000_000;
                continue;
            }
            int bytes = Math.min(limiter.portion(), 128 << 10);
            limiter.take(bytes, now);
            lastSecond.add(new Sent(now, bytes));
            inLastSecond += bytes;
            total += bytes;
            while (now - lastSecond.getFirst().time >= SECOND) inLastSecond -= lastSecond.remove().bytes;
            assertTrue(inLastSecond <= 1.02 * rate + limiter.portion(), inLastSecond + " in a second before " + now);
        }
        double used = (double) total / rate / SECONDS;
        assertTrue(used >= 0.98 && used <= 1.02, used + " of the limit");
    }

    @Test
    void fewLargeBlocksArePaidForByWaiting() {
        RateLimiter limiter = new RateLimiter(64 << 10, 0);
        long now = 0;
        for (int block = 0; block < 50; block++) {
            now += limiter.nanosUntilOpen(now);
            limiter.take(128 << 10, now);
        }
        now += limiter.nanosUntilOpen(now);
        assertEquals(100.0, now / 1e9, 0.1);
    }

    @Test
    void timersThatAreLateCostNothing() {
        RateLimiter limiter = new RateLimiter(1 << 20, 0);
        long total = 0;
        long now = 0;
        for (int late = 0; now < 10 * SECOND; late = (late + 7_000_000) % 60_000_000) {
            long wait = limiter.nanosUntilOpen(now);
            if (wait > 0) now += wait + late;
            limiter.take(limiter.portion(), now);
            total += limiter.portion();
        }
        assertEquals(10.0 * (1 << 20), (double) total, 0.02 * 10 * (1 << 20));
    }

    @Test
    void whatWasNotUsedIsNotSavedUp() {
        RateLimiter limiter = new RateLimiter(1000_000, 0);
        long now = 60 * SECOND;
        long burst = 0;
        while (limiter.nanosUntilOpen(now) == 0) {
            limiter.take(limiter.portion(), now);
            burst += limiter.portion();
        }
        assertTrue(burst <= 20_000 + limiter.portion(), burst + " at once");
    }

    @Test
    void noLimitIsNeverShut() {
        RateLimiter limiter = new RateLimiter(RateLimiter.UNLIMITED, 0);
        limiter.take(Long.MAX_VALUE / 2, 1);
        assertEquals(0, limiter.nanosUntilOpen(2));
    }

    @Test
    void anotherLimitForgetsTheDebtOfTheOld() {
        RateLimiter limiter = new RateLimiter(1, 0);
        limiter.take(1 << 20, 0);
        limiter.set(1 << 20, SECOND);
        assertEquals(0, limiter.nanosUntilOpen(SECOND));
    }
}
