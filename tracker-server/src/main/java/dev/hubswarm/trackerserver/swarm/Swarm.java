package dev.hubswarm.trackerserver.swarm;

import dev.hubswarm.protocol.announce.SwarmKey;

/** A swarm. Whoever reads or changes it holds its lock. */
final class Swarm {
    final SwarmKey key;
    final PeerList peers = new PeerList();
    boolean registered;
    /** No longer in the table: whoever found it there before looks again. */
    boolean gone;

    int downloaded;

    Swarm(SwarmKey key) {
        this.key = key;
    }
}
