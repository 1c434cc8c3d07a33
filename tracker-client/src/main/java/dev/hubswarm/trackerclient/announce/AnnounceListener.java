package dev.hubswarm.trackerclient.announce;

import dev.hubswarm.protocol.announce.AnnounceResponse;
import dev.hubswarm.protocol.announce.PeerAddress;
import dev.hubswarm.trackerclient.contact.TrackerUrl;
import java.util.List;

/** Hears what trackers say about one torrent, on the announcer's thread, which it must not hold up. */
public interface AnnounceListener {
    /** @param peers that may be dialled; others were left out */
    void peers(TrackerUrl tracker, List<PeerAddress> peers);

    /** How many there are, as far as the tracker says: {@link AnnounceResponse#UNSAID} if not. */
    default void counted(TrackerUrl tracker, int seeders, int leechers) {}

    /** @param why for people */
    void failed(TrackerUrl tracker, String why);
}
