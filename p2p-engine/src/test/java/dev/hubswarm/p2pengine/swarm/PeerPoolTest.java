package dev.hubswarm.p2pengine.swarm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.protocol.announce.PeerAddress;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class PeerPoolTest {
    private static final long SECOND = 1_000_000_000L;
    private static final PeerAddress A = peer(1);
    private static final PeerAddress B = peer(2);

    private final PeerPool pool = new PeerPool(new Random(1));

    private static PeerAddress peer(int number) {
        return PeerAddress.v4(0x0b00_0000 + number, 6881);
    }

    private @Nullable PeerAddress next(long now) {
        return pool.next(now, address -> true, address -> 0);
    }

    @Test
    void isBusyUntilItsConnectionEnds() {
        pool.add(A, PeerOrigin.TRACKER, 0);
        assertEquals(A, next(0));
        assertNull(next(0));
        pool.ended(A, true, 0);
        assertNull(next(SECOND));
        assertEquals(A, next(11 * SECOND));
    }

    @Test
    void failuresWaitLongerEachTimeAndThenItIsForgotten() {
        pool.add(A, PeerOrigin.PEX, 0);
        assertEquals(A, next(0));
        pool.ended(A, false, 0);
        assertNull(next(9 * SECOND));
        assertEquals(A, next(20 * SECOND));
        pool.ended(A, false, 20 * SECOND);
        assertNull(next(39 * SECOND));
        assertEquals(A, next(60 * SECOND));
        pool.ended(A, false, 60 * SECOND);
        assertEquals(0, pool.size());
    }

    @Test
    void whatTheUserGaveComesFirstAndIsTriedForEver() {
        pool.add(B, PeerOrigin.TRACKER, 0);
        pool.add(A, PeerOrigin.PEX, 0);
        pool.add(A, PeerOrigin.GIVEN, 0);
        long now = 0;
        for (int i = 0; i < 20; i++, now += 301 * SECOND) {
            assertEquals(A, pool.next(now, address -> !address.equals(A), address -> 0), "try " + i);
            pool.ended(A, false, now);
        }
    }

    @Test
    void theHigherPriorityComesFirst() {
        pool.add(A, PeerOrigin.PEX, 0);
        pool.add(B, PeerOrigin.PEX, 0);
        // -1 is the highest unsigned number (BEP 40).
        assertEquals(B, pool.next(0, address -> true, address -> address.equals(B) ? -1 : 1));
    }

    @Test
    void whoMayNotBeDialledIsPassedOver() {
        pool.add(A, PeerOrigin.PEX, 0);
        pool.add(B, PeerOrigin.PEX, 0);
        assertEquals(B, pool.next(0, address -> address.equals(B), address -> address.equals(A) ? 1 : 0));
        assertTrue(pool.hasAny(0, address -> true));
        assertTrue(!pool.hasAny(0, address -> false));
    }

    @Test
    void isBoundedAndPrefersThoseThatHaveNotFailed() {
        for (int i = 0; i < 100_000; i++) pool.add(peer(i), PeerOrigin.PEX, 0);
        assertEquals(PeerPool.LIMIT, pool.size());
        PeerAddress failed = next(0);
        assertNotNull(failed);
        pool.ended(failed, false, 0);
        pool.add(peer(200_000), PeerOrigin.PEX, 0);
        assertEquals(PeerPool.LIMIT, pool.size());
        assertEquals(peer(200_000), pool.next(0, peer(200_000)::equals, address -> 0));
    }
}
