package dev.hubswarm.p2pengine.transfer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.BitSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class OpenPieceTest {
    private final OpenPiece piece = new OpenPiece(0, 4, new BitSet(), false, 0);
    private final Member member = new Member(FakeSource.peer(0), null, 0);
    private final Ask one = new Ask(member, 0, 0, 4);
    private final Ask two = new Ask(new Member(FakeSource.peer(0), null, 0), 0, 0, 4);

    @AfterEach
    void everyBlockIsInOneState() {
        piece.checkInvariants();
    }

    @Test
    void aBlockIsFreeThenAskedThenHere() {
        assertTrue(piece.isFree(1));
        piece.ask(1, one);
        assertFalse(piece.isFree(1));
        assertSame(one, piece.first(1));
        assertEquals(1, piece.asked());
        piece.arrive(1);
        assertTrue(piece.isHere(1));
        assertNull(piece.first(1));
        assertEquals(0, piece.asked());
        assertEquals(3, piece.free);
    }

    @Test
    void aBlockThatNobodyWasAskedForMayComeToo() {
        piece.arrive(0);
        assertEquals(3, piece.free);
        assertEquals(1, piece.firstFree());
    }

    @Test
    void whenTheFirstOfTwoGivesUpTheSecondIsTheFirst() {
        piece.ask(0, one);
        piece.ask(0, two);
        assertSame(two, piece.second(0));
        piece.release(0, one);
        assertSame(two, piece.first(0));
        assertNull(piece.second(0));
        piece.release(0, two);
        assertTrue(piece.isFree(0));
    }

    @Test
    void whenTheSecondOfTwoGivesUpTheFirstGoesOn() {
        piece.ask(0, one);
        piece.ask(0, two);
        assertSame(one, piece.askOf(member, 0));
        assertSame(two, piece.askOf(two.of, 0));
        piece.release(0, two);
        assertSame(one, piece.first(0));
        assertNull(piece.askOf(two.of, 0));
        assertTrue(piece.isAskedAs(one, 0));
        assertFalse(piece.isAskedAs(two, 0));
    }

    @Test
    void oneThatArrivesIsAskedOfNobody() {
        piece.ask(0, one);
        piece.ask(0, two);
        assertEquals(2, piece.asks());
        piece.arrive(0);
        assertEquals(0, piece.asks());
    }

    @Test
    void findsTheFirstBlocks() {
        for (int block = 0; block < 3; block++) piece.ask(block, one);
        assertEquals(3, piece.firstFree());
        piece.arrive(0);
        assertEquals(1, piece.firstAbsent());
        piece.release(2, one);
        assertEquals(2, piece.firstFree());
    }

    @Test
    void anotherOneMayBringIt() {
        piece.ask(0, one);
        piece.take(0, two);
        assertSame(two, piece.first(0));
        assertEquals(1, two.left);
        assertEquals(3, piece.free);
    }
}
