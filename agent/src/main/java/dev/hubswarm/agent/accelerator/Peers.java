package dev.hubswarm.agent.accelerator;

import dev.hubswarm.p2pengine.swarm.Swarm;
import dev.hubswarm.protocol.announce.PeerAddress;
import dev.hubswarm.trackerclient.announce.Announcer;
import dev.hubswarm.trackerclient.contact.TrackerUrl;
import dev.hubswarm.trackerclient.index.TorrentIndex;
import java.util.List;

/**
 * By what peers are found and spoken to; one of each for a process, closed by who made them. Immutable, but for the
 * torrents, which are the loop's.
 */
public record Peers(
        Swarm swarm, TorrentIndex index, Announcer announcer, JoinedTorrents torrents, DeniedTorrents denied) {
    /**
     * @param trackers that are told of what is fetched, all of them
     * @param neighbours that are called whatever the trackers say
     */
    public static Peers of(
            Swarm swarm,
            TorrentIndex index,
            Announcer announcer,
            List<TrackerUrl> trackers,
            List<PeerAddress> neighbours,
            DeniedTorrents denied) {
        JoinedTorrents torrents = new JoinedTorrents(swarm, announcer, List.copyOf(trackers), List.copyOf(neighbours));
        return new Peers(swarm, index, announcer, torrents, denied);
    }
}
