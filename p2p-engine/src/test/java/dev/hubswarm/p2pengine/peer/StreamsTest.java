package dev.hubswarm.p2pengine.peer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.function.LongUnaryOperator;
import org.junit.jupiter.api.Test;

final class StreamsTest {
    private static final long STEP = 10_000_000;
    private static final int SECOND = 100;
    private static final long LINE = 20_000_000;

    private long now = 7;
    private final Streams streams = new Streams(now);

    /** Returns the mean count. */
    private double steps(int steps, LongUnaryOperator bytesPerSecond) {
        long sum = 0;
        for (int i = 0; i < steps; i++) {
            now += STEP;
            streams.sent((int) (bytesPerSecond.applyAsLong(streams.count()) / SECOND), () -> true, now);
            sum += streams.count();
        }
        return (double) sum / steps;
    }

    private static LongUnaryOperator each(long bytesPerSecond) {
        return count -> Math.min(LINE, count * bytesPerSecond);
    }

    @Test
    void doubleSoonUntilTheLineIsFull() {
        steps(4 * SECOND, each(1_000_000));
        assertTrue(streams.count() >= 16 && streams.count() <= 32, streams.count() + " streams");
    }

    @Test
    void stayFewWhereTwoFillTheLine() {
        double mean = steps(100 * SECOND, each(LINE));
        assertTrue(mean <= Streams.LEAST + 0.3, mean + " streams");
    }

    @Test
    void becomeFewerWhenPeersTakeMore() {
        steps(20 * SECOND, each(1_000_000));
        steps(60 * SECOND, each(LINE));
        assertTrue(streams.count() <= 2 * Streams.LEAST, streams.count() + " streams");
    }

    @Test
    void learnNothingFromTimesInWhichNothingWasWanted() {
        steps(SECOND, each(LINE));
        for (int i = 0; i < 100; i++) {
            now += 5 * SECOND * STEP;
            streams.sent(1 << (i % 20), () -> true, now);
        }
        assertEquals(Streams.LEAST, streams.count());
    }

    @Test
    void areNotMoreForNobody() {
        for (int i = 0; i < 20 * SECOND; i++) {
            now += STEP;
            streams.sent(i * 1000, () -> false, now);
        }
        assertEquals(Streams.LEAST, streams.count());
    }

    @Test
    void areNeverTooMany() {
        steps(60 * SECOND, count -> count * 1_000_000L);
        assertTrue(streams.count() <= Streams.MOST);
    }
}
