package dev.hubswarm.trackerserver.swarm;

import dev.hubswarm.protocol.announce.AnnounceEvent;
import dev.hubswarm.protocol.announce.AnnounceException;
import dev.hubswarm.protocol.announce.AnnounceRequest;
import dev.hubswarm.protocol.announce.AnnounceResponse;
import dev.hubswarm.protocol.announce.CompactPeers;
import dev.hubswarm.protocol.announce.PeerAddress;
import dev.hubswarm.protocol.announce.SwarmKey;
import dev.hubswarm.protocol.announce.SwarmStats;
import dev.hubswarm.protocol.metainfo.InfoHash;
import dev.hubswarm.trackerserver.limit.SubscriberCounts;
import dev.hubswarm.trackerserver.swarm.PeerReport.State;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Which peers are in which swarm. Thread-safe, with a lock for each swarm; time is an argument.
 *
 * <p>A peer is an address and a port. What is known of it changes only by announces from that address with the same key
 * (reliability.md T29), unless it was silent for longer than it was told to be. Peers that nobody can dial are
 * answered, but not kept; neither are those beyond a limit.
 */
public final class SwarmTable {
    /**
     * Hears of every change that came by {@link #announce} and matters elsewhere, so of no peer on loopback; called on
     * the thread that announced, in the order of the changes of a swarm; must neither block nor come back here.
     */
    @FunctionalInterface
    public interface Listener {
        void changed(PeerReport report);
    }

    private static final String UNKNOWN = "this tracker does not know the torrent";
    private static final String NO_ROOM = "this tracker has no room for another torrent";

    /** How long a peer may be late, on top of a whole interval. */
    private static final int GRACE_SECONDS = 60;

    private final SwarmConfig config;
    private final Listener listener;
    private final Map<SwarmKey, Swarm> swarms = new ConcurrentHashMap<>();
    private final AtomicInteger unregistered = new AtomicInteger();
    private final AtomicInteger peers = new AtomicInteger();
    private final SubscriberCounts peersOf;

    public SwarmTable(SwarmConfig config, Listener listener) {
        this.config = config;
        this.listener = listener;
        this.peersOf = new SubscriberCounts(config.maxPeersPerSubscriber());
    }

    /** Lets peers announce for this torrent; both hashes of a hybrid lead to one swarm. Again: no change. */
    public synchronized void register(InfoHash torrent) {
        List<SwarmKey> keys = SwarmKey.allOf(torrent);
        Swarm swarm = swarmToRegister(keys.get(0));
        for (SwarmKey key : keys) {
            Swarm other = swarms.put(key, swarm);
            if (other != null && other != swarm) forget(other);
        }
    }

    private Swarm swarmToRegister(SwarmKey key) {
        Swarm found = swarms.get(key);
        if (found != null) {
            synchronized (found) {
                if (!found.gone) {
                    if (!found.registered) unregistered.decrementAndGet();
                    found.registered = true;
                    return found;
                }
            }
        }
        Swarm swarm = new Swarm(key);
        swarm.registered = true;
        return swarm;
    }

    /** No more announces for this torrent; its peers are forgotten. */
    public synchronized void unregister(InfoHash torrent) {
        for (SwarmKey key : SwarmKey.allOf(torrent)) {
            Swarm swarm = swarms.remove(key);
            if (swarm != null) forget(swarm);
        }
    }

    public boolean contains(SwarmKey swarm) {
        return swarms.containsKey(swarm);
    }

    /** @param from the address the announce came from, with the port that the peer listens on */
    public AnnounceResponse announce(AnnounceRequest request, PeerAddress from, long nowNanos)
            throws AnnounceException {
        return announce(request, from, new PeerChoice(true), nowNanos);
    }

    /** @param choice holds the peers of the answer until it is used again */
    public AnnounceResponse announce(AnnounceRequest request, PeerAddress from, PeerChoice choice, long nowNanos)
            throws AnnounceException {
        while (true) {
            Swarm swarm = findOrCreate(request.swarm());
            if (swarm == null) throw new AnnounceException(config.open() ? NO_ROOM : UNKNOWN);
            synchronized (swarm) {
                if (!swarm.gone) return announce(swarm, request, from, choice, seconds(nowNanos));
            }
        }
    }

    /** Takes over what another tracker process heard; tells no listener. */
    public void merge(PeerReport report, long nowNanos) {
        // The other's loopback is not ours.
        if (!report.peer().isDialable(false)) return;
        while (true) {
            Swarm swarm = report.state() == State.GONE ? swarms.get(report.swarm()) : findOrCreate(report.swarm());
            if (swarm == null) return;
            synchronized (swarm) {
                if (!swarm.gone) {
                    merge(swarm, report, seconds(nowNanos));
                    return;
                }
            }
        }
    }

    public SwarmStats stats(SwarmKey key) {
        Swarm swarm = swarms.get(key);
        if (swarm == null) return SwarmStats.EMPTY;
        synchronized (swarm) {
            int seeders = swarm.peers.seeders();
            return new SwarmStats(seeders, swarm.downloaded, swarm.peers.size() - seeders);
        }
    }

    /** How many there are, a hybrid's two hashes counted once. Looks at each. */
    public int swarms() {
        return (int) swarms.entrySet().stream()
                .filter(entry -> entry.getKey().equals(entry.getValue().key))
                .count();
    }

    /** Everybody in a swarm, for the operator. */
    public List<KnownPeer> peers(SwarmKey key, long nowNanos) {
        List<KnownPeer> all = new ArrayList<>();
        Swarm swarm = swarms.get(key);
        if (swarm == null) return all;
        int now = seconds(nowNanos);
        synchronized (swarm) {
            PeerList list = swarm.peers;
            for (int i = 0; i < list.size(); i++) {
                Duration silence = Duration.ofSeconds(Math.max(0, now - list.reportedAt(i)));
                if (list.expiresAt(i) - now > 0) all.add(new KnownPeer(list.address(i), list.isSeeder(i), silence));
            }
        }
        return all;
    }

    /** Peers in all swarms. */
    public int peers() {
        return peers.get();
    }

    /** Drops peers that are silent for too long, and swarms that nobody registered and nobody is in. */
    public void sweep(long nowNanos) {
        int now = seconds(nowNanos);
        swarms.values().removeIf(swarm -> isLeft(swarm, now));
    }

    private boolean isLeft(Swarm swarm, int now) {
        synchronized (swarm) {
            expire(swarm, now);
            if (swarm.peers.size() == 0 && !swarm.registered) forget(swarm);
            return swarm.gone;
        }
    }

    private @Nullable Swarm findOrCreate(SwarmKey key) {
        Swarm found = swarms.get(key);
        if (found != null || !config.open()) return found;
        Swarm created = new Swarm(key);
        boolean room = unregistered.incrementAndGet() <= config.maxSwarms();
        Swarm other = room ? swarms.putIfAbsent(key, created) : null;
        if (room && other == null) return created;
        unregistered.decrementAndGet();
        return other;
    }

    private AnnounceResponse announce(
            Swarm swarm, AnnounceRequest request, PeerAddress from, PeerChoice choice, int now) {
        int interval = interval();
        // Those who started together do not come back together.
        int told = interval + ThreadLocalRandom.current().nextInt(interval / 10);
        boolean stopped = request.event() == AnnounceEvent.STOPPED;
        int index = swarm.peers.find(from);
        if (index < 0) {
            if (!stopped) index = add(swarm, from, request.key(), request.isSeeder());
            if (index >= 0) {
                report(swarm, index);
                swarm.peers.setTimes(index, expiry(told, now), now);
            }
        } else if (swarm.peers.key(index) == request.key() || isSilent(swarm, index, interval, now)) {
            if (stopped) {
                report(swarm, from, request.key(), State.GONE);
                remove(swarm, index);
            } else {
                index = update(swarm, index, request, interval, now);
                swarm.peers.setTimes(index, expiry(told, now), swarm.peers.reportedAt(index));
            }
        }
        int asked = request.numWant();
        // Zero means any number to llmpt's server.
        int want = stopped ? 0 : asked <= 0 ? PeerChoice.MAX : Math.min(asked, PeerChoice.MAX);
        CompactPeers chosen = choice.choose(swarm.peers, from, index, request.isSeeder(), want, now);
        int seeders = swarm.peers.seeders();
        int leechers = swarm.peers.size() - seeders;
        return new AnnounceResponse(told, interval / 2, seeders, leechers, chosen, from, null, null);
    }

    /** Returns where the peer is now. */
    private int update(Swarm swarm, int before, AnnounceRequest request, int interval, int now) {
        PeerList list = swarm.peers;
        boolean seeder = request.isSeeder();
        boolean changed = list.isSeeder(before) != seeder || list.key(before) != request.key();
        int index = list.setSeeder(before, seeder);
        list.setKey(index, request.key());
        if (request.event() == AnnounceEvent.COMPLETED && seeder && changed && list.markCompleted(index)) {
            swarm.downloaded++;
        }
        if (changed || now - list.reportedAt(index) >= interval * 3 / 4) {
            report(swarm, index);
            list.setTimes(index, 0, now);
        }
        return index;
    }

    private void merge(Swarm swarm, PeerReport report, int now) {
        PeerList list = swarm.peers;
        int index = list.find(report.peer());
        boolean seeder = report.state() == State.SEEDER;
        if (report.state() == State.GONE) {
            if (index >= 0 && list.key(index) == report.key()) remove(swarm, index);
            return;
        }
        index = index >= 0 ? list.setSeeder(index, seeder) : add(swarm, report.peer(), report.key(), seeder);
        if (index < 0) return;
        list.setKey(index, report.key());
        list.setTimes(index, expiry(interval(), now), now);
    }

    /** Returns the index of the new peer, or -1 if it is not to be kept. */
    private int add(Swarm swarm, PeerAddress peer, int key, boolean seeder) {
        if (!peer.isDialable(true)) return -1;
        if (swarm.peers.size() >= config.maxPeersPerSwarm()) return -1;
        if (!isLoopback(peer) && swarm.peers.countHost(peer) >= config.maxPeersPerHost()) return -1;
        if (!peersOf.tryAdd(peer)) return -1;
        if (peers.incrementAndGet() > config.maxPeers()) {
            peers.decrementAndGet();
            peersOf.remove(peer);
            return -1;
        }
        return swarm.peers.add(peer, key, seeder);
    }

    private void remove(Swarm swarm, int index) {
        peersOf.remove(swarm.peers.address(index));
        peers.decrementAndGet();
        swarm.peers.remove(index);
    }

    private void expire(Swarm swarm, int now) {
        for (int i = swarm.peers.size() - 1; i >= 0; i--) {
            if (swarm.peers.expiresAt(i) - now <= 0) remove(swarm, i);
        }
    }

    private void forget(Swarm swarm) {
        synchronized (swarm) {
            if (swarm.gone) return;
            swarm.gone = true;
            if (!swarm.registered) unregistered.decrementAndGet();
            for (int i = swarm.peers.size() - 1; i >= 0; i--) remove(swarm, i);
        }
    }

    private void report(Swarm swarm, int index) {
        State state = swarm.peers.isSeeder(index) ? State.SEEDER : State.LEECHER;
        report(swarm, swarm.peers.address(index), swarm.peers.key(index), state);
    }

    private void report(Swarm swarm, PeerAddress peer, int key, State state) {
        if (!isLoopback(peer)) listener.changed(new PeerReport(swarm.key, peer, key, state));
    }

    private static boolean isLoopback(PeerAddress peer) {
        return peer.scope() == PeerAddress.Scope.LOOPBACK;
    }

    /** Grows with the number of peers, so that they do not announce more often together than we want. */
    private int interval() {
        int wanted = peers.get() / config.announcesPerSecond();
        int least = (int) config.interval().toSeconds();
        return Math.max(least, Math.min(wanted, (int) config.maxInterval().toSeconds()));
    }

    private static int expiry(int told, int now) {
        return now + 2 * told + GRACE_SECONDS;
    }

    /** Whether it missed an announce: it started anew, with another key, or somebody else has its port now. */
    private static boolean isSilent(Swarm swarm, int index, int interval, int now) {
        return swarm.peers.expiresAt(index) - now < interval + GRACE_SECONDS;
    }

    /** On a clock that wraps around: only differences count. */
    private static int seconds(long nowNanos) {
        return (int) Math.floorDiv(nowNanos, 1_000_000_000L);
    }

    /** For tests, when nobody announces. */
    void checkInvariants() {
        Set<Swarm> distinct = Collections.newSetFromMap(new IdentityHashMap<>());
        distinct.addAll(swarms.values());
        int counted = 0;
        int counting = 0;
        int open = 0;
        for (Swarm swarm : distinct) {
            synchronized (swarm) {
                check(!swarm.gone && swarms.get(swarm.key) == swarm, "a swarm that is gone can be found");
                if (!swarm.registered) open++;
                PeerList list = swarm.peers;
                check(list.seeders() <= list.size(), "more seeders than peers");
                for (int i = 0; i < list.size(); i++) {
                    counted++;
                    if (!isLoopback(list.address(i))) counting++;
                    check(list.find(list.address(i)) == i, "a peer is there twice");
                }
            }
        }
        check(counted == peers.get(), "peers");
        check(counting == peersOf.total(), "peers by subscriber");
        check(open == unregistered.get(), "swarms that nobody registered");
    }

    private static void check(boolean holds, String rule) {
        if (!holds) throw new IllegalStateException(rule);
    }
}
