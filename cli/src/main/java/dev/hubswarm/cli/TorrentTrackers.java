package dev.hubswarm.cli;

import dev.hubswarm.base.Loop;
import dev.hubswarm.base.TlsTrust;
import dev.hubswarm.p2pengine.swarm.PeerOrigin;
import dev.hubswarm.p2pengine.swarm.SwarmTorrent;
import dev.hubswarm.protocol.announce.PeerAddress;
import dev.hubswarm.protocol.announce.PeerId;
import dev.hubswarm.protocol.announce.SwarmKey;
import dev.hubswarm.trackerclient.announce.AnnounceListener;
import dev.hubswarm.trackerclient.announce.Announcement;
import dev.hubswarm.trackerclient.announce.Announcer;
import dev.hubswarm.trackerclient.announce.Progress;
import dev.hubswarm.trackerclient.contact.TrackerHttp;
import dev.hubswarm.trackerclient.contact.TrackerUrl;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/** The trackers of one torrent: tells them of us, and the swarm of whom they name. Confined to one thread but for news. */
final class TorrentTrackers implements AutoCloseable {
    private final Loop loop;
    private final SwarmTorrent torrent;
    private final TrackerHttp http;
    private final Announcer announcer;
    private final List<Announcement> announcements = new ArrayList<>();
    private final Map<TrackerUrl, String> failures = new ConcurrentHashMap<>();

    TorrentTrackers(Loop loop, SwarmTorrent torrent, TlsTrust tls, PeerId peerId, int port, RandomGenerator random) {
        this.loop = loop;
        this.torrent = torrent;
        http = new TrackerHttp("hubswarm/" + Version.number(), tls);
        announcer = new Announcer(http, peerId, port, any -> true, random);
    }

    /** @param tiers of which one tracker at a time is used (BEP 12) */
    void announce(SwarmKey swarm, List<List<TrackerUrl>> tiers, Supplier<Progress> progress) {
        if (!tiers.isEmpty()) announcements.add(announcer.announce(swarm, tiers, progress, new News()));
    }

    void completed() {
        announcements.forEach(Announcement::completed);
    }

    void wantPeers() {
        announcements.forEach(Announcement::wantPeers);
    }

    /** What is wrong with those that did not answer of late. */
    Map<TrackerUrl, String> failures() {
        return Map.copyOf(failures);
    }

    @Override
    public void close() {
        announcer.close();
        http.close();
    }

    private final class News implements AnnounceListener {
        @Override
        public void peers(TrackerUrl tracker, List<PeerAddress> peers) {
            failures.remove(tracker);
            loop.execute(() -> torrent.found(peers, PeerOrigin.TRACKER));
        }

        @Override
        public void failed(TrackerUrl tracker, String why) {
            failures.put(tracker, why);
        }
    }
}
