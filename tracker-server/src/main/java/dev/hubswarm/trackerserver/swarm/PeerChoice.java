package dev.hubswarm.trackerserver.swarm;

import dev.hubswarm.protocol.announce.CompactPeers;
import dev.hubswarm.protocol.announce.PeerAddress;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Chooses the peers of an answer, and holds them until the next. Confined to one thread, which uses one for all its
 * answers, so that they cost no memory.
 */
public final class PeerChoice {
    /** Nobody learns a big swarm from a few answers (reliability.md T14). */
    public static final int MAX = 50;
    /** Of a big swarm only so many are asked whether they are near. */
    private static final int MAX_LOOKED_AT = 500;

    private final boolean bothFamilies;
    private final CompactPeers chosen = new CompactPeers(MAX);
    private final int[] ownFamily = new int[MAX];
    private final int[] otherFamily = new int[MAX];

    /** @param bothFamilies whether the answer has room for both (HTTP, BEP 7), or for the asker's (UDP, BEP 15) */
    public PeerChoice(boolean bothFamilies) {
        this.bothFamilies = bothFamilies;
    }

    /**
     * Chooses for a peer, which is at {@code self} of the list or nowhere. A seeder has use for leechers only; a
     * leecher sees seeders first, but where there are many, some of its own kind too, or the seeders would be all the
     * upload that there is.
     */
    CompactPeers choose(PeerList peers, PeerAddress asker, int self, boolean seeder, int want, int nowSeconds) {
        chosen.clear();
        int leechers = peers.size() - peers.seeders();
        if (!seeder) {
            int others = self < 0 ? leechers : leechers - 1;
            int forSeeders = Math.max(want - others, want - want / 4);
            choose(peers, 0, peers.seeders(), forSeeders, asker, self, nowSeconds);
        }
        choose(peers, peers.seeders(), leechers, want - chosen.count(), asker, self, nowSeconds);
        return chosen;
    }

    /** Of a range at random: those near the asker, then those it can surely reach, then the other family's. */
    private void choose(PeerList peers, int from, int length, int want, PeerAddress asker, int self, int nowSeconds) {
        if (length == 0 || want <= 0) return;
        boolean v4 = asker.isV4();
        boolean overLoopback = asker.scope() == PeerAddress.Scope.LOOPBACK;
        int full = chosen.count() + want;
        int own = 0;
        int other = 0;
        // Start and step at random: a step that shares no divisor with the length meets each peer once.
        int step = step(length);
        int offset = ThreadLocalRandom.current().nextInt(length);
        for (int i = Math.min(length, MAX_LOOKED_AT); i > 0 && chosen.count() < full; i--) {
            int index = from + offset;
            offset += step;
            if (offset >= length) offset -= length;
            if (index == self || peers.expiresAt(index) - nowSeconds <= 0) continue;
            PeerAddress peer = peers.address(index);
            boolean sameFamily = peer.isV4() == v4;
            if ((!sameFamily && !bothFamilies) || !peer.isDialable(overLoopback)) continue;
            if (peer.isNear(asker)) chosen.add(peer);
            else if (sameFamily && own < MAX) ownFamily[own++] = index;
            else if (!sameFamily && other < MAX) otherFamily[other++] = index;
        }
        add(peers, ownFamily, own, full);
        add(peers, otherFamily, other, full);
    }

    private void add(PeerList peers, int[] indices, int count, int full) {
        for (int i = 0; i < count && chosen.count() < full; i++) chosen.add(peers.address(indices[i]));
    }

    private static int step(int length) {
        if (length <= 2) return 1;
        int step = ThreadLocalRandom.current().nextInt(1, length);
        while (commonDivisor(step, length) > 1) step--;
        return step;
    }

    private static int commonDivisor(int a, int b) {
        return b == 0 ? a : commonDivisor(b, a % b);
    }
}
