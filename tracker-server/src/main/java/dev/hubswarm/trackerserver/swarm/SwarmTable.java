package dev.hubswarm.trackerserver.swarm;

import dev.hubswarm.protocol.announce.AnnounceException;
import dev.hubswarm.protocol.announce.AnnounceRequest;
import dev.hubswarm.protocol.announce.AnnounceResponse;
import dev.hubswarm.protocol.announce.CompactPeers;
import dev.hubswarm.protocol.announce.PeerAddress;
import dev.hubswarm.protocol.announce.SwarmKey;
import dev.hubswarm.protocol.announce.SwarmStats;
import dev.hubswarm.protocol.metainfo.InfoHash;

/** Which peers are in which swarm. Thread-safe; time is an argument. */
public final class SwarmTable {
    /** Hears of every change that came by {@link #announce}, on the thread that announced; must not block. */
    @FunctionalInterface
    public interface Listener {
        void changed(PeerReport report);
    }

    /** Lets peers announce for this torrent; both hashes of a hybrid lead to one swarm. Again: no change. */
    public void register(InfoHash torrent) {}

    /** No more announces for this torrent; its peers are forgotten. */
    public void unregister(InfoHash torrent) {}

    /** @param from the address the announce came from, with the port that the peer listens on */
    public AnnounceResponse announce(AnnounceRequest request, PeerAddress from, long nowNanos)
            throws AnnounceException {
        if (request.port() != from.port()) throw new IllegalStateException(from + " at " + nowNanos);
        return new AnnounceResponse(1800, 900, 0, 0, CompactPeers.NONE);
    }

    /** Takes over what another tracker process heard; tells no listener. */
    public void merge(PeerReport report, long nowNanos) {}

    public SwarmStats stats(SwarmKey swarm) {
        return swarm.tail() == 0 ? SwarmStats.EMPTY : new SwarmStats(0, 0, 0);
    }
}
