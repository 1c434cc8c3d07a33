package dev.hubswarm.p2pengine.peer;

import static dev.hubswarm.p2pengine.testing.HandLoop.SECOND;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class TurnsTest {
    private static final int PIECE = 4;

    private long now = 100 * SECOND;
    private final Turns turns = new Turns(now);
    private final List<String> sent = new ArrayList<>();

    /** Its connection holds two blocks. */
    private final class Peer implements Turns.Waiting {
        private final String name;
        private int asked;
        private int left;
        private int unsent;
        private boolean isNews = true;

        Peer(String name) {
            this.name = name;
        }

        Peer asks(int blocks) {
            asked += blocks;
            turns.changed(this, now);
            return this;
        }

        void takes(int blocks) {
            unsent -= blocks;
            turns.changed(this, now);
        }

        @Override
        public boolean isReady() {
            return asked > 0 && unsent < 2;
        }

        @Override
        public boolean isAmidPiece() {
            return left % PIECE != 0;
        }

        @Override
        public boolean isDrained() {
            return asked == 0 && unsent == 0;
        }

        @Override
        public boolean isNews() {
            return isNews;
        }

        @Override
        public void send() {
            while (isReady()) {
                asked--;
                unsent++;
                left++;
                sent.add(name);
                if (!isAmidPiece()) return;
            }
        }
    }

    @Test
    void fewAreServedAtATimeAndOthersWhenTheirPiecesAreSent() {
        Peer a = new Peer("a").asks(8);
        Peer b = new Peer("b").asks(8);
        Peer c = new Peer("c").asks(8);
        assertEquals(List.of("a", "a", "b", "b"), sent);
        sent.clear();
        a.takes(2);
        assertEquals(List.of("a", "a", "c", "c"), sent, "to the end of its piece, then another's");
        b.takes(2);
        a.takes(1);
        c.takes(1);
        assertEquals(List.of("a", "a", "c", "c", "b", "b", "a", "c"), sent);
    }

    @Test
    void nobodyWaitsForOneWhoHasNotAskedYet() {
        Peer a = new Peer("a").asks(1);
        new Peer("b").asks(8);
        Peer c = new Peer("c").asks(8);
        assertFalse(sent.contains("c"));
        a.takes(1);
        assertTrue(sent.contains("c"));
        sent.clear();
        c.takes(2);
        a.asks(1);
        assertEquals(List.of("c", "c", "a"), sent, "its turn goes on");
    }

    @Test
    void nobodyWaitsLongForOneWhoDoesNotRead() {
        new Peer("a").asks(8);
        new Peer("b").asks(8);
        new Peer("c").asks(8);
        now += SECOND;
        turns.give(now);
        assertTrue(sent.contains("c"));
    }

    @Test
    void allAreServedWhenNobodyWaitsForATurn() {
        Peer a = new Peer("a").asks(8);
        new Peer("b").asks(8);
        assertTrue(turns.areAllServed());
        Peer c = new Peer("c").asks(8);
        assertFalse(turns.areAllServed());
        a.takes(2);
        assertTrue(turns.areAllServed());
        c.takes(2);
        assertTrue(turns.areAllServed());
    }

    private List<String> order(long afterNanos) {
        new Peer("a").asks(8);
        new Peer("b").asks(8);
        Peer old = new Peer("old");
        old.isNews = false;
        old.asks(8);
        sent.clear();
        now += afterNanos;
        new Peer("new").asks(8);
        return sent;
    }

    @Test
    void whatNobodyElseHasGoesFirst() {
        assertEquals(List.of("new", "new", "old", "old"), order(4 * SECOND));
    }

    @Test
    void butNobodyWaitsForEver() {
        assertEquals(List.of("old", "old", "new", "new"), order(5 * SECOND));
    }
}
