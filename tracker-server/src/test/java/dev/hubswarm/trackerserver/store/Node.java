package dev.hubswarm.trackerserver.store;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.base.TlsTrust;
import dev.hubswarm.base.UserError;
import dev.hubswarm.protocol.metainfo.InfoHash;
import dev.hubswarm.trackerserver.swarm.PeerReport;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;

/** A tracker process as far as its store is concerned, and what it heard from the others. Thread-safe. */
final class Node implements TrackerStore.Follower, AutoCloseable {
    final RedisStore store;
    private final Set<InfoHash> torrents = new HashSet<>();
    private final Map<PeerReport, Duration> peers = new HashMap<>();

    Node(StorageUri.Redis uri, Path folder) throws UserError {
        store = RedisStore.open(uri, folder, TlsTrust.ofRuntime(), StoreConformance.TOKENS);
        store.follow(this);
    }

    @Override
    public synchronized void registered(InfoHash torrent) {
        torrents.add(torrent);
        notifyAll();
    }

    @Override
    public synchronized void unregistered(InfoHash torrent) {
        torrents.remove(torrent);
        notifyAll();
    }

    @Override
    public synchronized void announced(PeerReport report, long ageNanos) {
        peers.put(report, Duration.ofNanos(ageNanos));
        notifyAll();
    }

    synchronized Set<InfoHash> torrents() {
        return Set.copyOf(torrents);
    }

    synchronized Set<PeerReport> peers() {
        return Set.copyOf(peers.keySet());
    }

    /** How old a report was when it was heard. */
    synchronized Duration age(PeerReport report) {
        return Objects.requireNonNull(peers.get(report), report::toString);
    }

    void awaitPeer(PeerReport report, Duration patience) throws InterruptedException {
        await(node -> node.peers.containsKey(report), patience);
    }

    void awaitTorrent(InfoHash torrent, Duration patience) throws InterruptedException {
        await(node -> node.torrents.contains(torrent), patience);
    }

    void awaitTorrents(Set<InfoHash> all, Duration patience) throws InterruptedException {
        await(node -> node.torrents.equals(all), patience);
    }

    synchronized void await(Predicate<Node> condition, Duration patience) throws InterruptedException {
        long end = System.nanoTime() + patience.toNanos();
        while (!condition.test(this)) {
            long left = Duration.ofNanos(end - System.nanoTime()).toMillis();
            assertTrue(
                    left > 0,
                    () -> "after " + patience + " there are " + torrents.size() + " torrents and " + peers.size()
                            + " peers");
            wait(left);
        }
    }

    @Override
    public void close() {
        store.close();
    }
}
