package dev.hubswarm.agent.accelerator;

import dev.hubswarm.agent.control.TransferStatus;
import dev.hubswarm.agent.control.TransferStatus.SourceShare;
import dev.hubswarm.base.Loop;
import dev.hubswarm.base.UserError;
import dev.hubswarm.base.UserError.Kind;
import dev.hubswarm.hub.download.Destination;
import dev.hubswarm.hub.download.RunningDigest;
import dev.hubswarm.hub.origin.HubFile;
import dev.hubswarm.hub.origin.HubOrigin;
import dev.hubswarm.hub.origin.RangeException;
import dev.hubswarm.p2pengine.peer.PeerSnapshot;
import dev.hubswarm.p2pengine.store.DiskPieceStore;
import dev.hubswarm.p2pengine.store.PartPieces;
import dev.hubswarm.p2pengine.store.PieceSpace;
import dev.hubswarm.p2pengine.store.StoreResources;
import dev.hubswarm.p2pengine.transfer.PiecePicker;
import dev.hubswarm.p2pengine.transfer.Transfer;
import dev.hubswarm.p2pengine.transfer.TransferListener;
import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.protocol.metainfo.PieceGeometry;
import dev.hubswarm.storage.FileStamp;
import dev.hubswarm.storage.FlockFile;
import dev.hubswarm.storage.HashPool;
import dev.hubswarm.storage.PartFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * One large file on its way to its destination, until its digest was found to be right. Confined to its loop.
 *
 * <p>Whatever ends it, its part is closed before anybody hears of it, so that the next may go on with that.
 */
final class FileFetch implements TransferListener, HubSource.Listener, FilePeers.Listener {
    /** Called on the loop. */
    interface Listener {
        void ended(FileFetch fetch, FileResult result);

        /** Clients were given something wrong, on the word of publishers whom the user believes. */
        default void gaveWrong() {}

        void broke(Throwable fault);
    }

    /**
     * What all files are fetched with.
     *
     * @param background for what blocks
     * @param drafting where torrents are made of files that come, one at a time; null if nobody wants any
     * @param peers null if there are none
     */
    record Means(
            Loop loop,
            HubOrigin origin,
            HubLines lines,
            Mode mode,
            @Nullable Peers peers,
            StoreResources store,
            HashPool hashing,
            Executor background,
            @Nullable Executor drafting,
            RandomGenerator random) {}

    private static final long TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
    private static final int CHUNK = 1 << 18;
    /** So far peers work in front of clients who believe what they send. */
    private static final long AHEAD = 32L << 20;
    /** What is left of a file, if that is not much. */
    private static final long SHORT = 1L << 30;

    private final Means means;
    private final HubFile file;
    private final HubFileReader reader;
    private final int order;
    private final Destination destination;
    private final PartFile part;
    private final @Nullable FlockFile lock;
    private final Listener listener;
    private final long began;
    private final long present;

    private final PieceGeometry geometry;
    private final Transfer transfer;
    private final @Nullable FilePeers peers;
    private final HubTurn turn;
    private final ClientReaders readers;
    private final RunningDigest digest;
    private final @Nullable TorrentDraft draft;
    private final PartPieces pieces;
    private HubSource hub;
    private Loop.Timer ticker;
    /** Everything is here, and being looked at. */
    private boolean isDigesting;

    private boolean isConfirming;
    /** Pieces that the Hub sent and the torrent contradicts. */
    private final BitSet differing = new BitSet();

    /** Of what peers sent, for the speed limit. */
    private long counted;

    private boolean wasRead;
    private boolean isFetchedAgain;
    /** Peers of an earlier download left some of it, which nobody here is to blame for. */
    private boolean isInherited;
    /** That was joined when all was here. */
    private @Nullable Metainfo judged;

    private boolean isEnded;
    /** Where clients wait for what peers send. */
    private PiecePicker.@Nullable Window window;

    private boolean isGivenUp;

    /** @param lock let go at the end */
    FileFetch(
            Means means,
            HubFile file,
            HubFileReader reader,
            int order,
            Destination destination,
            PartFile part,
            @Nullable FlockFile lock,
            Listener listener) {
        this.means = means;
        this.file = file;
        this.reader = reader;
        this.order = order;
        this.destination = destination;
        this.part = part;
        this.lock = lock;
        this.listener = listener;
        Loop loop = means.loop;
        began = loop.nowNanos();
        geometry = new PieceGeometry(part.header().size(), part.header().pieceLength());
        PieceSpace space = PieceSpace.of(geometry);
        present = present(part, geometry);
        isInherited = !isFromHub(part, geometry);
        digest = new RunningDigest(part, file.digest().kind(), file.size(), means.hashing);
        digest.advance();
        draft = draft();
        pieces = new PartPieces(part, new Follows(digest, draft));
        transfer = new Transfer(
                loop, space, news -> new DiskPieceStore(loop, space, null, pieces, means.store, news), means.random);
        transfer.listen(this);
        readers = new ClientReaders(transfer, file.size(), this::isAttested);
        turn = new HubTurn(means.mode, began);
        peers = present < file.size() ? findPeers() : null;
        hub = join();
        ticker = loop.schedule(TICK_NANOS, this::tick);
        if (present == file.size()) check();
    }

    private @Nullable TorrentDraft draft() {
        if (means.drafting == null || !FilePeers.mayHave(reader.file())) return null;
        TorrentDraft begun = new TorrentDraft(part, file.digest(), name(), means.drafting);
        begun.advance();
        return begun;
    }

    /** Which it has in the end. */
    private Path name() {
        return destination.folder().resolve(file.path());
    }

    private @Nullable FilePeers findPeers() {
        Peers all = means.peers;
        if (all == null || !means.mode.hasPeers() || !FilePeers.mayHave(reader.file())) return null;
        return new FilePeers(
                means.loop, all, means.origin, reader.file(), transfer, means.background, means.random, this);
    }

    private static long present(PartFile part, PieceGeometry geometry) {
        long present = 0;
        for (int piece = 0; piece < geometry.pieceCount(); piece++) {
            if (part.has(piece)) present += geometry.lengthOf(piece);
        }
        return present;
    }

    private HubSource join() {
        return new HubSource(
                means.loop,
                transfer,
                reader,
                means.lines,
                order,
                means.origin.config().retries(),
                means.random,
                isHubsTurn(),
                urgency(),
                this);
    }

    /** What nobody reads any more goes on behind all else. */
    private HubLines.Urgency urgency() {
        if (!readers.isEmpty()) return HubLines.Urgency.READ;
        return wasRead ? HubLines.Urgency.LEFT : HubLines.Urgency.ORDERED;
    }

    private boolean isHubsTurn() {
        boolean isAlone = peers == null || peers.isAlone();
        return turn.isNow(transfer.bytesFromOthers() - transfer.bytesWrong(), isAlone, means.loop.nowNanos());
    }

    private void tick() {
        ticker = means.loop.schedule(TICK_NANOS, this::tick);
        // Something that lay here was compared with a torrent meanwhile, and is missing again.
        if (isDigesting && hub.isClosed() && !transfer.isHere()) hub = join();
        hub.mayRead(isHubsTurn());
        if (!isDigesting && !readers.isEmpty()) {
            readers.tick();
            lookAhead();
        }
        if (peers == null) return;
        peers.tellProgress();
        means.lines.cameElsewhere(fromPeers() - counted);
        counted = fromPeers();
    }

    HubFile file() {
        return file;
    }

    /** Bytes that an earlier download left. */
    long present() {
        return present;
    }

    long fromHub() {
        return transfer.bytesFromHub();
    }

    @Override
    public long fromPeers() {
        return transfer.bytesFromOthers();
    }

    // Clients.

    /** Somebody reads it meanwhile. */
    void join(ClientReader reader) {
        wasRead = true;
        readers.join(reader);
        lookAhead();
        hub.urgency(urgency());
    }

    void leave(ClientReader reader) {
        readers.leave(reader);
        lookAhead();
        hub.urgency(urgency());
    }

    boolean hasReaders() {
        return !readers.isEmpty();
    }

    /** It is being closed: who began to read it now would hear nothing more. */
    boolean isGivenUp() {
        return isGivenUp;
    }

    private void lookAhead() {
        OptionalLong front = readers.front();
        front.ifPresent(hub::front);
        if (front.isPresent() && isAttested()) {
            // What peers send is of use at once, so they lead.
            int piece = geometry.pieceAt(front.getAsLong());
            int end = geometry.pieceAt(Math.min(file.size() - 1, front.getAsLong() + AHEAD)) + 1;
            if (window == null) window = transfer.window(piece, end);
            else window.move(piece, end);
        } else if (window != null) {
            window.close();
            window = null;
        }
    }

    private boolean isAttested() {
        return peers != null && peers.isAttested();
    }

    @Override
    public void cameFromHub() {
        advance();
    }

    @Override
    public void verified(int piece) {
        if (isAttested()) advance();
    }

    private void advance() {
        if (readers.isEmpty()) return;
        readers.advance();
        lookAhead();
    }

    /** Opened anew, for reading; its owner closes it. */
    FileChannel open() throws UserError {
        return part.openToRead();
    }

    /** Whether it is better finished than given up, though nobody reads it: it is public, and most of it is here. */
    boolean isWorthFinishing() {
        long left = file.size() - present - fromHub() - fromPeers();
        boolean isShort = left <= SHORT || left < file.size() / 2;
        return isDigesting || (isShort && peers != null && peers.isPublic());
    }

    /** As it is shown; with what came and is not verified yet. */
    TransferStatus status() {
        List<SourceShare> sources = new ArrayList<>();
        sources.add(new SourceShare("hub", fromHub(), hub.bytesPerSecond()));
        if (peers != null) {
            for (PeerSnapshot peer : peers.snapshot().peers()) {
                String name = peer.address() + (peer.client().isEmpty() ? "" : " " + peer.client());
                sources.add(new SourceShare(name, peer.received(), peer.sendsUs()));
            }
        }
        return new TransferStatus(
                reader.file().repo().id(),
                file.path(),
                file.digest().hex(),
                file.size(),
                peers != null && peers.isPublic(),
                transfer.snapshot(),
                sources);
    }

    @Override
    public boolean keepPace() throws InterruptedException {
        return digest.awaitNear();
    }

    // Peers.

    @Override
    public void peersChanged() {
        if (isEnded || isDigesting) return;
        hub.mayRead(isHubsTurn());
        if (means.mode == Mode.P2P && peers != null && peers.isAlone()) {
            fail(new UserError(
                    Kind.NOT_FOUND,
                    "No peers are known for " + file.path() + ".",
                    "Fetch it with --mode race, or again when somebody shares it."));
        }
    }

    /** The Hub and the torrent contradict each other: if the Hub says the same again, the torrent is wrong. */
    @Override
    public void differs(int piece) {
        differing.set(piece);
        if (isConfirming || isDigesting || peers == null || peers.torrent() == null) return;
        isConfirming = true;
        background(
                () -> isSameAgain(piece),
                isSame -> {
                    isConfirming = false;
                    if (isEnded || isDigesting) return;
                    if (isSame) condemn(peers);
                    else fetchAgain(piece);
                },
                unknown -> isConfirming = false);
    }

    private boolean isSameAgain(int piece) throws UserError, InterruptedException {
        long from = geometry.offsetOf(piece);
        long to = from + geometry.lengthOf(piece);
        ByteBuffer before = ByteBuffer.allocate(CHUNK);
        boolean[] isSame = {true};
        try {
            reader.read(from, to, ByteBuffer.allocateDirect(CHUNK), (bytes, at) -> {
                before.clear().limit(bytes.remaining());
                pieces.read(before, at);
                isSame[0] &= before.flip().equals(bytes);
                return to;
            });
        } catch (RangeException e) {
            throw new UserError(Kind.FAILED, "The Hub did not send a piece again.", "Try again later.", e);
        }
        return isSame[0];
    }

    /** What its peers sent is worth nothing. They are not to blame: it is what the torrent says. */
    private void condemn(FilePeers found) {
        found.condemn();
        fetchPeersAgain(new BitSet());
        differing.clear();
    }

    private void fetchAgain(int piece) {
        differing.clear(piece);
        transfer.fetchAgain(piece);
    }

    /** @param disputed where to look for what is wrong (design.md §5); if they sent none of it, all of theirs comes again */
    private void fetchPeersAgain(BitSet disputed) {
        if (readers.betray()) listener.gaveWrong();
        lookAhead();
        boolean isAny = false;
        for (int piece = disputed.nextSetBit(0); piece >= 0; piece = disputed.nextSetBit(piece + 1)) {
            if (part.source(piece) == PartFile.Source.HUB) continue;
            fetchAgain(piece);
            isAny = true;
        }
        if (isAny) return;
        for (int piece = 0; piece < geometry.pieceCount(); piece++) {
            if (part.source(piece) != PartFile.Source.HUB) fetchAgain(piece);
        }
    }

    // The end.

    @Override
    public void here() {
        check();
    }

    @Override
    public void complete() {
        check();
    }

    private void check() {
        if (isDigesting || isEnded) return;
        isDigesting = true;
        judged = peers == null ? null : peers.torrent();
        hub.close();
        background(
                () -> {
                    claimAll();
                    return digest.await();
                },
                this::digested,
                this::fail);
    }

    /** What has come from peers of a torrent on another grid was compared with nothing yet. */
    private void claimAll() throws UserError {
        for (int piece = 0; piece < geometry.pieceCount(); piece++) {
            long from = geometry.offsetOf(piece);
            if (!part.has(piece)) part.written(from, from + geometry.lengthOf(piece), PartFile.Source.PEER);
        }
    }

    private void digested(byte[] found) {
        if (isEnded) return;
        if (!digest.isStill()) {
            goOn();
            if (transfer.isHere()) check();
        } else if (file.digest().matches(found)) {
            readers.right();
            // What the torrent contradicts was right.
            if (peers != null && !differing.isEmpty()) peers.condemn();
            publish();
        } else if (peers != null && !isFromHub(part, geometry)) {
            BitSet disputed = peers.disputed();
            // Who came later has sent nothing, and of two that sent something it is not known which was wrong.
            boolean isItsFault = transfer.isComplete() || !isInherited;
            if (isItsFault && judged != null && Objects.equals(judged, peers.torrent())) peers.condemn();
            isInherited = false;
            fetchPeersAgain(disputed);
            goOn();
        } else if (!isFetchedAgain) {
            isFetchedAgain = true;
            for (int piece = 0; piece < part.header().pieces(); piece++) fetchAgain(piece);
            goOn();
        } else {
            end(
                    () -> {
                        part.discard();
                        return true;
                    },
                    new UserError(
                            Kind.DAMAGED,
                            "What the Hub sent of " + file.path() + " twice did not have the digest that the Hub"
                                    + " states.",
                            "Nothing was kept. Try again later, or tell the repo's owner."));
        }
    }

    private static boolean isFromHub(PartFile part, PieceGeometry geometry) {
        for (int piece = 0; piece < geometry.pieceCount(); piece++) {
            if (part.has(piece) && part.source(piece) != PartFile.Source.HUB) return false;
        }
        return true;
    }

    private void goOn() {
        isDigesting = false;
        hub.close();
        hub = join();
        lookAhead();
    }

    private void publish() {
        end(
                () -> {
                    destination.publish(part, file);
                    return true;
                },
                null);
    }

    @Override
    public void failed(UserError failure) {
        fail(failure);
    }

    @Override
    public void gone(UserError why) {
        fail(why);
    }

    @Override
    public void broke(Throwable fault) {
        listener.broke(fault);
    }

    /** What came stays for a later download. */
    void fail(UserError why) {
        end(() -> true, why);
    }

    private void end(Work<Boolean> last, @Nullable UserError why) {
        if (isEnded) return;
        isEnded = true;
        isGivenUp = why != null;
        if (why != null) readers.fail(why);
        ticker.cancel();
        hub.close();
        if (peers != null) peers.close();
        transfer.close(() -> background(last, done -> close(why), this::close));
    }

    private void close(@Nullable UserError why) {
        Work<Optional<Shareable>> closing = () -> {
            try (lock) {
                part.close();
            }
            return why == null ? shareable() : Optional.empty();
        };
        // What could not be written down is fetched again next time.
        background(closing, found -> tell(why, found.orElse(null)), unwritten -> tell(why, null));
    }

    private Optional<Shareable> shareable() {
        if (draft == null) return Optional.empty();
        try {
            FileStamp stamp = FileStamp.of(name());
            draft.finish();
            return Optional.of(new Shareable(stamp, draft.torrent()));
        } catch (IOException e) {
            // Somebody else has taken it away already.
            return Optional.empty();
        }
    }

    private void tell(@Nullable UserError why, @Nullable Shareable shareable) {
        if (shareable == null && draft != null) draft.close();
        double seconds = (means.loop.nowNanos() - began) / 1e9;
        listener.ended(this, new FileResult(file, fromHub(), fromPeers(), seconds, why == null, shareable, why));
    }

    /** Lets digest and draft follow what is written. Immutable. */
    private record Follows(RunningDigest digest, @Nullable TorrentDraft draft) implements PartPieces.Listener {
        @Override
        public void claimed() {
            digest.advance();
            if (draft != null) draft.advance();
        }

        @Override
        public void forgot(long from) {
            digest.forgot(from);
            if (draft != null) draft.forgot(from);
        }
    }

    private interface Work<T> {
        T run() throws UserError, InterruptedException;
    }

    /** Does it elsewhere, and what follows here. */
    private <T> void background(Work<T> work, Consumer<T> then, Consumer<UserError> otherwise) {
        means.background.execute(() -> {
            Runnable next;
            try {
                T result = work.run();
                next = () -> then.accept(result);
            } catch (UserError e) {
                next = () -> otherwise.accept(e);
            } catch (InterruptedException | RuntimeException | Error e) {
                next = () -> listener.broke(e);
            }
            means.loop.execute(next);
        });
    }
}
