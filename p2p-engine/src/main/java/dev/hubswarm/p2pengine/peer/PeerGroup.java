package dev.hubswarm.p2pengine.peer;

import dev.hubswarm.base.Loop;
import dev.hubswarm.base.UserError;
import dev.hubswarm.base.UserError.Kind;
import dev.hubswarm.p2pengine.transfer.Source;
import dev.hubswarm.p2pengine.transfer.TorrentView;
import dev.hubswarm.p2pengine.transfer.TransferListener;
import dev.hubswarm.protocol.announce.PeerAddress;
import dev.hubswarm.protocol.announce.SwarmKey;
import dev.hubswarm.protocol.metainfo.InfoHash;
import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.protocol.metainfo.MetainfoException;
import dev.hubswarm.protocol.peerwire.Handshake;
import dev.hubswarm.protocol.peerwire.PeerProtocolException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * All peers of one torrent that we are connected to. Confined to the transfer's loop.
 *
 * <p>It may begin with an info hash alone (a magnet): then the peers are asked for the metadata, and {@link
 * Listener#metadata} tells it, whereupon the caller makes a transfer and calls {@link #begin}.
 */
public final class PeerGroup implements TransferListener {
    /** Called on the loop. */
    public interface Listener {
        /** What a magnet's peers sent is what the info hash says. A v2 side may lack its piece layers. */
        void metadata(Metainfo torrent);

        /** It is what the info hash says, and nothing that can be fetched. */
        void unusable(UserError failure);

        /** Somebody says that these are peers, too; nothing of it is checked but that they can be dialled. */
        void heardOf(List<PeerAddress> peers);

        /** Its connection is closed already, and {@link #closed} was said. */
        void lied(PeerSession liar, String why);

        /** Said once of each session, whoever closed it. */
        void closed(PeerSession session, String why);
    }

    /** Some pieces, of any torrent's length. */
    private static final long TURN_BYTES = 64 << 20;

    private static final long TICK_NANOS = 1_000_000_000;
    /** So late is no tick while this process runs. */
    private static final long ASLEEP_NANOS = 5 * TICK_NANOS;

    /** Who may ask from now on does so within this time. */
    private static final long MORE_NANOS = 100_000_000;

    private final Loop loop;
    /** A magnet may name one of a hybrid's two only. */
    private InfoHash infoHash;

    private List<SwarmKey> keys;
    private final LocalPeer self;
    private final Listener listener;
    private final MetadataExchange metadata;
    private final HashExchange hashes;
    private final LeafQuestions leafQuestions;
    private final LeafAnswers leafAnswers;
    private final RandomGenerator random;
    private final Choker choker;
    private final Turns turns;
    private final RateMeter sent;
    private long sentBefore;

    private final List<PeerSession> sessions = new ArrayList<>();
    private @Nullable TorrentView transfer;
    private @Nullable Metainfo torrent;
    private @Nullable LeafRanges leafRanges;
    /** Once we have everything. */
    private @Nullable Handout handout;

    /** Verified since others were told. */
    private final List<Integer> fresh = new ArrayList<>();

    private Loop.Timer ticker;
    private long lastTick;
    private long lastRound;
    private long lastMore;
    private boolean isFilling;
    private boolean isClosed;

    public PeerGroup(Loop loop, InfoHash infoHash, LocalPeer self, Listener listener) {
        this.loop = loop;
        this.infoHash = infoHash;
        this.self = self;
        this.listener = listener;
        keys = SwarmKey.allOf(infoHash);
        random = new SplittableRandom(Arrays.hashCode(self.peerId().bytes()));
        choker = new Choker(TURN_BYTES, random);
        metadata = new MetadataExchange(this);
        hashes = new HashExchange(this);
        leafQuestions = new LeafQuestions(this, random);
        leafAnswers = new LeafAnswers(this);
        lastTick = lastRound = lastMore = loop.nowNanos();
        turns = new Turns(lastTick);
        sent = new RateMeter(lastTick);
        ticker = loop.schedule(TICK_NANOS, this::tick);
    }

    /** The names by which peers may ask for this torrent. */
    public List<SwarmKey> keys() {
        return keys;
    }

    /** Somebody we dialled has answered the call: our handshake is sent, and theirs is to be given to the session. */
    public PeerSession dialled(PeerWire wire, PeerAddress address) {
        loop.assertInside();
        wire.send(Handshake.of(keys.get(0), self.peerId(), infoHash.v2() != null));
        return add(new PeerSession(this, wire, address, true, now()));
    }

    /** Somebody called us and has sent this handshake; ours is sent. */
    public PeerSession accepted(PeerWire wire, PeerAddress address, Handshake theirs) throws PeerProtocolException {
        loop.assertInside();
        if (!keys.contains(theirs.swarm())) throw new PeerProtocolException("another torrent");
        // BEP 52, "upgrade path": who can speak of the v2 side is answered with its name.
        SwarmKey answer = theirs.hasV2() ? keys.get(keys.size() - 1) : theirs.swarm();
        wire.send(Handshake.of(answer, self.peerId(), infoHash.v2() != null));
        PeerSession session = add(new PeerSession(this, wire, address, false, now()));
        session.handshake(theirs, now());
        return session;
    }

    private PeerSession add(PeerSession session) {
        sessions.add(session);
        return session;
    }

    /** From now on there is something to fetch and to send. */
    public void begin(TorrentView begun, Metainfo of) {
        loop.assertInside();
        if (transfer != null) throw new IllegalStateException("it has begun");
        if (!SwarmKey.allOf(of.infoHash()).containsAll(keys)) throw new IllegalArgumentException("another torrent");
        infoHash = of.infoHash();
        keys = SwarmKey.allOf(infoHash);
        transfer = begun;
        torrent = of;
        leafRanges = new LeafRanges(of);
        begun.listen(this);
        for (PeerSession session : sessions()) {
            try {
                session.begin(now());
            } catch (PeerProtocolException e) {
                session.broke(e);
            }
        }
        if (isComplete()) handOut();
        fillSlots();
    }

    private void handOut() {
        if (handout != null) return;
        TorrentView whole = transfer();
        int pieces = whole.geometry().pieceCount();
        Handout begun = new Handout(whole.verified(), pieces, random);
        handout = begun;
        each(session -> session.handOut(begun));
    }

    @Nullable
    Handout handout() {
        return handout;
    }

    /** A copy. */
    public List<PeerSession> sessions() {
        return List.copyOf(sessions);
    }

    public List<PeerSnapshot> snapshot() {
        loop.assertInside();
        return sessions.stream()
                .filter(PeerSession::isGreeted)
                .map(PeerSession::snapshot)
                .toList();
    }

    /** Of blocks, to all peers that ever were. */
    public long bytesSent() {
        return sent.total();
    }

    /** Closes all connections. */
    public void close(String why) {
        loop.assertInside();
        isClosed = true;
        ticker.cancel();
        if (transfer != null) transfer.unlisten(this);
        for (PeerSession session : sessions()) session.close(why);
    }

    // What the transfer says.

    @Override
    public void opened(int piece) {
        leafQuestions.opened(piece);
    }

    @Override
    public void wrong(int piece) {
        leafQuestions.lied();
    }

    @Override
    public boolean doubted(int piece) {
        return leafQuestions.doubted(piece);
    }

    @Override
    public void verified(int piece) {
        leafQuestions.verified(piece);
        if (fresh.isEmpty()) loop.execute(this::tellFresh);
        fresh.add(piece);
        if (handout != null) handout.verified(piece);
    }

    private void tellFresh() {
        for (PeerSession session : sessions()) {
            for (int piece : fresh) session.haveNow(piece);
            session.sayInterest();
        }
        fresh.clear();
    }

    @Override
    public void lost(int piece) {
        fresh.remove((Integer) piece);
        if (handout != null) handout.lost(piece);
        for (PeerSession session : sessions()) session.haveNoMore(piece);
    }

    @Override
    public void complete() {
        // Later, so that everybody is told of the last pieces first.
        loop.execute(() -> {
            handOut();
            each(PeerSession::weAreComplete);
        });
    }

    @Override
    public void lied(Source liar) {
        leafQuestions.lied();
        if (liar instanceof PeerSession session && session.group() == this) {
            listener.lied(session, "it sent wrong bytes");
        }
    }

    // What sessions and their helpers ask.

    /** What must not happen in the middle of something else. */
    void later(Runnable task) {
        loop.execute(task);
    }

    long now() {
        return loop.nowNanos();
    }

    LocalPeer self() {
        return self;
    }

    /** Whether this is the name of the v2 side. */
    boolean isV2(SwarmKey name) {
        return infoHash.v2() != null && keys.get(keys.size() - 1).equals(name);
    }

    InfoHash infoHash() {
        return infoHash;
    }

    boolean isWaiting() {
        return transfer == null;
    }

    boolean isComplete() {
        return transfer != null && transfer.isComplete();
    }

    TorrentView transfer() {
        if (transfer == null) throw new IllegalStateException("it has not begun");
        return transfer;
    }

    @Nullable
    Metainfo torrent() {
        return torrent;
    }

    /** Whether peers may be told of each other; not while it is unknown whether the torrent is private (BEP 27). */
    boolean mayGossip() {
        return torrent != null && !torrent.isPrivate();
    }

    void heardOf(List<PeerAddress> peers) {
        if (!peers.isEmpty()) listener.heardOf(peers);
    }

    MetadataExchange metadata() {
        return metadata;
    }

    HashExchange hashes() {
        return hashes;
    }

    LeafQuestions leafQuestions() {
        return leafQuestions;
    }

    LeafAnswers leafAnswers() {
        return leafAnswers;
    }

    /** Null before there is a transfer. */
    @Nullable
    LeafRanges leafRanges() {
        return leafRanges;
    }

    void lied(PeerSession liar, String why) {
        liar.close(why);
        listener.lied(liar, why);
    }

    void left(PeerSession session, String why) {
        sessions.remove(session);
        metadata.left(session);
        hashes.left(session);
        leafQuestions.left(session);
        leafAnswers.left(session);
        fillSlots();
        listener.closed(session, why);
    }

    void introduced(PeerSession session, int metadataSize) {
        if (!session.isGreeted()) return;
        metadata.offered(session, metadataSize, now());
        hashes.ask(now());
    }

    Turns turns() {
        return turns;
    }

    void countSent(int bytes, long now) {
        sent.add(bytes, now);
        turns.sent(bytes, now);
    }

    /** A seed has nobody to favour, so nobody needs to wait while its line may take more. */
    void serveMore() {
        long now = now();
        if (!isComplete() || now - lastMore < MORE_NANOS || !turns.areAllServed()) return;
        give(() -> {
            lastMore = now;
            choker.serveMore(uploads());
        });
    }

    void keeps(Upload greedy) {
        choker.keeps(greedy, uploads());
    }

    void fillSlots() {
        give(() -> choker.fill(uploads()));
    }

    private void give(Runnable slots) {
        if (isFilling || isClosed || transfer == null) return;
        // A session that is unchoked may close, which brings us here.
        isFilling = true;
        slots.run();
        isFilling = false;
    }

    /** A magnet's metadata came and is right. */
    void gotInfo(byte[] info) {
        try {
            Metainfo read = Metainfo.ofInfo(info);
            if (read.hasPieceLayers()) listener.metadata(read);
            else hashes.fetch(read, now());
        } catch (MetainfoException e) {
            listener.unusable(new UserError(
                    Kind.DAMAGED,
                    "The magnet link leads to something that is no torrent: " + e.getMessage() + ".",
                    "Get the link from somebody else.",
                    e));
        }
    }

    /** With piece layers, or without if nobody has them and it has a v1 side. */
    void gotLayers(Metainfo whole) {
        listener.metadata(whole);
    }

    private void tick() {
        long now = now();
        ticker = loop.schedule(TICK_NANOS, this::tick);
        long slept = now - lastTick - TICK_NANOS;
        lastTick = now;
        if (slept >= ASLEEP_NANOS) each(session -> session.slept(slept));
        each(session -> session.tick(now));
        if (mayGossip()) each(session -> session.gossip().tick(sessions, now));
        turns.give(now);
        metadata.tick(now);
        hashes.tick(now);
        leafQuestions.tick(now);
        leafAnswers.tick();
        if (transfer != null) choker.second(uploads(), sent.total() - sentBefore);
        sentBefore = sent.total();
        if (now - lastRound >= Choker.ROUND_NANOS && transfer != null) {
            lastRound = now;
            choker.round(uploads(), isComplete(), now);
        }
    }

    private List<Upload> uploads() {
        return sessions.stream().map(PeerSession::upload).toList();
    }

    private void each(Consumer<PeerSession> action) {
        for (PeerSession session : sessions()) action.accept(session);
    }

    /** For tests. */
    public void checkInvariants() {
        each(PeerSession::checkInvariants);
    }
}
