package dev.hubswarm.p2pengine.peer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.BitSet;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class HandoutTest {
    private static final int PIECES = 20;

    private final Handout handout = new Handout(pieces(0, PIECES), PIECES, new SplittableRandom(1));

    private static BitSet pieces(int from, int to) {
        BitSet pieces = new BitSet();
        pieces.set(from, to);
        return pieces;
    }

    /** A peer, as its session keeps it. */
    private final class Peer {
        final BitSet has;
        final Handout.Share share;

        Peer(BitSet has) {
            this.has = has;
            share = handout.join(has);
        }

        int next() {
            return share.next(1);
        }

        void gets(int piece) {
            share.asked(piece);
            has.set(piece);
            share.has(piece);
        }
    }

    private Peer newcomer() {
        return new Peer(new BitSet());
    }

    @Test
    void nothingIsSuggestedTwiceBeforeAllWasOnce() {
        Peer[] peers = {newcomer(), newcomer(), newcomer()};
        BitSet suggested = new BitSet();
        for (int i = 0; i < PIECES; i++) {
            int piece = peers[i % 3].next();
            assertFalse(suggested.get(piece));
            suggested.set(piece);
            assertTrue(peers[i % 3].share.asked(piece));
        }
        assertEquals(pieces(0, PIECES), suggested);
        assertNotEquals(-1, peers[0].next(), "now a second time");
    }

    @Test
    void whatPeersHaveComesLast() {
        Peer one = newcomer();
        new Peer(pieces(0, PIECES - 1));
        new Peer(pieces(0, PIECES - 2));
        assertEquals(PIECES - 1, one.next());
        one.gets(PIECES - 1);
        assertEquals(PIECES - 2, one.next());
    }

    @Test
    void whatSomebodyAskedForUnsuggestedCounts() {
        newcomer().share.asked(0);
        Peer other = newcomer();
        for (int i = 1; i < PIECES; i++) {
            int piece = other.next();
            assertNotEquals(0, piece);
            other.gets(piece);
        }
        assertEquals(0, other.next());
    }

    @Test
    void noMoreIsSuggestedThanThePeerWillSoonAskFor() {
        Peer peer = newcomer();
        int one = peer.share.next(2);
        assertNotEquals(-1, peer.share.next(2));
        assertEquals(-1, peer.share.next(2));
        assertTrue(peer.share.asked(one));
        assertFalse(peer.share.asked(one), "it is not new");
        assertNotEquals(-1, peer.share.next(2));
    }

    @Test
    void whoChoosesSomethingElseGetsNewSuggestions() {
        Peer peer = newcomer();
        int refused = peer.next();
        int own = (refused + 1) % PIECES;
        assertTrue(peer.share.asked(own), "there is room again");
        BitSet others = new BitSet();
        Peer other = newcomer();
        for (int i = 0; i < PIECES - 1; i++) {
            int piece = other.next();
            others.set(piece);
            other.gets(piece);
        }
        assertTrue(others.get(refused));
        assertFalse(others.get(own));
    }

    @Test
    void whoHelpsWithWhatOthersGetKeepsItsSuggestions() {
        Peer other = newcomer();
        other.share.asked(0);
        Peer peer = newcomer();
        int suggested = peer.next();
        assertFalse(peer.share.asked(0));
        assertEquals(-1, peer.next());
        assertTrue(peer.share.asked(suggested));
    }

    @Test
    void whatAChokedPeerDidNotGetIsForOthers() {
        Peer choked = newcomer();
        Peer gone = newcomer();
        Peer other = newcomer();
        int lost = choked.next();
        choked.share.asked(lost);
        choked.share.next(1);
        gone.next();
        choked.share.choked();
        gone.share.left();
        BitSet suggested = new BitSet();
        for (int i = 0; i < PIECES; i++) {
            int piece = other.next();
            suggested.set(piece);
            other.gets(piece);
        }
        assertEquals(pieces(0, PIECES), suggested);
        assertEquals(-1, other.next());
    }

    @Test
    void onlyWhatWeHaveIsSuggested() {
        for (int piece = 2; piece < PIECES; piece++) handout.lost(piece);
        handout.verified(2);
        Peer peer = newcomer();
        BitSet suggested = new BitSet();
        for (int i = 0; i < 3; i++) suggested.set(peer.share.next(3));
        assertEquals(pieces(0, 3), suggested);
    }

    @Test
    void whoKeepsWhatItGotIsKnown() {
        Peer generous = newcomer();
        Peer greedy = newcomer();
        Peer third = newcomer();
        for (int i = 0; i < 3; i++) {
            generous.gets(generous.next());
            greedy.gets(greedy.next());
        }
        assertEquals(3, greedy.share.kept());
        generous.has.stream().forEach(piece -> {
            third.has.set(piece);
            third.share.has(piece);
        });
        assertEquals(0, generous.share.kept());
        assertEquals(3, greedy.share.kept());
    }

    @Test
    void whoGotItFromUsToo() {
        Peer first = newcomer();
        Peer second = newcomer();
        first.gets(5);
        second.gets(5);
        assertEquals(1, first.share.kept());
        assertEquals(0, second.share.kept());
    }
}
