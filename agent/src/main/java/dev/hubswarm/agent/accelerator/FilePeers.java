package dev.hubswarm.agent.accelerator;

import dev.hubswarm.agent.accelerator.JoinedTorrents.Membership;
import dev.hubswarm.base.ContentDigest;
import dev.hubswarm.base.Loop;
import dev.hubswarm.base.UserError;
import dev.hubswarm.hub.origin.HubOrigin;
import dev.hubswarm.hub.origin.RemoteFile;
import dev.hubswarm.p2pengine.store.PieceHashes;
import dev.hubswarm.p2pengine.swarm.SwarmSnapshot;
import dev.hubswarm.p2pengine.swarm.SwarmTorrent;
import dev.hubswarm.p2pengine.transfer.Transfer;
import dev.hubswarm.protocol.metainfo.CanonicalTorrent;
import dev.hubswarm.protocol.metainfo.Hash;
import dev.hubswarm.protocol.metainfo.InfoHash;
import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.trackerclient.index.Candidate;
import dev.hubswarm.trackerclient.index.RepoFile;
import dev.hubswarm.trackerclient.index.WantedFile;
import java.nio.ByteBuffer;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Finds the peers of one file, and joins them to its transfer, which waits for none of it. Confined to the transfer's
 * loop.
 *
 * <p>First the Hub is asked whether anybody may have the file; only then trackers hear of it (design.md §5). They are
 * asked again while none has a torrent of it.
 */
final class FilePeers {
    /** Called on the loop. */
    interface Listener {
        /** There are peers to hope for, or there are not. */
        void peersChanged();

        void broke(Throwable fault);
    }

    /** The metadata is there before anybody is asked. */
    static final SwarmTorrent.Listener NO_NEWS = new SwarmTorrent.Listener() {
        @Override
        public void metadata(Metainfo torrent) {}

        @Override
        public void unusable(UserError failure) {}
    };

    private static final System.Logger LOG = System.getLogger(FilePeers.class.getName());
    private static final long AGAIN_NANOS = TimeUnit.SECONDS.toNanos(30);

    private final Loop loop;
    private final Peers peers;
    private final HubOrigin origin;
    private final RemoteFile file;
    private final Hash digest;
    private final Transfer transfer;
    private final Executor background;
    private final RandomGenerator random;
    private final Listener listener;

    private boolean isPublic;
    private boolean isAsking;
    private boolean isClosed;
    private Loop.@Nullable Timer again;
    private @Nullable Membership joined;
    /** Whether somebody whom the user believes vouches for that torrent. */
    private boolean isAttested;
    /** All canonical torrents of it that trackers have named, right or wrong. */
    private final Map<InfoHash, Metainfo> rivals = new HashMap<>();

    /** @param background for what blocks */
    FilePeers(
            Loop loop,
            Peers peers,
            HubOrigin origin,
            RemoteFile file,
            Transfer transfer,
            Executor background,
            RandomGenerator random,
            Listener listener) {
        this.loop = loop;
        this.peers = peers;
        this.origin = origin;
        this.file = file;
        this.transfer = transfer;
        this.background = background;
        this.random = random;
        this.listener = listener;
        digest = sha256(file);
        ask();
    }

    /** Whether it is known by its sha256, as all are that have torrents (design.md §4). */
    static boolean mayHave(RemoteFile file) {
        return file.digest().kind() == ContentDigest.Kind.SHA256;
    }

    /** Whether there is nobody to hope for at present. */
    boolean isAlone() {
        return joined == null && !isAsking;
    }

    /** Whether the Hub gives it to anybody, as far as is known. */
    boolean isPublic() {
        return isPublic;
    }

    /** The one whose peers are asked. */
    @Nullable
    Metainfo torrent() {
        return joined == null ? null : joined.torrent();
    }

    /** Whether publishers whom the user believes say that the torrent is the file's (design.md §5). */
    boolean isAttested() {
        return isAttested;
    }

    /** Pieces of which other torrents of the file say something else than the one whose peers are asked. */
    BitSet disputed() {
        BitSet disputed = new BitSet();
        Metainfo mine = torrent();
        if (mine == null || !CanonicalTorrent.isOf(mine, digest)) return disputed;
        for (Metainfo other : rivals.values()) {
            mark(disputed, mine.v1Pieces(), other.v1Pieces(), Hash.SHA1_LENGTH);
            mark(disputed, v2Pieces(mine), v2Pieces(other), Hash.SHA256_LENGTH);
        }
        return disputed;
    }

    private static ByteBuffer v2Pieces(Metainfo canonical) {
        return ByteBuffer.wrap(canonical.v2Pieces(canonical.files().get(0)));
    }

    private static void mark(BitSet marks, ByteBuffer some, ByteBuffer others, int length) {
        for (int at = some.mismatch(others); at >= 0 && at < some.remaining(); at = next(some, others, at, length))
            marks.set(at / length);
    }

    /** Where they differ again, behind the hash in which they differ here. */
    private static int next(ByteBuffer some, ByteBuffer others, int at, int length) {
        int from = (at / length + 1) * length;
        if (from >= some.remaining()) return -1;
        int further = some.slice(from, some.remaining() - from).mismatch(others.slice(from, others.remaining() - from));
        return further < 0 ? -1 : from + further;
    }

    void close() {
        isClosed = true;
        if (again != null) again.cancel();
        leave();
    }

    /** What its peers send is not the file. */
    void condemn() {
        if (joined == null) return;
        Metainfo wrong = joined.torrent();
        LOG.log(
                System.Logger.Level.WARNING,
                () -> "The torrent " + wrong.infoHash() + " does not hold " + digest
                        + ", as a tracker says it does. It is not used again.");
        joined.acquitPeers();
        transfer.attach(PieceHashes.NONE);
        leave();
        isAsking = true;
        blocking(() -> peers.denied().add(wrong.infoHash(), digest), this::ask);
    }

    private void leave() {
        if (joined != null) joined.leave();
        joined = null;
        isAttested = false;
    }

    /** What trackers are told from now on. */
    void tellProgress() {
        if (joined == null) return;
        joined.tellProgress(
                transfer.bytesFromOthers(), file.size() - transfer.snapshot().bytesVerified());
    }

    SwarmSnapshot snapshot() {
        return joined == null ? SwarmSnapshot.NOBODY : joined.snapshot();
    }

    // Who has it.

    private void ask() {
        if (isClosed) return;
        isAsking = true;
        background.execute(() -> {
            boolean may = mayAsk();
            loop.execute(() -> {
                isPublic |= may;
                if (may) find();
                else found(List.of());
            });
        });
    }

    private boolean mayAsk() {
        try {
            return mayAsk(peers, origin, file);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Whether trackers may hear of it. Blocks for the Hub, which is asked without a token. */
    static boolean mayAsk(Peers peers, HubOrigin origin, RemoteFile file) throws InterruptedException {
        return !peers.denied().isGivenUp(sha256(file)) && origin.isPublic(file.repo(), file.commit(), file.path());
    }

    private static Hash sha256(RemoteFile file) {
        return Hash.ofHex(file.digest().hex());
    }

    /** As trackers are asked for it. */
    static WantedFile wanted(RemoteFile file) {
        RepoFile place = new RepoFile(file.repo().type().word(), file.repo().id(), file.commit(), file.path());
        return new WantedFile(sha256(file), file.size(), place);
    }

    @SuppressWarnings("FutureReturnValueIgnored") // It never fails.
    private void find() {
        if (isClosed) return;
        peers.index()
                .find(wanted(file), early -> {
                    // Others may be better than one that nobody vouches for.
                    if (early.attested()) loop.execute(() -> join(early));
                })
                .thenAccept(all -> loop.execute(() -> found(all)));
    }

    private void found(List<Candidate> candidates) {
        isAsking = false;
        for (Candidate candidate : candidates) {
            Metainfo rival = candidate.torrent();
            if (CanonicalTorrent.isOf(rival, digest)) rivals.put(rival.infoHash(), rival);
            join(candidate);
        }
        if (joined == null && !isClosed)
            again = loop.schedule(random.nextLong(AGAIN_NANOS / 2, AGAIN_NANOS * 3 / 2), this::ask);
        listener.peersChanged();
    }

    private void join(Candidate candidate) {
        Metainfo found = candidate.torrent();
        if (isClosed || joined != null || peers.denied().has(found.infoHash(), digest)) return;
        joined = peers.torrents().join(found, candidate.file(), digest, transfer);
        if (joined == null) return;
        isAttested = candidate.attested();
        listener.peersChanged();
    }

    private void blocking(Runnable work, Runnable then) {
        background.execute(() -> {
            try {
                work.run();
                loop.execute(then);
            } catch (RuntimeException | Error e) {
                loop.execute(() -> listener.broke(e));
            }
        });
    }
}
