package dev.hubswarm.seeder;

import dev.hubswarm.protocol.announce.AnnounceResponse;
import dev.hubswarm.protocol.announce.PeerAddress;
import dev.hubswarm.protocol.announce.SwarmKey;
import dev.hubswarm.trackerclient.announce.AnnounceListener;
import dev.hubswarm.trackerclient.announce.Announcement;
import dev.hubswarm.trackerclient.announce.Progress;
import dev.hubswarm.trackerclient.contact.TrackerUrl;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A seed while it is shared: in the swarm, and at trackers. Confined to the seeder's loop. */
final class Share {
    /** Hears, on the announcer's thread, what trackers say. */
    interface Listener {
        /** How many have it beside us. */
        void counted(int seeders);

        void failed(SeedTracker tracker);
    }

    private final SeederParts parts;
    private final SwarmKey key;
    private final long uploadedBefore;
    private final SharedFile file;
    private final Listener listener;
    private final Map<SeedTracker, Announcement> announcements = new HashMap<>();
    private long counted;

    Share(SeederParts parts, Seed seed, SharedFile file, Listener listener) {
        this.parts = parts;
        this.key = SwarmKey.allOf(seed.infoHash()).get(0);
        this.uploadedBefore = seed.uploaded();
        this.file = file;
        this.listener = listener;
    }

    SharedFile file() {
        return file;
    }

    /** Does nothing if it is announced there. */
    void announce(SeedTracker tracker) {
        announcements.computeIfAbsent(
                tracker,
                any -> parts.announcer()
                        .announce(
                                key,
                                List.of(List.of(tracker.url())),
                                () -> new Progress(uploadedBefore + file.sent(), 0, 0),
                                new Ears(tracker)));
    }

    /** Also where the tracker refused it before, and would not be asked again for long. */
    void announceAnew(SeedTracker tracker) {
        Announcement before = announcements.get(tracker);
        // A goodbye could arrive after the new announce.
        if (before != null) before.renew();
        else announce(tracker);
    }

    /** Confined to the announcer's thread. */
    private final class Ears implements AnnounceListener {
        private final SeedTracker at;
        private int leechers;

        Ears(SeedTracker at) {
            this.at = at;
        }

        @Override
        public void counted(TrackerUrl tracker, int seeders, int missing) {
            leechers = missing;
            if (seeders != AnnounceResponse.UNSAID) listener.counted(Math.max(0, seeders - 1));
        }

        @Override
        public void peers(TrackerUrl tracker, List<PeerAddress> peers) {
            // Some name seeders to seeders, for whom the file would be opened in vain.
            if (leechers != 0) parts.swarm().loop().execute(() -> file.found(peers));
        }

        @Override
        public void failed(TrackerUrl tracker, String why) {
            listener.failed(at);
        }
    }

    /** Bytes that were sent since they were {@linkplain #count counted}. */
    long uncounted() {
        return file.sent() - counted;
    }

    long count() {
        long more = uncounted();
        counted += more;
        return more;
    }

    /**
     * Says goodbye to trackers and peers.
     *
     * @param ended called on the swarm's loop once nothing reads the file any more
     */
    void close(Runnable ended) {
        announcements.values().forEach(Announcement::close);
        parts.swarm().loop().execute(() -> file.close(ended));
    }
}
