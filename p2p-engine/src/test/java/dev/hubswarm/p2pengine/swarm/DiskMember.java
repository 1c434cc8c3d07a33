package dev.hubswarm.p2pengine.swarm;

import dev.hubswarm.base.UserError;
import dev.hubswarm.p2pengine.store.DiskPieceStore;
import dev.hubswarm.p2pengine.store.MemoryBudget;
import dev.hubswarm.p2pengine.store.OpenFiles;
import dev.hubswarm.p2pengine.store.PieceFiles;
import dev.hubswarm.p2pengine.store.PieceHashes;
import dev.hubswarm.p2pengine.store.PieceSpace;
import dev.hubswarm.p2pengine.store.PieceStore;
import dev.hubswarm.p2pengine.store.SeedFiles;
import dev.hubswarm.p2pengine.store.SegmentPool;
import dev.hubswarm.p2pengine.store.StoreResources;
import dev.hubswarm.p2pengine.store.TorrentFiles;
import dev.hubswarm.p2pengine.transfer.Source;
import dev.hubswarm.p2pengine.transfer.Transfer;
import dev.hubswarm.p2pengine.transfer.TransferListener;
import dev.hubswarm.protocol.announce.PeerAddress;
import dev.hubswarm.protocol.announce.PeerId;
import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.storage.DiskPool;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** A swarm of its own with one torrent in files, on loopback. Thread-safe: what it knows is asked on its loop. */
final class DiskMember implements SwarmTorrent.Listener, TransferListener, AutoCloseable {
    private static final int SEGMENTS = 4 << 20;

    /** Opens what it shares. */
    interface Opening {
        PieceFiles open(OpenFiles open) throws UserError;
    }

    final Swarm swarm;
    private final OnLoop loop;
    final ConcurrentLinkedQueue<UserError> failures = new ConcurrentLinkedQueue<>();
    final ConcurrentLinkedQueue<Source> liars = new ConcurrentLinkedQueue<>();
    private final DiskPool disk = new DiskPool(2, 64);
    private final OpenFiles open = new OpenFiles(16);
    private final PieceFiles files;
    private final Transfer transfer;
    private final SwarmTorrent joined;
    private @Nullable PieceStore store;

    private DiskMember(int number, Metainfo torrent, Opening opening) throws Exception {
        files = opening.open(open);
        swarm = Swarm.start(Member.config(), "test", new PeerId(1, 2, number), new Random(number));
        loop = new OnLoop(swarm.loop());
        StoreResources resources =
                new StoreResources(disk, new SegmentPool(SEGMENTS), new MemoryBudget(0), new MemoryBudget(0));
        PieceSpace space = PieceSpace.of(torrent);
        transfer = inside(() -> new Transfer(
                swarm.loop(),
                space.geometry(),
                news -> store =
                        new DiskPieceStore(swarm.loop(), space, PieceHashes.of(torrent), files, resources, news),
                new Random(number)));
        joined = inside(() -> {
            transfer.listen(this);
            SwarmTorrent its = swarm.join(torrent.infoHash(), this);
            its.begin(transfer, torrent);
            return its;
        });
    }

    static DiskMember seed(int number, Metainfo torrent, Path file) throws Exception {
        return new DiskMember(number, torrent, open -> {
            SeedFiles now = SeedFiles.open(torrent, file, List.of(), open);
            return SeedFiles.open(torrent, file, now.stamps(), open);
        });
    }

    static DiskMember leech(int number, Metainfo torrent, Path folder, Path notes) throws Exception {
        return new DiskMember(
                number,
                torrent,
                open -> TorrentFiles.open(torrent, TorrentFiles.named(torrent, folder), file -> true, notes, open));
    }

    PeerAddress address() {
        return Objects.requireNonNull(Swarm.peerAddress(swarm.address()));
    }

    void found(PeerAddress... peers) throws Exception {
        inside(() -> {
            joined.found(List.of(peers), PeerOrigin.GIVEN);
            return true;
        });
    }

    void limit(long upload) throws Exception {
        inside(() -> {
            joined.limit(upload, 0);
            return true;
        });
    }

    /** On the loop. */
    boolean isBare() {
        return transfer.verified().isEmpty();
    }

    /** On the loop. */
    boolean isAlone() {
        return joined.group().sessions().isEmpty();
    }

    BitSet pieces() throws Exception {
        return inside(transfer::verified);
    }

    /** On the loop. */
    int verified() {
        return transfer.verified().cardinality();
    }

    /** On the loop: whether all that was found on the disk has been looked at. */
    boolean isChecked() {
        return store != null && store.received().equals(store.verified());
    }

    /** On the loop. */
    boolean isDone() {
        return transfer.isComplete();
    }

    void awaitDone() throws Exception {
        await(this::isDone);
    }

    void await(BooleanSupplier condition) throws Exception {
        loop.await(condition, () -> "it never came to be so: " + failures);
    }

    /** Which share of a core it takes. */
    double busy(long nanos) throws Exception {
        return loop.busy(nanos);
    }

    <T> T inside(Callable<T> task) throws Exception {
        return loop.inside(task);
    }

    @Override
    public void lied(Source liar) {
        liars.add(liar);
    }

    @Override
    public void failed(UserError failure) {
        failures.add(failure);
    }

    @Override
    public void metadata(Metainfo found) {
        throw new AssertionError("it was known");
    }

    @Override
    public void unusable(UserError failure) {
        throw new AssertionError(failure);
    }

    @Override
    public void close() throws UserError {
        CompletableFuture<Boolean> ended = new CompletableFuture<>();
        loop.post(() -> {
                    transfer.checkInvariants();
                    joined.close();
                    transfer.close(() -> ended.complete(true));
                    return true;
                })
                .join();
        ended.orTimeout(OnLoop.PATIENCE_SECONDS, TimeUnit.SECONDS).join();
        swarm.close();
        disk.close();
        if (files instanceof TorrentFiles torrent) torrent.close();
        open.close();
    }
}
