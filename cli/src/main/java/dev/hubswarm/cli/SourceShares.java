package dev.hubswarm.cli;

import dev.hubswarm.p2pengine.peer.PeerSnapshot;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Who has sent how much, over all its connections. Confined to the swarm's loop. */
final class SourceShares {
    /** One of them. Immutable. */
    record Share(String address, String client, long bytes) {}

    private final Map<String, Share> ended = new LinkedHashMap<>();

    /** A connection is over. */
    void ended(PeerSnapshot last) {
        add(last, ended);
    }

    /** @param open the connections that there are */
    List<Share> with(List<PeerSnapshot> open) {
        Map<String, Share> all = new LinkedHashMap<>(ended);
        open.forEach(peer -> add(peer, all));
        return List.copyOf(all.values());
    }

    private static void add(PeerSnapshot peer, Map<String, Share> to) {
        if (peer.received() == 0) return;
        String address = peer.address().toString();
        to.merge(
                address,
                new Share(address, peer.client(), peer.received()),
                (before, more) -> new Share(address, more.client, before.bytes + more.bytes));
    }
}
