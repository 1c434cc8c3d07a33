package dev.hubswarm.trackerclient.announce;

/** A torrent that is being announced. Thread-safe; nothing in it waits. */
public interface Announcement extends AutoCloseable {
    /** The last byte was just downloaded. Not to be said of what was there from the beginning (BEP 3). */
    void completed();

    /** Asks for more peers as early as the tracker allows. */
    void wantPeers();

    /** Asks at once, also trackers that failed or refused it: they may know the torrent now. */
    void renew();

    /** Says goodbye. */
    @Override
    void close();
}
