package dev.hubswarm.trackerserver.swarm;

import dev.hubswarm.protocol.announce.PeerAddress;
import java.time.Duration;

/**
 * A peer of a swarm, as only its operator may see all of them. Immutable.
 *
 * @param silence how long ago it was heard of; it may have repeated itself since
 */
public record KnownPeer(PeerAddress address, boolean seeder, Duration silence) {}
