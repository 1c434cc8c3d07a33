package dev.hubswarm.p2pengine.transfer;

import dev.hubswarm.base.Loop;
import dev.hubswarm.base.UserError;
import dev.hubswarm.p2pengine.store.DiskPieceStore;
import dev.hubswarm.p2pengine.store.PieceFiles;
import dev.hubswarm.p2pengine.store.PieceHashes;
import dev.hubswarm.p2pengine.store.PieceSpace;
import dev.hubswarm.p2pengine.store.PieceStore;
import dev.hubswarm.p2pengine.store.StoreResources;
import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.protocol.metainfo.PieceGeometry;
import dev.hubswarm.storage.ByteRanges;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * One file or torrent on its way: joins sources, the picker that tells them what to fetch, and the store that keeps it.
 * Confined to its loop. It knows no peers; they are sources as the Hub is.
 *
 * <p>It may begin with no hashes, for a file of which only digest and size are known; {@link #attach} brings them later.
 */
public final class Transfer implements TorrentView {
    private static final int BLOCK = PieceGeometry.BLOCK_LENGTH;
    private static final long TICK_NANOS = 1_000_000_000;
    /** So long it is waited for hashes of blocks. */
    private static final long DOUBT_NANOS = 3 * TICK_NANOS;

    private final Loop loop;
    private final PieceGeometry geometry;
    private final PieceStore store;
    private final PiecePicker picker;
    private final Set<Source> sources = new LinkedHashSet<>();
    private final List<TransferListener> listeners = new ArrayList<>();
    /** On the disk, and sent by nobody else. */
    private final ByteRanges fromHub = new ByteRanges();

    /** Pieces in doubt, and since when. */
    private final Map<Integer, Long> doubted = new LinkedHashMap<>();

    private long bytesFromHub;
    private long bytesFromOthers;
    /** Of the latter, at most. */
    private long bytesWrong;

    private boolean isComplete;
    /** That was said. */
    private boolean isHere;

    /** It was closed, or its store takes nothing in any more. */
    private boolean isOver;

    /** Somebody else than the Hub has sent something, or may ask for something. */
    private boolean isShared;
    /** What is to be attached then. */
    private @Nullable PieceHashes unused;

    private Loop.Timer ticker;

    /** Of one file. */
    public Transfer(
            Loop loop,
            PieceGeometry geometry,
            Function<PieceStore.Listener, PieceStore> store,
            RandomGenerator random) {
        this(loop, PieceSpace.of(geometry), store, random);
    }

    /** @param store makes the store, which tells its news to the listener that it is given */
    public Transfer(
            Loop loop, PieceSpace space, Function<PieceStore.Listener, PieceStore> store, RandomGenerator random) {
        this.loop = loop;
        this.geometry = space.geometry();
        this.store = store.apply(new StoreNews());
        picker = new PiecePicker(space, this.store.received(), new StoreRoom(), random);
        isComplete = isEverythingVerified();
        ticker = loop.schedule(TICK_NANOS, this::tick);
    }

    /** Of all pieces of a torrent, in files. */
    public static Transfer onDisk(
            Loop loop, Metainfo torrent, PieceFiles files, StoreResources resources, RandomGenerator random) {
        PieceSpace space = PieceSpace.of(torrent);
        PieceHashes hashes = PieceHashes.of(torrent);
        return new Transfer(
                loop, space, news -> new DiskPieceStore(loop, space, hashes, files, resources, news), random);
    }

    @Override
    public PieceGeometry geometry() {
        return geometry;
    }

    @Override
    public void listen(TransferListener listener) {
        listeners.add(listener);
    }

    @Override
    public void unlisten(TransferListener listener) {
        listeners.remove(listener);
    }

    @Override
    public BitSet verified() {
        return store.verified();
    }

    /** Whether nothing is left to look at of what lay on the disk, or came before its hash was known. */
    public boolean isChecked() {
        return store.verified().equals(store.received());
    }

    @Override
    public boolean isComplete() {
        return isComplete;
    }

    /** Whether all that is wanted is here, be it verified or not. */
    public boolean isHere() {
        return isHere || isComplete;
    }

    /** The hashes, or more of them, are known now; or others, if those that were known turned out to be wrong. */
    public void attach(PieceHashes hashes) {
        loop.assertInside();
        unused = null;
        store.attach(hashes);
    }

    /**
     * As {@link #attach}, but not before anybody else than the Hub has sent something, or lacks something that he may ask
     * for: beside a fast Hub hashing takes more time than there is, and where nobody gains by it, for nothing.
     */
    public void attachOnceShared(PieceHashes hashes) {
        loop.assertInside();
        if (isShared) attach(hashes);
        else unused = hashes;
    }

    private void shared() {
        if (isShared) return;
        isShared = true;
        if (unused != null) attach(unused);
    }

    /** The digest of the whole file was found to be right; see {@link TransferListener#here}. */
    public void proven() {
        loop.assertInside();
        store.proven();
    }

    /** The first piece from here on of which nobody was asked for anything; -1 if there is none before {@code to}. */
    public int nextMissing(int from, int to) {
        return picker.nextMissing(from, to);
    }

    /**
     * Before this piece those who take long runs meet nobody, as quick as all are now: to begin with more would be to be
     * stopped in the middle of it.
     */
    public int endOfFront() {
        return picker.endOfFront(loop.nowNanos());
    }

    /** From now on these pieces are fetched, or not. */
    public void select(int from, int to, boolean isWanted) {
        loop.assertInside();
        isHere = false;
        picker.select(from, to, isWanted);
        checkComplete();
    }

    /**
     * From now on nobody but the Hub is asked for this piece.
     *
     * @return whether that is so; not if some of it came from others, or will
     */
    public boolean keepForHub(int piece) {
        loop.assertInside();
        PiecePicker.State state = picker.state(piece);
        boolean isAbsent = state == PiecePicker.State.OPEN || state == PiecePicker.State.MISSING;
        long from = geometry.offsetOf(piece);
        return (isAbsent || fromHub.covers(from, from + geometry.lengthOf(piece))) && picker.keepForHub(piece);
    }

    public boolean isKeptForHub(int piece) {
        return picker.isKeptForHub(piece);
    }

    /**
     * How far, from an offset on, bytes may be handed out though nobody knows yet whether the whole is right: they are
     * on the disk, the Hub sent them, and nobody else will ever write there.
     */
    public long handOut(long from) {
        long end = fromHub.endOf(from);
        for (long at = from; at < end; ) {
            int piece = geometry.pieceAt(at);
            if (!keepForHub(piece)) return at;
            at = geometry.offsetOf(piece) + geometry.lengthOf(piece);
        }
        return end;
    }

    private void thrownAway(int piece) {
        long from = geometry.offsetOf(piece);
        // What the Hub sends in its place may be handed out as well.
        if (!picker.isKeptForHub(piece)) fromHub.remove(from, from + geometry.lengthOf(piece));
    }

    /** Somebody waits for these pieces. */
    public PiecePicker.Window window(int from, int to) {
        loop.assertInside();
        return picker.window(from, to);
    }

    /** Lets a piece be fetched again, if it is here: the Hub sent it and it differs from the torrent, or that is wrong. */
    public void fetchAgain(int piece) {
        loop.assertInside();
        if (!store.received().get(piece)) return;
        isComplete = false;
        isHere = false;
        store.forget(piece);
        thrownAway(piece);
        picker.wrong(piece);
    }

    @Override
    public void read(long at, int length, PieceStore.Reader reader) {
        store.read(at, length, reader);
    }

    @Override
    public BitSet begun() {
        return picker.begun();
    }

    @Override
    public boolean wantsLeaves(int piece) {
        return !isOver && store.wantsLeaves(piece);
    }

    @Override
    public boolean compare(int piece, byte[] leaves) {
        loop.assertInside();
        return isOver || store.compare(piece, leaves);
    }

    @Override
    public void leaves(int piece, Consumer<byte[]> into) {
        store.leaves(piece, into);
    }

    public long bytesFromHub() {
        return bytesFromHub;
    }

    public long bytesFromOthers() {
        return bytesFromOthers;
    }

    /** Of pieces that turned out to be wrong, though some of them may have been the Hub's. */
    public long bytesWrong() {
        return bytesWrong;
    }

    public TransferSnapshot snapshot() {
        loop.assertInside();
        BitSet verified = (BitSet) verified().clone();
        return new TransferSnapshot(geometry, verified, isComplete, bytesFromHub, bytesFromOthers, sources.size());
    }

    /** Closes all sources. The files may be closed once {@code ended} is called. */
    public void close(Runnable ended) {
        loop.assertInside();
        isOver = true;
        ticker.cancel();
        for (Source source : List.copyOf(sources)) source.close("the transfer is over");
        store.close(ended);
    }

    // What sources do.

    @Override
    public void joined(Source source, BitSet pieces) {
        loop.assertInside();
        sources.add(source);
        picker.joined(source, pieces, loop.nowNanos());
        if (!source.isHub() && pieces.cardinality() < geometry.pieceCount()) shared();
    }

    @Override
    public void has(Source source, int piece) {
        picker.has(source, piece);
    }

    @Override
    public void lost(Source source, int piece) {
        picker.lost(source, piece);
    }

    @Override
    public void left(Source source) {
        if (sources.remove(source)) picker.left(source);
    }

    @Override
    public boolean isWorthAsking(Source source) {
        return !isOver && picker.isWorthAsking(source);
    }

    @Override
    public boolean isElsewhere(Source source, long at) {
        return picker.isElsewhere(source, geometry.pieceAt(at));
    }

    @Override
    public @Nullable Run pick(Source source, long maxBytes) {
        return isOver ? null : picker.pick(source, maxBytes, loop.nowNanos());
    }

    @Override
    public @Nullable Run pick(Source source, int piece, long maxBytes) {
        return isOver ? null : picker.pick(source, piece, maxBytes, loop.nowNanos());
    }

    @Override
    public boolean arrived(Source source, long at, ByteBuffer bytes) {
        return arrived(source, at, bytes, store::add);
    }

    @Override
    public boolean arrived(Source source, long at, ByteBuffer bytes, PieceStore.Writer writer) {
        return arrived(source, at, bytes, (from, blocks, sender) -> store.add(from, blocks, sender, writer));
    }

    /** The store's way to take blocks. */
    private interface Way {
        void add(long at, ByteBuffer blocks, Source from);
    }

    private boolean arrived(Source source, long at, ByteBuffer bytes, Way way) {
        loop.assertInside();
        if (!source.isHub()) shared();
        long now = loop.nowNanos();
        int begin = bytes.position();
        int end = bytes.limit();
        // Neighbouring blocks are given to the store together.
        int wanted = begin;
        boolean isAnyWanted = false;
        for (int next = begin; next < end; ) {
            int after = Math.min(next + BLOCK, end);
            boolean isWanted = picker.arrived(source, at + next - begin, now);
            isAnyWanted |= isWanted;
            if (!isWanted) {
                add(source, at + wanted - begin, bytes.limit(next).position(wanted), way);
                bytes.limit(end);
                wanted = after;
            }
            next = after;
        }
        add(source, at + wanted - begin, bytes.limit(end).position(wanted), way);
        return isAnyWanted;
    }

    private void add(Source source, long at, ByteBuffer bytes, Way way) {
        int length = bytes.remaining();
        if (length == 0) return;
        if (source.isHub()) bytesFromHub += length;
        else bytesFromOthers += length;
        way.add(at, bytes, source);
    }

    @Override
    public void gaveBack(Source source, Run run) {
        if (sources.contains(source)) picker.gaveBack(source, run);
    }

    // What follows from it.

    private void tick() {
        ticker = loop.schedule(TICK_NANOS, this::tick);
        long now = loop.nowNanos();
        doubted.entrySet().removeIf(doubt -> {
            boolean isLong = now - doubt.getValue() >= DOUBT_NANOS;
            if (isLong) store.giveUp(doubt.getKey());
            return isLong;
        });
        picker.tick(now);
    }

    private boolean isEverythingVerified() {
        // The store drops what is wrong a little before it says so; here it counts until it is said.
        return picker.left() == 0 && store.verified().cardinality() == picker.here();
    }

    private boolean isEverythingHere() {
        if (picker.absent() > 0) return false;
        for (int piece = 0; piece < geometry.pieceCount(); piece++) {
            boolean isOnItsWay = picker.state(piece) == PiecePicker.State.COMPLETE;
            if (isOnItsWay && !store.received().get(piece)) return false;
        }
        return true;
    }

    /** Where all was verified, that was said already. */
    private void checkHere() {
        if (isHere || isComplete || !isEverythingHere()) return;
        isHere = true;
        tell(TransferListener::here);
    }

    private void checkComplete() {
        boolean was = isComplete;
        isComplete = isEverythingVerified();
        if (isComplete && !was) tell(TransferListener::complete);
    }

    private void tell(Consumer<TransferListener> news) {
        for (TransferListener listener : List.copyOf(listeners)) news.accept(listener);
    }

    @Override
    public long underWay(Source source) {
        return picker.underWay(source);
    }

    /** For tests. */
    public void checkInvariants() {
        picker.checkInvariants();
        for (int piece = 0; piece < geometry.pieceCount(); piece++) {
            boolean isHere = store.received().get(piece);
            PiecePicker.State state = picker.state(piece);
            // The store takes what came whole, and drops what is wrong, a little before it says so.
            boolean isToBeFetched = state != PiecePicker.State.VERIFIED && state != PiecePicker.State.COMPLETE;
            if (isToBeFetched && isHere) throw new AssertionError("piece " + piece + " is " + state + ", and here");
        }
    }

    private final class StoreRoom implements PiecePicker.Room {
        @Override
        public boolean open(int piece) {
            return opened(piece, store.open(piece));
        }

        @Override
        public boolean openInOrder(int piece) {
            return opened(piece, store.openInOrder(piece));
        }

        private boolean opened(int piece, boolean isOpen) {
            if (isOpen) for (TransferListener listener : listeners) listener.opened(piece);
            return isOpen;
        }

        @Override
        public void abandon(int piece) {
            store.forget(piece);
            thrownAway(piece);
        }
    }

    private final class StoreNews implements PieceStore.Listener {
        @Override
        public void verified(int piece) {
            picker.verified(piece);
            tell(listener -> listener.verified(piece));
            checkComplete();
            checkHere();
        }

        @Override
        public void onDiskFromHub(long from, long to) {
            fromHub.add(from, to);
            tell(TransferListener::cameFromHub);
        }

        @Override
        public void received(int piece) {
            picker.received(piece);
            tell(listener -> listener.received(piece));
            checkHere();
        }

        @Override
        public void differs(int piece) {
            tell(listener -> listener.differs(piece));
            checkHere();
        }

        @Override
        public void wrong(int piece) {
            boolean couldBeRead = picker.state(piece) == PiecePicker.State.VERIFIED;
            isComplete = false;
            isHere = false;
            bytesWrong += geometry.lengthOf(piece);
            thrownAway(piece);
            picker.wrong(piece);
            doubted.remove(piece);
            tell(listener -> {
                if (couldBeRead) listener.lost(piece);
                else listener.wrong(piece);
            });
        }

        @Override
        public void doubted(int piece) {
            boolean isAsked = false;
            for (TransferListener listener : List.copyOf(listeners)) isAsked |= listener.doubted(piece);
            if (isAsked) doubted.put(piece, loop.nowNanos());
            else store.giveUp(piece);
        }

        @Override
        public void wrongBlocks(int piece, BitSet blocks, Set<PieceStore.Sender> liars) {
            doubted.remove(piece);
            picker.wrongBlocks(piece, blocks, loop.nowNanos());
            lied(piece, liars);
            picker.wake();
        }

        @Override
        public void lied(int piece, Set<PieceStore.Sender> liars) {
            for (PieceStore.Sender sender : liars) {
                Source liar = (Source) sender;
                if (sources.contains(liar)) picker.lied(liar);
                liar.close("it sent wrong bytes");
                tell(listener -> listener.lied(liar));
            }
        }

        @Override
        public void roomAgain() {
            picker.roomAgain();
        }

        @Override
        public void failed(UserError failure) {
            isOver = true;
            tell(listener -> listener.failed(failure));
        }
    }
}
