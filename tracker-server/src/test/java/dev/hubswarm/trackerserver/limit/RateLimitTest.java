package dev.hubswarm.trackerserver.limit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.protocol.announce.PeerAddress;
import org.junit.jupiter.api.Test;

class RateLimitTest {
    private static final PeerAddress CLIENT = PeerAddress.v4(0x01020304, 0);
    private static final long SECOND = 1_000_000_000L;
    private static final long START = -5 * SECOND;

    private final RateLimit limit = new RateLimit(10, 3, START);

    @Test
    void allowsABurstAndThenTheRate() {
        assertEquals(3, allowed(100, START));
        assertEquals(0, allowed(100, START + SECOND / 20));
        assertEquals(1, allowed(100, START + SECOND / 10));
        assertEquals(3, allowed(100, START + 100 * SECOND));
    }

    @Test
    void doesNotChargeForWhatItRefused() {
        allowed(1000, START);
        assertTrue(limit.tryAcquire(CLIENT, START + SECOND / 10));
    }

    @Test
    void hasNoLimitForLoopback() {
        for (int i = 0; i < 100; i++) assertTrue(limit.tryAcquire(PeerAddress.v4(0x7f000001, 0), START));
    }

    @Test
    void keepsOthersOutOfIt() {
        allowed(1000, START);
        assertFalse(limit.tryAcquire(CLIENT, START));
        int refused = 0;
        for (int i = 0; i < 1000; i++) {
            if (!limit.tryAcquire(PeerAddress.v4(0x05000000 + i * 256, 0), START)) refused++;
        }
        // One in 65,536 shares a slot with him.
        assertTrue(refused <= 2, refused + " others were refused");
    }

    private int allowed(int attempts, long nowNanos) {
        int count = 0;
        for (int i = 0; i < attempts; i++) {
            if (limit.tryAcquire(CLIENT, nowNanos)) count++;
        }
        return count;
    }
}
