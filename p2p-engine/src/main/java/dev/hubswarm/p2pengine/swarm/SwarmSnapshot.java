package dev.hubswarm.p2pengine.swarm;

import dev.hubswarm.p2pengine.peer.PeerSnapshot;
import java.util.List;

/**
 * A torrent's swarm at one moment, to be shown on other threads. Immutable.
 *
 * @param peers with whom there is a connection
 * @param known how many peers may be called, or are
 * @param bytesSent of blocks, to all peers that ever were
 */
public record SwarmSnapshot(List<PeerSnapshot> peers, int known, long bytesSent) {
    public static final SwarmSnapshot NOBODY = new SwarmSnapshot(List.of(), 0, 0);

    public SwarmSnapshot {
        peers = List.copyOf(peers);
    }
}
