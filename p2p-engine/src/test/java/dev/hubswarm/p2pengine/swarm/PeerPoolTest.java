package dev.hubswarm.p2pengine.swarm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.protocol.announce.PeerAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class PeerPoolTest {
    private static final long SECOND = 1_000_000_000L;
    private static final PeerAddress A = peer(1);
    private static final PeerAddress B = peer(2);

    private final Map<PeerAddress, Integer> priorities = new HashMap<>();
    private final PeerPool pool = new PeerPool(new Random(1), address -> priorities.getOrDefault(address, 0));

    private static PeerAddress peer(int number) {
        return PeerAddress.v4(0x0b00_0000 + number, 6881);
    }

    private @Nullable PeerAddress next(long now) {
        return pool.next(now, address -> true);
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
            assertEquals(A, pool.next(now, address -> !address.equals(A)), "try " + i);
            pool.ended(A, false, now);
        }
    }

    @Test
    void whatTheUserGaveIsTriedSoonAtFirstAndThenLaterAndLater() {
        pool.add(A, PeerOrigin.GIVEN, 0);
        List<Long> calls = new ArrayList<>();
        for (long now = 0; now < 3600 * SECOND; now += SECOND) {
            if (next(now) == null) continue;
            calls.add(now / SECOND);
            pool.ended(A, false, now);
        }
        assertTrue(calls.get(1) <= 2 && calls.get(3) <= 14, calls::toString);
        assertTrue(calls.size() <= 40, calls::toString);
    }

    @Test
    void theHigherPriorityComesFirst() {
        pool.add(A, PeerOrigin.PEX, 0);
        pool.add(B, PeerOrigin.PEX, 0);
        // -1 is the highest unsigned number (BEP 40).
        priorities.putAll(Map.of(A, 1, B, -1));
        assertEquals(B, next(0));
        assertEquals(A, next(0));
    }

    @Test
    void whomATrackerNamedComesBeforeWhomAPeerNamed() {
        pool.add(A, PeerOrigin.PEX, 0);
        pool.add(B, PeerOrigin.TRACKER, 0);
        priorities.put(A, -1);
        assertEquals(B, next(0));
    }

    @Test
    void whoMayNotBeDialledIsPassedOver() {
        pool.add(A, PeerOrigin.PEX, 0);
        pool.add(B, PeerOrigin.PEX, 0);
        priorities.put(A, 1);
        assertEquals(B, pool.next(0, address -> address.equals(B)));
        assertFalse(pool.hasAny(60 * SECOND, address -> false));
        assertTrue(pool.hasAny(120 * SECOND, address -> true));
        assertEquals(A, next(120 * SECOND));
    }

    @Test
    void nobodyIsLookedAtTwiceInAMinute() {
        for (int i = 0; i < PeerPool.LIMIT; i++) pool.add(peer(i), PeerOrigin.PEX, 0);
        int[] looks = {0};
        for (int second = 0; second < 60; second++) {
            assertNull(pool.next(second * SECOND, address -> {
                looks[0]++;
                return false;
            }));
        }
        assertEquals(PeerPool.LIMIT, looks[0]);
    }

    @Test
    void whatPeersSayNeverKeepsOutWhatATrackerSays() {
        for (int i = 0; i < PeerPool.LIMIT; i++) pool.add(peer(i), PeerOrigin.PEX, 0);
        for (int i = 0; i < PeerPool.LIMIT; i++) pool.add(peer(10_000 + i), PeerOrigin.TRACKER, 0);
        assertEquals(PeerPool.LIMIT, pool.size());
        pool.add(peer(20_000), PeerOrigin.TRACKER, 0);
        assertFalse(pool.hasAny(0, peer(20_000)::equals), "there is no better reason for one than for another");
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
        assertEquals(peer(200_000), pool.next(0, peer(200_000)::equals));
    }
}
