package dev.hubswarm.trackerclient.announce;

import dev.hubswarm.protocol.announce.PeerAddress;
import dev.hubswarm.protocol.announce.PeerAddress.Scope;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/** Leaves out of a tracker's list whom nobody should dial because a tracker said so (reliability.md T28). Stateless. */
final class PeerFilter {
    /** Of one host, so that no list is aimed at one. Whoever shares an address with more is met later. */
    private static final int MAX_PER_HOST = 3;

    private PeerFilter() {}

    /**
     * @param overLoopback whether the tracker is on this machine, where peers may be too
     * @param isSelf whether an address is ours
     */
    static List<PeerAddress> dialable(
            Collection<PeerAddress> peers, boolean overLoopback, Predicate<PeerAddress> isSelf) {
        List<PeerAddress> kept = new ArrayList<>();
        Map<PeerAddress, Integer> perHost = new HashMap<>();
        for (PeerAddress peer : new LinkedHashSet<>(peers)) {
            if (!peer.isDialable(overLoopback) || isSelf.test(peer)) continue;
            int count = perHost.merge(peer.withPort(0), 1, Integer::sum);
            if (count <= MAX_PER_HOST || peer.scope() == Scope.LOOPBACK) kept.add(peer);
        }
        return List.copyOf(kept);
    }
}
