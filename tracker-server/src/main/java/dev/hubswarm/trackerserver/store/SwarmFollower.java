package dev.hubswarm.trackerserver.store;

import dev.hubswarm.protocol.metainfo.InfoHash;
import dev.hubswarm.trackerserver.swarm.PeerReport;
import dev.hubswarm.trackerserver.swarm.SwarmTable;

/** Passes on to the swarms what the store tells. Thread-safe. */
public record SwarmFollower(SwarmTable swarms) implements TrackerStore.Follower {
    @Override
    public void registered(InfoHash torrent) {
        swarms.register(torrent);
    }

    @Override
    public void unregistered(InfoHash torrent) {
        swarms.unregister(torrent);
    }

    @Override
    public void announced(PeerReport report, long ageNanos) {
        swarms.merge(report, System.nanoTime() - ageNanos);
    }
}
