package dev.hubswarm.p2pengine.swarm;

import dev.hubswarm.base.Loop;
import dev.hubswarm.base.UserError;
import dev.hubswarm.p2pengine.peer.PeerGroup;
import dev.hubswarm.p2pengine.peer.PeerSession;
import dev.hubswarm.p2pengine.peer.PeerSnapshot;
import dev.hubswarm.p2pengine.store.PieceStore;
import dev.hubswarm.p2pengine.transfer.TorrentView;
import dev.hubswarm.p2pengine.transfer.TransferListener;
import dev.hubswarm.protocol.announce.PeerAddress;
import dev.hubswarm.protocol.announce.PeerId;
import dev.hubswarm.protocol.metainfo.InfoHash;
import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.protocol.peerwire.Handshake;
import dev.hubswarm.protocol.peerwire.PeerProtocolException;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One torrent in its swarm: whom to call, whom to let in, and whom to let go for somebody better. Confined to the loop.
 */
public final class SwarmTorrent {
    /** Called on the loop. */
    public interface Listener {
        /** @see PeerGroup.Listener#metadata */
        void metadata(Metainfo torrent);

        /** @see PeerGroup.Listener#unusable */
        void unusable(UserError failure);

        /** A connection is over; what it was at its end. */
        default void left(PeerSnapshot peer) {}
    }

    private static final long TICK_NANOS = 1_000_000_000;
    /** Who stayed so long was no mistake. */
    private static final long GOOD_NANOS = 30 * TICK_NANOS;

    private static final long CHURN_NANOS = 30 * TICK_NANOS;
    private static final long TRIAL_NANOS = 60 * TICK_NANOS;
    private static final int MOST_LIARS = 1_000;

    private final Swarm swarm;
    private final Loop loop;
    private final Listener listener;
    private final PeerGroup group;
    private final PeerPool pool;
    private final News news = new News();
    private final Map<PeerSession, PeerChannel> channels = new HashMap<>();
    private final RateLimiter uploadLimit;
    private final RateLimiter downloadLimit;
    private final Throttle uploads;
    private final Throttle downloads;
    private @Nullable TorrentView transfer;
    private Loop.Timer ticker;
    private long lastChurn;
    private final Set<PeerAddress> calling = new HashSet<>();
    /** Who sent what the torrent says is wrong. */
    private final Map<PeerAddress, PeerSession> liars = new BanList.Bounded<>(MOST_LIARS);

    private boolean isClosed;

    SwarmTorrent(Swarm swarm, InfoHash infoHash, Listener listener) {
        this.swarm = swarm;
        this.listener = listener;
        loop = swarm.loop();
        long now = loop.nowNanos();
        uploadLimit = new RateLimiter(RateLimiter.UNLIMITED, now);
        downloadLimit = new RateLimiter(RateLimiter.UNLIMITED, now);
        uploads = new Throttle(loop, uploadLimit, swarm.uploadLimit());
        downloads = new Throttle(loop, downloadLimit, swarm.downloadLimit());
        pool = new PeerPool(swarm.random(), swarm::priority);
        group = new PeerGroup(loop, infoHash, swarm.self(), news);
        lastChurn = now;
        ticker = loop.schedule(TICK_NANOS, this::tick);
    }

    public PeerGroup group() {
        return group;
    }

    public SwarmSnapshot snapshot() {
        loop.assertInside();
        return new SwarmSnapshot(group.snapshot(), pool.size(), group.bytesSent());
    }

    /** From now on there is something to fetch and to send. */
    public void begin(TorrentView begun, Metainfo of) {
        loop.assertInside();
        transfer = begun;
        begun.listen(news);
        group.begin(begun, of);
        // A magnet may have named one side of a hybrid only.
        swarm.begun(this);
    }

    /** These are said to be peers. What the user gave is trusted to be dialable, all else must have been checked. */
    public void found(Collection<PeerAddress> peers, PeerOrigin origin) {
        loop.assertInside();
        for (PeerAddress peer : peers) if (!swarm.isSelf(peer)) pool.add(peer, origin, loop.nowNanos());
        call();
    }

    /** Bytes per second; 0 for no limit but everybody's. */
    public void limit(long upload, long download) {
        loop.assertInside();
        uploadLimit.set(upload, loop.nowNanos());
        downloadLimit.set(download, loop.nowNanos());
    }

    /** It turned out to be the torrent that is wrong: who contradicted it is not to blame (reliability.md T2). */
    public void acquitAll() {
        loop.assertInside();
        liars.forEach((address, liar) -> swarm.acquit(address, liar.peerId()));
        liars.clear();
    }

    /** Says goodbye to all peers. */
    public void close() {
        loop.assertInside();
        if (isClosed) return;
        isClosed = true;
        ticker.cancel();
        swarm.left(this);
        group.close("we leave");
    }

    boolean isClosed() {
        return isClosed;
    }

    Throttle uploads() {
        return uploads;
    }

    Throttle downloads() {
        return downloads;
    }

    void read(long at, int length, PieceStore.Reader reader) {
        if (transfer == null) throw new IllegalStateException("it has not begun");
        transfer.read(at, length, reader);
    }

    // Calls.

    private void tick() {
        ticker = loop.schedule(TICK_NANOS, this::tick);
        check();
    }

    /** Looks whether there is somebody better, and calls whom it may. */
    void check() {
        long now = loop.nowNanos();
        if (!hasRoom() && pool.hasAny(now, peer -> mayCall(peer, now))) makeRoom(now);
        call();
    }

    boolean isGiven(PeerAddress peer) {
        return pool.isGiven(peer);
    }

    private boolean mayCall(PeerAddress peer, long now) {
        return hasRoomFor(peer) && swarm.rules().mayCall(peer, now);
    }

    private boolean hasRoomFor(PeerAddress peer) {
        if (ConnectionRules.isExempt(peer)) return true;
        Stream<PeerAddress> here = channels.keySet().stream().map(PeerSession::address);
        long count =
                Stream.concat(here, calling.stream()).filter(peer::sameHost).count();
        return count < ConnectionRules.CONNECTIONS_PER_HOST;
    }

    private boolean hasRoom() {
        return channels.size() + calling.size() < swarm.config().maxPeers();
    }

    private void call() {
        long now = loop.nowNanos();
        while (!isClosed && hasRoom() && swarm.rules().mayCall()) {
            PeerAddress next = pool.next(now, peer -> mayCall(peer, now));
            if (next == null) return;
            calling.add(next);
            swarm.call(next, channel -> called(next, channel));
        }
    }

    /** @param channel null if nobody answered */
    private void called(PeerAddress address, @Nullable PeerChannel channel) {
        calling.remove(address);
        if (channel == null) {
            pool.ended(address, false, loop.nowNanos());
        } else if (isClosed) {
            channel.close("we leave");
        } else {
            channel.join(this);
            PeerSession session = group.dialled(channel, address);
            channel.serve(session);
            channels.put(session, channel);
        }
    }

    /** Somebody whom we have called says who it is. */
    void answered(PeerChannel channel, PeerSession session, Handshake theirs) throws PeerProtocolException {
        if (mayStay(channel, theirs.peerId(), session)) session.handshake(theirs, loop.nowNanos());
        else session.close("a second connection with the same peer");
    }

    /** Somebody calls. */
    void accept(PeerChannel channel, Handshake theirs) throws PeerProtocolException {
        boolean mayCome = hasRoomFor(channel.address()) && mayStay(channel, theirs.peerId(), null);
        if (!mayCome || !(hasRoom() || makeRoom(loop.nowNanos()))) {
            channel.close("no room, or a second connection with the same peer");
            return;
        }
        channel.join(this);
        PeerSession session = group.accepted(channel, channel.address(), theirs);
        channel.serve(session);
        // It may be over already.
        if (group.sessions().contains(session)) channels.put(session, channel);
    }

    /**
     * Two that call each other keep one connection, which both must choose alike: that of the higher peer id's caller.
     * Only the same host may drive out the other, since anybody can say any id.
     */
    private boolean mayStay(PeerChannel channel, PeerId id, @Nullable PeerSession itself) {
        for (Map.Entry<PeerSession, PeerChannel> one : List.copyOf(channels.entrySet())) {
            PeerSession other = one.getKey();
            if (other == itself || !id.equals(other.peerId())) continue;
            boolean isCrossed = other.isDialled() != channel.isDialled()
                    && other.address().sameHost(channel.address())
                    && (compare(swarm.self().peerId(), id) > 0) == channel.isDialled();
            if (!isCrossed) return false;
            other.close("a second connection with the same peer");
        }
        return true;
    }

    private static int compare(PeerId a, PeerId b) {
        return Arrays.compareUnsigned(a.bytes(), b.bytes());
    }

    /** There is none for somebody new: the slowest goes if it is much slower than most, but not often. */
    private boolean makeRoom(long now) {
        if (now - lastChurn < CHURN_NANOS) return false;
        double sum =
                channels.keySet().stream().mapToDouble(PeerSession::traffic).sum();
        double mean = sum / Math.max(1, channels.size());
        PeerSession slowest = channels.entrySet().stream()
                .filter(one -> now - one.getValue().begun() >= TRIAL_NANOS)
                .map(Map.Entry::getKey)
                .min(Comparator.comparingDouble(PeerSession::traffic))
                .filter(one -> one.traffic() <= mean / 2)
                .orElse(null);
        if (slowest == null) return false;
        lastChurn = now;
        slowest.close("too slow");
        return true;
    }

    private final class News implements PeerGroup.Listener, TransferListener {
        /** Whoever has nothing to give and nothing to take in is of no use here. */
        @Override
        public void failed(UserError failure) {
            close();
        }

        @Override
        public void metadata(Metainfo torrent) {
            listener.metadata(torrent);
        }

        @Override
        public void unusable(UserError failure) {
            listener.unusable(failure);
        }

        @Override
        public void heardOf(List<PeerAddress> peers) {
            found(peers, PeerOrigin.PEX);
        }

        @Override
        public void lied(PeerSession liar, String why) {
            liars.put(liar.address(), liar);
            swarm.lied(liar.address(), liar.peerId(), why);
            boolean isRefused = swarm.rules().bans().reason(liar.address(), loop.nowNanos()) != null;
            if (isRefused) pool.remove(liar.address());
        }

        @Override
        public void closed(PeerSession session, String why) {
            PeerChannel channel = channels.remove(session);
            listener.left(session.snapshot());
            swarm.rules().bans().received(session.address(), session.peerId(), session.received());
            if (channel == null || !session.isDialled()) return;
            long now = loop.nowNanos();
            if (swarm.self().peerId().equals(session.peerId())) swarm.isSelfNow(session.address());
            if (swarm.isSelf(session.address())) pool.remove(session.address());
            else pool.ended(session.address(), now - channel.begun() >= GOOD_NANOS, now);
        }
    }
}
