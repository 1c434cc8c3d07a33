package dev.hubswarm.p2pengine.swarm;

import dev.hubswarm.base.UserError;
import dev.hubswarm.p2pengine.peer.PeerSession;
import dev.hubswarm.p2pengine.store.PieceStore;
import dev.hubswarm.p2pengine.testing.MemoryStore;
import dev.hubswarm.p2pengine.testing.SmallTorrent;
import dev.hubswarm.p2pengine.transfer.Transfer;
import dev.hubswarm.protocol.announce.PeerAddress;
import dev.hubswarm.protocol.announce.PeerId;
import dev.hubswarm.protocol.metainfo.InfoHash;
import dev.hubswarm.protocol.metainfo.Metainfo;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A swarm of its own with one torrent, on loopback. Thread-safe: what it knows is asked on its loop. */
final class Member implements SwarmTorrent.Listener, AutoCloseable {
    final Swarm swarm;
    private final OnLoop loop;
    private final SmallTorrent torrent;
    private @Nullable SwarmTorrent joined;
    private @Nullable Transfer transfer;
    private @Nullable MemoryStore store;
    private @Nullable UserError unusable;

    private Member(Swarm swarm, SmallTorrent torrent) {
        this.swarm = swarm;
        loop = new OnLoop(swarm.loop());
        this.torrent = torrent;
    }

    static SwarmConfig config() {
        return SwarmConfig.on(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    }

    static Member of(int number, SwarmConfig config, Transport transport, SmallTorrent torrent) throws Exception {
        Swarm swarm = Swarm.start(config, transport, "test", new PeerId(1, 1, number), new Random(number), null);
        return new Member(swarm, torrent);
    }

    /** One that fetches and knows who lied to its predecessors. */
    static Member remembering(Path bans, Transport transport, SmallTorrent torrent) throws Exception {
        Swarm swarm = Swarm.start(config(), transport, "test", new PeerId(1, 1, 99), new Random(99), bans);
        return new Member(swarm, torrent).having(false);
    }

    static Member seed(int number, SmallTorrent torrent) throws Exception {
        return of(number, config(), Transport.best(), torrent).having(true);
    }

    static Member leech(int number, SmallTorrent torrent) throws Exception {
        return of(number, config(), Transport.best(), torrent).having(false);
    }

    Member having(boolean all) throws Exception {
        return inside(() -> {
            joined = swarm.join(torrent.metainfo().infoHash(), this);
            begin(torrent.metainfo(), all);
            return this;
        });
    }

    Member magnet(InfoHash infoHash) throws Exception {
        return inside(() -> {
            joined = swarm.join(infoHash, this);
            return this;
        });
    }

    private void begin(Metainfo metainfo, boolean all) {
        Transfer made = transfer(torrent, all);
        transfer = made;
        joined().begin(made, metainfo);
    }

    private Transfer transfer(SmallTorrent of, boolean all) {
        return transfer(of, news -> {
            MemoryStore made = new MemoryStore(swarm.loop(), of.geometry(), of.bytes(), true, news);
            store = all ? made.whole() : made;
            return made;
        });
    }

    private Transfer transfer(SmallTorrent of, Function<PieceStore.Listener, PieceStore> store) {
        return new Transfer(swarm.loop(), of.geometry(), store, new Random(1));
    }

    /** Downloads to this store instead of to memory. */
    Transfer into(Function<PieceStore.Listener, PieceStore> store) throws Exception {
        return inside(() -> {
            joined = swarm.join(torrent.metainfo().infoHash(), this);
            Transfer made = transfer(torrent, store);
            transfer = made;
            joined().begin(made, torrent.metainfo());
            return made;
        });
    }

    /** Beside its own. */
    void alsoSeeds(SmallTorrent other) throws Exception {
        inside(() -> {
            swarm.join(other.metainfo().infoHash(), this).begin(transfer(other, true), other.metainfo());
            return true;
        });
    }

    SwarmTorrent joined() {
        return Objects.requireNonNull(joined);
    }

    PeerAddress address() {
        return Objects.requireNonNull(Swarm.peerAddress(swarm.address()));
    }

    void found(PeerOrigin origin, PeerAddress... peers) throws Exception {
        inside(() -> {
            joined().found(List.of(peers), origin);
            return true;
        });
    }

    void limit(long upload, long download) throws Exception {
        inside(() -> {
            joined().limit(upload, download);
            return true;
        });
    }

    List<PeerSession> sessions() throws Exception {
        return inside(() -> joined().group().sessions());
    }

    /** Looks after its connections at once, instead of with the next second. */
    void check() throws Exception {
        inside(() -> {
            swarm.check();
            joined().check();
            return true;
        });
    }

    int wrongPieces() throws Exception {
        return inside(() -> Objects.requireNonNull(store).wrong);
    }

    /** On the loop. */
    int open() {
        return swarm.rules().open();
    }

    /** On the loop. */
    boolean isMeetingOne() {
        List<PeerSession> all = joined().group().sessions();
        return all.size() == 1 && all.get(0).peerId() != null;
    }

    boolean isDone() {
        return transfer != null && transfer.isComplete() && store != null && store.isWhole();
    }

    void awaitDone() throws Exception {
        await(this::isDone);
    }

    /** Which share of a core it takes. */
    double busy(long nanos) throws Exception {
        return loop.busy(nanos);
    }

    <T> T inside(Callable<T> task) throws Exception {
        return loop.inside(task);
    }

    void await(BooleanSupplier condition) throws Exception {
        loop.await(condition, () -> "it never came to be so");
    }

    @Override
    public void metadata(Metainfo found) {
        begin(found, false);
    }

    @Override
    public void unusable(UserError failure) {
        unusable = failure;
    }

    @Override
    public void close() {
        loop.post(() -> {
                    if (transfer != null) transfer.checkInvariants();
                    if (joined != null) joined.group().checkInvariants();
                    return true;
                })
                .join();
        swarm.close();
        if (unusable != null) throw new AssertionError(unusable);
    }
}
