package dev.hubswarm.p2pengine.lab;

import dev.hubswarm.base.Loop;
import dev.hubswarm.base.UserError;
import dev.hubswarm.p2pengine.peer.LocalPeer;
import dev.hubswarm.p2pengine.peer.PeerGroup;
import dev.hubswarm.p2pengine.peer.PeerSession;
import dev.hubswarm.p2pengine.store.PieceHashes;
import dev.hubswarm.p2pengine.store.VirtualContent;
import dev.hubswarm.p2pengine.store.VirtualPieceStore;
import dev.hubswarm.p2pengine.swarm.BanList;
import dev.hubswarm.p2pengine.transfer.Transfer;
import dev.hubswarm.p2pengine.transfer.TransferListener;
import dev.hubswarm.protocol.announce.PeerAddress;
import dev.hubswarm.protocol.announce.PeerId;
import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.protocol.metainfo.PieceGeometry;
import dev.hubswarm.testkit.SimNetwork.Connection;
import dev.hubswarm.testkit.SimNetwork.Host;
import java.nio.ByteBuffer;
import java.util.BitSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One engine of the lab, with a real transfer and real sessions. Confined to the lab's loop. */
public final class LabNode implements PeerGroup.Listener, TransferListener {
    private static final int LONGEST_BLOCK = 128 << 10;
    private static final long BUDGET = 64 << 20;

    private final Lab lab;
    private final int number;
    private final PeerAddress address;
    private final Host host;
    private final Behaviour behaviour;
    private final NodeLoop loop;
    private final PeerGroup group;
    private final Transfer transfer;
    private final Map<LabNode, Connection> connections = new LinkedHashMap<>();
    private final BanList bans = new BanList();
    private final Set<PeerAddress> denied = new HashSet<>();
    private @Nullable VirtualPieceStore store;
    private long finished = -1;
    private long flipEvery = Long.MAX_VALUE;
    private long untilFlip = Long.MAX_VALUE;
    private boolean isGone;

    /** @param pieces what it has at the beginning */
    LabNode(Lab lab, Loop loop, int number, PeerAddress address, Host host, Behaviour behaviour, BitSet pieces) {
        this.lab = lab;
        this.number = number;
        this.address = address;
        this.host = host;
        this.behaviour = behaviour;
        this.loop = new NodeLoop(loop);
        Metainfo torrent = lab.torrent();
        PieceGeometry geometry = new PieceGeometry(torrent.spaceSize(), torrent.pieceLength());
        VirtualContent content = behaviour == Behaviour.POISONOUS
                ? VirtualContent.poison(LONGEST_BLOCK)
                : VirtualContent.zeros(LONGEST_BLOCK);
        BitSet all = new BitSet();
        all.set(0, geometry.pieceCount());
        PieceHashes hashes = PieceHashes.v2(new byte[0], all);
        long budget = Math.max(BUDGET, 2L * torrent.pieceLength());
        transfer = new Transfer(
                this.loop,
                geometry,
                news -> store =
                        new VirtualPieceStore(this.loop, geometry, content, hashes, budget, news).having(pieces),
                new Random(lab.seed() * 1_000_003 + number));
        transfer.listen(this);
        LocalPeer self = new LocalPeer(new PeerId(7, lab.seed(), number), "hubswarm lab", address.port());
        group = new PeerGroup(this.loop, torrent.infoHash(), self, this);
        group.begin(transfer, torrent);
    }

    public Transfer transfer() {
        return transfer;
    }

    public Behaviour behaviour() {
        return behaviour;
    }

    public Host host() {
        return host;
    }

    /** Nanoseconds from the beginning of the lab to when it had everything; negative before. */
    public long finished() {
        return finished;
    }

    /** How many pieces came that were not what they should be. */
    public int wrongPieces() {
        return Objects.requireNonNull(store).wrongPieces();
    }

    public int denied() {
        return denied.size();
    }

    /** Bytes that came and are no part of what it has: wrong, twice, or messages that are no blocks. */
    public long wasted() {
        return host.bytesReceived() - transfer.snapshot().bytesVerified();
    }

    /** A bit flips in what it sends whenever that was so many bytes (S50). */
    public LabNode flipping(long everyBytes) {
        untilFlip = flipEvery = everyBytes;
        return this;
    }

    ByteBuffer onItsWay(long at, ByteBuffer bytes) {
        untilFlip -= bytes.remaining();
        if (untilFlip > 0) return bytes;
        untilFlip = flipEvery;
        return VirtualContent.poison(LONGEST_BLOCK).read(at, bytes.remaining());
    }

    /** As SIGSTOP does, and SIGCONT after so much time. */
    public void stop(long nanos) {
        loop.stop(nanos);
    }

    /** It is there no more, and says no good-bye. */
    public void vanish() {
        isGone = true;
        lab.gone(this);
        group.close("vanished");
        transfer.close(() -> {});
        List.copyOf(connections.values()).forEach(Connection::cut);
    }

    NodeLoop loop() {
        return loop;
    }

    PeerGroup group() {
        return group;
    }

    PeerAddress address() {
        return address;
    }

    int connected() {
        return connections.size();
    }

    void joined(LabNode other, Connection connection) {
        connections.put(other, connection);
    }

    void left(LabNode other) {
        connections.remove(other);
    }

    boolean isConnectedTo(LabNode other) {
        return connections.containsKey(other);
    }

    boolean refuses(LabNode other) {
        return isGone || denied.contains(other.address.withPort(0));
    }

    void checkInvariants() {
        if (isGone) return;
        transfer.checkInvariants();
        group.checkInvariants();
    }

    @Override
    public void complete() {
        finished = lab.elapsedNanos();
        lab.finished(this);
    }

    /** Addresses without their ports, as {@link #refuses} looks at them. */
    @Override
    public void lied(PeerSession liar, String why) {
        bans.lied(liar.address(), liar.peerId(), why);
        if (bans.reason(liar.address()) == null) return;
        denied.add(liar.address().withPort(0));
        if (lab.isHonest(liar.address())) throw new AssertionError(this + " banned " + liar.address() + ": " + why);
    }

    @Override
    public void metadata(Metainfo torrent) {
        throw new AssertionError("it was known");
    }

    @Override
    public void unusable(UserError failure) {
        throw new AssertionError(failure);
    }

    /** The lab's tracker knows everybody. */
    @Override
    public void heardOf(List<PeerAddress> peers) {}

    @Override
    public void closed(PeerSession session, String why) {
        bans.received(session.address(), session.peerId(), session.received());
    }

    @Override
    public String toString() {
        return behaviour + " " + number;
    }
}
