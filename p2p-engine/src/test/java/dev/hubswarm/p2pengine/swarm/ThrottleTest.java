package dev.hubswarm.p2pengine.swarm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.p2pengine.testing.HandLoop;
import org.junit.jupiter.api.Test;

final class ThrottleTest {
    private static final long RATE = 1 << 20;

    private final HandLoop loop = new HandLoop();

    /** Sends as much as it may. */
    private static final class Sender implements Runnable {
        private final Throttle throttle;
        private double sent;

        Sender(Throttle throttle) {
            this.throttle = throttle;
        }

        @Override
        public void run() {
            while (throttle.isOpen()) {
                throttle.take(throttle.portion());
                sent += throttle.portion();
            }
            throttle.await(this);
        }
    }

    private RateLimiter limit(long rate) {
        return new RateLimiter(rate, loop.nowNanos());
    }

    private Sender sender(Throttle throttle) {
        Sender sender = new Sender(throttle);
        sender.run();
        return sender;
    }

    @Test
    void whoSendsOnOneTorrentSharesItsLimit() {
        Throttle throttle = new Throttle(loop, limit(RATE));
        Sender a = sender(throttle);
        Sender b = sender(throttle);
        Sender c = sender(throttle);
        loop.advance(10 * HandLoop.SECOND);
        assertEquals(10.0 * RATE, a.sent + b.sent + c.sent, 0.2 * RATE);
        assertEquals(a.sent, b.sent, 0.3 * RATE);
        assertEquals(a.sent, c.sent, 0.3 * RATE);
    }

    @Test
    void torrentsShareTheLimitOfAll() {
        RateLimiter all = limit(RATE);
        Sender slow = sender(new Throttle(loop, limit(RATE / 8), all));
        Sender fast = sender(new Throttle(loop, limit(RateLimiter.UNLIMITED), all));
        loop.advance(10 * HandLoop.SECOND);
        assertEquals(10.0 * RATE, slow.sent + fast.sent, 0.2 * RATE);
        assertEquals(10.0 / 8 * RATE, slow.sent, 0.3 * RATE);
    }

    @Test
    void nobodyGoesBeforeThoseWhoWait() {
        Throttle throttle = new Throttle(loop, limit(RATE));
        throttle.take(RATE);
        boolean[] ran = {false};
        throttle.await(() -> ran[0] = true);
        loop.sleep(2 * HandLoop.SECOND);
        assertFalse(throttle.isOpen());
        loop.advance(1);
        assertTrue(ran[0]);
        assertTrue(throttle.isOpen());
    }

    @Test
    void whoLeftIsNotCalled() {
        Throttle throttle = new Throttle(loop, limit(RATE));
        throttle.take(RATE);
        boolean[] ran = {false};
        Runnable turn = () -> ran[0] = true;
        throttle.await(turn);
        throttle.forget(turn);
        loop.advance(3 * HandLoop.SECOND);
        assertFalse(ran[0]);
    }
}
