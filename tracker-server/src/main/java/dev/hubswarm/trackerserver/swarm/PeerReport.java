package dev.hubswarm.trackerserver.swarm;

import dev.hubswarm.protocol.announce.PeerAddress;
import dev.hubswarm.protocol.announce.SwarmKey;

/**
 * What an announce changed, for other tracker processes. Immutable.
 *
 * @param swarm the key under which the swarm was registered first
 * @param key what the peer proves with that it is still the same
 * @param state what it is now
 */
public record PeerReport(SwarmKey swarm, PeerAddress peer, int key, State state) {
    public enum State {
        SEEDER,
        LEECHER,
        GONE
    }
}
