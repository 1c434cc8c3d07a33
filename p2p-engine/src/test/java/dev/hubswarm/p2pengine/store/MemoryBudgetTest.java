package dev.hubswarm.p2pengine.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.p2pengine.store.MemoryBudget.Share;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class MemoryBudgetTest {
    private final MemoryBudget budget = new MemoryBudget(100);
    private final List<String> called = new ArrayList<>();

    private Share join(String name, int pieceLength) {
        return budget.join(pieceLength, () -> called.add(name));
    }

    private static int take(Share share, int bytes) {
        int taken = 0;
        while (share.promise(bytes)) taken += bytes;
        return taken;
    }

    @Test
    void itIsNeverLessThanTwoPieces() {
        Share small = join("small", 10);
        assertTrue(small.promise(100));
        Share large = join("large", 300);
        assertTrue(large.promise(300));
        assertFalse(large.promise(300));
        small.release(100);
        large.release(300);
        assertEquals(600, take(large, 300));
        large.close();
        assertEquals(0, budget.used());
        assertEquals(100, take(small, 10));
    }

    @Test
    void onceFullItStaysShutUntilAQuarterIsFree() {
        Share share = join("a", 10);
        assertEquals(100, take(share, 10));
        share.release(10);
        assertFalse(share.promise(10));
        share.release(14);
        assertEquals(List.of(), called);
        share.release(1);
        assertEquals(List.of("a"), called);
        assertEquals(20, take(share, 10));
    }

    @Test
    void itOpensOnlyWhenWhatWasRefusedFits() {
        Share share = join("a", 50);
        assertTrue(share.promise(50));
        assertTrue(share.promise(50));
        assertFalse(share.promise(50));
        share.release(49);
        assertEquals(List.of(), called);
        share.release(1);
        assertEquals(List.of("a"), called);
    }

    @Test
    void whoNeverAskedInVainIsNotCalled() {
        Share a = join("a", 10);
        Share b = join("b", 10);
        assertTrue(b.promise(10));
        assertEquals(90, take(a, 10));
        a.release(90);
        b.release(10);
        assertEquals(List.of("a"), called);
    }

    @Test
    void whileSomebodyWaitsNobodyElseGetsMoreThanAnEqualPart() {
        Share first = join("first", 10);
        Share second = join("second", 10);
        assertEquals(100, take(first, 10));
        assertFalse(second.promise(10));
        first.release(30);
        assertFalse(first.promise(10), "it has 70 of 100, and another waits");
        assertEquals(70, first.promised());
        assertTrue(first.hasTooMuch());
        assertFalse(second.hasTooMuch());
        first.release(10);
        assertEquals(40, take(second, 10));
        first.release(30);
        assertTrue(second.promise(10));
    }

    @Test
    void whoDoesNotComeWhenCalledHoldsUpNobody() {
        Share first = join("first", 10);
        Share second = join("second", 10);
        take(first, 10);
        assertFalse(second.promise(10));
        first.release(40);
        assertEquals(List.of("first", "second"), called);
        assertFalse(first.promise(10));
        first.release(20);
        for (int i = 0; i < 8; i++) {
            assertFalse(first.promise(11));
            assertTrue(first.promise(10));
            first.release(10);
        }
        assertEquals(60, take(first, 10));
    }

    @Test
    void aShareThatIsClosedGivesBackEverything() {
        Share first = join("first", 10);
        Share second = join("second", 10);
        take(first, 10);
        assertFalse(second.promise(10));
        first.close();
        assertEquals(List.of("second"), called);
        assertEquals(0, budget.used());
        assertEquals(100, take(second, 10));
    }
}
