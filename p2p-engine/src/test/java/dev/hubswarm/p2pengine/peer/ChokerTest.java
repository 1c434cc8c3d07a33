package dev.hubswarm.p2pengine.peer;

import static dev.hubswarm.p2pengine.testing.HandLoop.SECOND;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class ChokerTest {
    private static final long TURN_BYTES = 1000;

    private long now = 100 * SECOND;

    /** One that wants, gives and takes as the test says. */
    private final class Peer implements Choker.Candidate {
        final String name;
        boolean isInterested = true;
        boolean isUnchoked;
        boolean isSnubbing;
        double sendsUs;
        double takesFromUs;
        long since = now;
        long sent;
        int turns;
        int kept;
        long served;

        Peer(String name) {
            this.name = name;
        }

        @Override
        public boolean isInterested() {
            return isInterested;
        }

        @Override
        public boolean isUnchoked() {
            return isUnchoked;
        }

        @Override
        public void choke() {
            assertTrue(isUnchoked);
            isUnchoked = false;
            since = now;
            sent = 0;
        }

        @Override
        public void unchoke() {
            assertFalse(isUnchoked);
            isUnchoked = true;
            since = now;
            sent = 0;
            turns++;
        }

        @Override
        public void chokeAfterPiece() {
            choke();
        }

        @Override
        public boolean isSnubbing() {
            return isSnubbing;
        }

        @Override
        public double sendsUs() {
            return sendsUs;
        }

        @Override
        public double takesFromUs() {
            return takesFromUs;
        }

        @Override
        public long since() {
            return since;
        }

        @Override
        public int kept() {
            return kept;
        }

        @Override
        public long sentSince() {
            return sent;
        }

        @Override
        public String toString() {
            return name;
        }
    }

    private final Choker choker = new Choker(TURN_BYTES, new SplittableRandom(1));
    private final List<Peer> peers = new ArrayList<>();

    private void peers(int count) {
        for (int i = 0; i < count; i++) peers.add(new Peer("peer " + i));
    }

    private void round(boolean areWeComplete) {
        now += Choker.ROUND_NANOS;
        choker.round(peers, areWeComplete, now);
    }

    private long unchoked() {
        return peers.stream().filter(Choker.Candidate::isUnchoked).count();
    }

    @Test
    void freeSlotsAreGivenAtOnce() {
        peers(10);
        choker.fill(peers);
        assertEquals(Slots.LEAST, unchoked());
        peers.get(0).isUnchoked = false;
        peers.get(0).isInterested = false;
        choker.fill(peers);
        assertEquals(Slots.LEAST, unchoked());
        assertFalse(peers.get(0).isUnchoked);
    }

    @Test
    void oneMoreMayAskIfSomebodyWaits() {
        peers(Slots.LEAST + 1);
        choker.fill(peers);
        choker.serveMore(peers);
        assertEquals(Slots.LEAST + 1, unchoked());
        choker.serveMore(peers);
        peers(1);
        choker.fill(peers);
        assertEquals(Slots.LEAST + 1, unchoked(), "nobody waited");
    }

    @Test
    void thoseAreServedWhoSendMost() {
        peers(20);
        for (int i = 0; i < 20; i++) peers.get(i).sendsUs = i;
        round(false);
        round(false);
        for (int i = 17; i < 20; i++) assertTrue(peers.get(i).isUnchoked, peers.get(i).name);
        assertTrue(unchoked() <= Slots.LEAST + 1);
    }

    @Test
    void everybodyWhoWaitsGetsAChanceInTime() {
        peers(8);
        for (int i = 0; i < 4; i++) peers.get(i).sendsUs = 100 + i;
        for (int i = 0; i < 3 * 6; i++) round(false);
        for (Peer peer : peers) assertTrue(peer.turns > 0, peer.name);
    }

    @Test
    void aChanceLastsThirtySeconds() {
        peers(10);
        for (int i = 0; i < 8; i++) peers.get(i).sendsUs = 100 + i;
        Peer patient = peers.get(9);
        patient.since = 0;
        for (int i = 0; i < 3; i++) {
            round(false);
            assertTrue(patient.isUnchoked);
        }
        round(false);
        assertFalse(patient.isUnchoked);
    }

    @Test
    void whoOwesUsIsNotServedForWhatItSentBefore() {
        peers(10);
        for (int i = 0; i < 10; i++) peers.get(i).sendsUs = 10 - i;
        peers.get(1).isSnubbing = true;
        round(false);
        round(false);
        assertFalse(peers.get(1).isUnchoked);
        choker.fill(List.of(peers.get(1)));
        assertFalse(peers.get(1).isUnchoked);
    }

    @Test
    void greedyPeersGetAChanceNowAndThenAndNoMore() {
        peers(32);
        for (int i = 3; i < 32; i++) peers.get(i).sendsUs = 100 + i;
        for (int i = 0; i < 360; i++) {
            round(false);
            for (Peer peer : peers) if (peer.isUnchoked) peer.served++;
        }
        long greedy =
                peers.subList(0, 3).stream().mapToLong(peer -> peer.served).sum();
        long all = peers.stream().mapToLong(peer -> peer.served).sum();
        assertTrue(greedy < all * 3 / 32, greedy + " of " + all);
    }

    @Test
    void aFreeSlotIsForWhoSendsMost() {
        peers(10);
        for (int i = 0; i < 10; i++) peers.get(i).sendsUs = i;
        choker.fill(peers);
        for (int i = 6; i < 10; i++) assertTrue(peers.get(i).isUnchoked, peers.get(i).name);
    }

    @Test
    void nobodyLosesItsSlotToOneThatGivesALittleMore() {
        peers(12);
        for (Peer peer : peers) peer.sendsUs = 100;
        choker.fill(peers);
        List<Peer> served = peers.stream().filter(Peer::isUnchoked).toList();
        for (Peer peer : peers) if (!peer.isUnchoked) peer.sendsUs = 120;
        round(false);
        long still = served.stream().filter(Peer::isUnchoked).count();
        assertTrue(still >= Slots.LEAST - 1, "all but one, for the chance: " + still);
        for (Peer peer : peers) if (!peer.isUnchoked) peer.sendsUs = 200;
        round(false);
        assertTrue(served.stream().filter(Peer::isUnchoked).count() <= 1);
    }

    @Test
    void whoKeepsAllToItselfMakesRoomWhenOthersWait() {
        peers(4);
        choker.fill(peers);
        Peer greedy = peers.get(0);
        greedy.kept = 1;
        choker.keeps(greedy, peers);
        assertTrue(greedy.isUnchoked, "nobody else wants it");
        peers(1);
        choker.keeps(greedy, peers);
        assertFalse(greedy.isUnchoked);
        choker.fill(peers);
        assertTrue(peers.get(4).isUnchoked);
        peers.get(4).isInterested = false;
        peers.get(4).choke();
        choker.fill(peers);
        assertTrue(greedy.isUnchoked, "a slot that nobody else wants");
    }

    @Test
    void whenWeHaveAllEverybodyTakesTurns() {
        peers(12);
        for (int i = 0; i < 120; i++) {
            round(true);
            for (Peer peer : peers) {
                if (!peer.isUnchoked) continue;
                peer.served++;
                // One takes a hundred times as much as another.
                peer.sent += peer == peers.get(0) ? 100 * TURN_BYTES : TURN_BYTES;
            }
        }
        long least = peers.stream().mapToLong(peer -> peer.served).min().orElseThrow();
        long most = peers.stream().mapToLong(peer -> peer.served).max().orElseThrow();
        assertTrue(least * 2 >= most, least + " to " + most);
    }

    @Test
    void aTurnIsShorterForWhoIsQuick() {
        peers(12);
        for (int i = 0; i < 5; i++) {
            round(true);
            for (Peer peer : peers) if (peer.isUnchoked) peer.sent += TURN_BYTES;
        }
        for (Peer peer : peers) assertTrue(peer.turns > 0, peer.name);
    }

    @Test
    void aTurnIsNotCutShort() {
        peers(8);
        round(true);
        List<Peer> first = peers.stream().filter(Peer::isUnchoked).toList();
        for (Peer peer : first) peer.sent = 1;
        round(true);
        long still = first.stream().filter(Peer::isUnchoked).count();
        assertTrue(still >= first.size() - 1, "all but who had the chance");
    }

    @Test
    void whoTakesNothingMakesRoomAfterARound() {
        peers(8);
        round(true);
        List<Peer> waiting = peers.stream().filter(peer -> !peer.isUnchoked).toList();
        round(true);
        for (Peer peer : waiting) assertTrue(peer.isUnchoked, peer.name);
    }

    @Test
    void whoWantsNothingHasNoSlot() {
        peers(4);
        choker.fill(peers);
        peers.forEach(peer -> peer.isInterested = false);
        round(true);
        assertEquals(0, unchoked());
    }
}
