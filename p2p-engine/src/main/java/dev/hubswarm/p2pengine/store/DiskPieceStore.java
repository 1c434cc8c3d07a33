package dev.hubswarm.p2pengine.store;

import dev.hubswarm.base.Loop;
import dev.hubswarm.base.UserError;
import dev.hubswarm.base.UserError.Kind;
import dev.hubswarm.protocol.metainfo.Digests;
import dev.hubswarm.protocol.metainfo.MerkleTree;
import dev.hubswarm.protocol.metainfo.PieceGeometry;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Pieces in files. Confined to the transfer's loop.
 *
 * <p>A block is copied once, into a segment. A full segment is hashed and written by one task, while its bytes are in
 * that core's cache, and its memory is free again; the piece may turn out to be wrong, but nothing is claimed of it
 * before. Where the hash wants the piece in order (v1), a segment that comes early is written, and read back when its
 * turn comes. So no piece is ever held in memory, however long it is.
 */
public final class DiskPieceStore implements PieceStore {
    private static final byte[] NOTHING = {};
    /** What a piece that comes in order has in memory: a segment that fills, and one that is being written. */
    private static final int IN_ORDER = 2 * SegmentPool.LENGTH;

    private final Loop loop;
    private final PieceSpace space;
    private final PieceGeometry geometry;
    private final PieceHashes.Kind kind;
    private final PieceFiles files;
    private final SegmentPool segments;
    private final Listener listener;
    private final DiskTasks tasks;
    private final MemoryBudget.Share memory;
    private final MemoryBudget.Share memoryInOrder;
    private final PieceReader reader;

    private @Nullable PieceHashes hashes;
    private final BitSet received;
    private final BitSet verified = new BitSet();
    private final Map<Integer, ArrivingPiece> open = new HashMap<>();
    /** Of received pieces that are not verified. */
    private final Map<Integer, Found> found = new HashMap<>();
    /** Received pieces of which every byte came from the Hub. */
    private final BitSet fromHub = new BitSet();
    /** Received pieces that are to be read and hashed. */
    private final BitSet toCheck = new BitSet();
    /** Received pieces that some task is reading and hashing. */
    private final BitSet checking = new BitSet();
    /** Missing pieces where nobody may write yet. */
    private final BitSet busy = new BitSet();
    /** Claims are made and taken back in this order. */
    private final Lane claims = new Lane();

    private final BlameBook blame = new BlameBook();
    private int checks;
    private int lastCheck;
    private boolean closed;
    private volatile boolean stopped;

    /**
     * What came for a piece that cannot be compared yet.
     *
     * @param senders of the whole piece; none if it was there before
     * @param blocks who sent which; empty where one sent all
     */
    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    private record Found(
            byte[] hash, Set<Sender> senders, @Nullable Sender[] blocks) {
        private static final @Nullable Sender[] NOBODY = {};

        static Found there(byte[] hash) {
            return new Found(hash, Set.of(), NOBODY);
        }

        Found hashed(byte[] now) {
            return new Found(now, senders, blocks);
        }

        static Found sent(byte[] hash, ArrivingPiece piece) {
            Set<Sender> senders = piece.allSenders();
            return new Found(hash, Set.copyOf(senders), senders.size() > 1 ? piece.senders() : NOBODY);
        }
    }

    /** @param hashes null if none are known; only those of v2 may be then. Nothing is hashed before */
    public DiskPieceStore(
            Loop loop,
            PieceSpace space,
            @Nullable PieceHashes hashes,
            PieceFiles files,
            StoreResources resources,
            Listener listener) {
        this.loop = loop;
        this.space = space;
        this.geometry = space.geometry();
        this.hashes = hashes;
        this.kind = hashes == null ? PieceHashes.Kind.V2 : hashes.kind();
        this.files = files;
        this.segments = resources.segments();
        this.listener = listener;
        this.tasks = new DiskTasks(loop, resources.disk());
        this.memory = resources.arriving().join(geometry.pieceLength(), () -> loop.execute(this::roomAgain));
        this.memoryInOrder = resources.arrivingInOrder().join(IN_ORDER, () -> loop.execute(this::roomAgain));
        this.reader = new PieceReader(loop, geometry, verified, files, tasks, resources, this::unreadable);
        BitSet held = files.held();
        this.received = space.paddingPieces();
        if (hashes != null) toCheck.or(received);
        received.or(held);
        for (int piece = received.nextSetBit(0); piece >= 0; piece = received.nextSetBit(piece + 1)) {
            fromHub.set(piece, files.isFromHub(piece));
        }
        if (files.isTrusted()) verified.or(held);
        else if (hashes != null) toCheck.or(held);
        toCheck.andNot(verified);
        BitSet there = (BitSet) fromHub.clone();
        loop.execute(() -> begin(there));
    }

    private void begin(BitSet there) {
        if (stopped) return;
        there.stream()
                .mapToLong(geometry::offsetOf)
                .forEach(from -> listener.onDiskFromHub(from, from + geometry.lengthOf(geometry.pieceAt(from))));
        check();
    }

    @Override
    public BitSet received() {
        return received;
    }

    @Override
    public BitSet verified() {
        return verified;
    }

    private void roomAgain() {
        if (!stopped) listener.roomAgain();
    }

    @Override
    public boolean open(int piece) {
        return open(piece, memory, Integer.MAX_VALUE);
    }

    @Override
    public boolean openInOrder(int piece) {
        return open(piece, memoryInOrder, IN_ORDER);
    }

    private boolean open(int piece, MemoryBudget.Share from, int most) {
        loop.assertInside();
        if (received.get(piece)) throw new IllegalStateException("piece " + piece + " is there");
        if (stopped || busy.get(piece) || open.containsKey(piece)) return false;
        int bytes = Math.min(most, ArrivingPiece.memory(geometry.lengthOf(piece)));
        if (!from.promise(bytes)) return false;
        PieceHasher hasher = hashes == null ? PieceHasher.idle() : PieceHasher.of(kind, space, piece);
        ArrivingPiece opened = new ArrivingPiece(piece, space, hasher, segments, from, bytes);
        open.put(piece, opened);
        for (int i = 0; i < opened.segmentCount(); i++) if (opened.isFull(i)) full(opened, i);
        return true;
    }

    @Override
    public void add(long at, ByteBuffer blocks, Sender from) {
        loop.assertInside();
        if (stopped) return;
        try {
            for (long next = at; blocks.hasRemaining(); ) {
                ArrivingPiece piece = openAt(next);
                copy(piece, (int) (next - piece.begin), blocks, from);
                next = piece.begin + piece.length;
            }
        } catch (OutOfMemoryError e) {
            noMemory(e);
        }
    }

    @Override
    public void add(long at, ByteBuffer blocks, Sender from, Writer writer) {
        loop.assertInside();
        if (stopped) return;
        try {
            for (long next = at; blocks.hasRemaining(); ) {
                ArrivingPiece piece = openAt(next);
                int offset = (int) (next - piece.begin);
                int segment = ArrivingPiece.segmentAt(offset);
                int border = piece.offsetOf(segment) + piece.lengthOf(segment);
                int length = Math.min(border - offset, blocks.remaining());
                ByteBuffer bytes = blocks.slice(blocks.position(), length);
                blocks.position(blocks.position() + length);
                if (!piece.hasher.isInOrder() && piece.mayTake(segment, offset, offset + length)) {
                    piece.take(segment, from);
                    full(piece, segment, bytes, () -> {}, writer);
                } else {
                    copy(piece, offset, bytes, from);
                }
                next += length;
            }
        } catch (OutOfMemoryError e) {
            noMemory(e);
        }
    }

    private ArrivingPiece openAt(long at) {
        ArrivingPiece piece = open.get(geometry.pieceAt(at));
        if (piece == null || piece.forgotten) throw new IllegalStateException("no open piece at " + at);
        return piece;
    }

    private void copy(ArrivingPiece piece, int offset, ByteBuffer blocks, Sender from) {
        piece.add(offset, blocks, from, segment -> full(piece, segment));
        if (piece.isToSample(from)) sample(piece);
    }

    /** So that of somebody who sends nothing else one block tells that he lies, and not the first segment. */
    private void sample(ArrivingPiece piece) {
        for (ArrivingPiece.Probe sample : piece.samples()) {
            tasks.run(
                    null,
                    () -> Digests.sha256().digest(sample.bytes()),
                    hash -> sampled(piece, sample, hash),
                    this::fail);
        }
    }

    private void sampled(ArrivingPiece piece, ArrivingPiece.Probe sample, byte[] hash) {
        boolean isOpen = !stopped && open.get(piece.piece) == piece && !piece.forgotten;
        if (!isOpen || !piece.isStill(sample) || piece.isRight(sample.block(), hash)) return;
        BitSet wrong = new BitSet();
        wrong.set(sample.block());
        fetchAgain(piece, wrong);
    }

    private void noMemory(OutOfMemoryError cause) {
        fail(new UserError(
                Kind.FAILED,
                "There is no memory left for what is being downloaded.",
                "Give Java more, with -XX:MaxDirectMemorySize.",
                cause));
    }

    private void full(ArrivingPiece piece, int segment) {
        ByteBuffer bytes = piece.takeOut(segment);
        full(piece, segment, bytes, () -> segments.give(bytes), null);
    }

    /**
     * @param giveBack what follows once the bytes are written
     * @param writer null for the disk threads
     */
    private void full(ArrivingPiece piece, int segment, ByteBuffer bytes, Runnable giveBack, @Nullable Writer writer) {
        boolean isHubs = piece.isFromHub(segment);
        boolean inOrder = piece.hasher.isInOrder();
        boolean hashed = !inOrder || segment == piece.nextToHash;
        if (hashed) piece.nextToHash++;
        BitSet fresh = piece.takeNew(segment);
        DiskTasks.Work<byte[]> work = () -> {
            try {
                return take(piece, segment, bytes, fresh, hashed);
            } finally {
                giveBack.run();
            }
        };
        Runnable end = () -> {
            if (!stopped) {
                piece.onDisk(segment);
                long from = piece.begin + piece.offsetOf(segment);
                if (isHubs && !piece.forgotten) listener.onDiskFromHub(from, from + piece.lengthOf(segment));
            }
            if (hashed) piece.hashed(segment);
            else piece.written.set(segment);
        };
        if (writer == null) run(piece, inOrder && hashed, work, end);
        else tasks.runBy(writer, work, begun(piece, end), this::fail);
    }

    /** Runs a task of a piece; the end comes first, then whatever follows from the hash, if that is known now. */
    private void run(ArrivingPiece piece, boolean inOrder, DiskTasks.Work<byte[]> work, Runnable end) {
        tasks.run(inOrder ? piece.lane : null, work, begun(piece, end), this::fail);
    }

    private Consumer<byte[]> begun(ArrivingPiece piece, Runnable end) {
        piece.tasks++;
        return hash -> {
            end.run();
            piece.tasks--;
            if (stopped) return;
            if (piece.forgotten) endForgotten(piece);
            else if (piece.isCompared()) settle(piece);
            else if (hash.length > 0) whole(piece, hash);
            else readBack(piece);
        };
    }

    /** Writes those blocks of a segment that are new, and hashes them. */
    private byte[] take(ArrivingPiece piece, int segment, ByteBuffer bytes, BitSet fresh, boolean isHashed)
            throws UserError {
        for (int block = fresh.nextSetBit(0); block >= 0; ) {
            int end = fresh.nextClearBit(block);
            int from = block * PieceGeometry.BLOCK_LENGTH;
            int to = Math.min(end * PieceGeometry.BLOCK_LENGTH, piece.lengthOf(segment));
            ByteBuffer stretch = bytes.slice(from, to - from);
            write(piece, piece.offsetOf(segment) + from, stretch);
            if (isHashed) piece.hasher.add(piece.offsetOf(segment) + from, stretch);
            block = fresh.nextSetBit(end);
        }
        return isHashed ? end(piece) : NOTHING;
    }

    private void write(ArrivingPiece piece, int offset, ByteBuffer bytes) throws UserError {
        if (stopped) return;
        if (piece.hasPadding) space.clearPadding(piece.begin + offset, bytes);
        files.write(bytes.duplicate(), piece.begin + offset);
    }

    /** The piece's hash, if this was the last segment. */
    private static byte[] end(ArrivingPiece piece) {
        return piece.unhashed.decrementAndGet() == 0 ? piece.hasher.end() : NOTHING;
    }

    /** Hashes segments that came before their turn. */
    private void readBack(ArrivingPiece piece) {
        for (; piece.written.get(piece.nextToHash); piece.nextToHash++) {
            int segment = piece.nextToHash;
            DiskTasks.Work<byte[]> work = () -> {
                ByteBuffer bytes = segments.take(piece.lengthOf(segment));
                try {
                    if (!stopped) files.read(bytes, piece.begin + piece.offsetOf(segment));
                    piece.hasher.add(piece.offsetOf(segment), bytes.rewind());
                    return end(piece);
                } finally {
                    segments.give(bytes);
                }
            };
            run(piece, true, work, () -> {});
        }
    }

    private void whole(ArrivingPiece opened, byte[] hash) {
        int piece = opened.piece;
        Set<Sender> senders = opened.allSenders();
        boolean isHubs = senders.stream().allMatch(Sender::isHub);
        PieceHashes known = hashes;
        boolean isKnown = known != null && known.knows(piece);
        boolean isHashed = hash != PieceHasher.UNHASHED;
        boolean isRight = known != null && isKnown && isHashed && known.matches(piece, hash);
        boolean isWrong = isKnown && isHashed && !isRight && !isHubs;
        if (isWrong && senders.size() > 1 && wantsLeaves(opened)) {
            opened.isInDoubt = true;
            listener.doubted(piece);
            return;
        }
        open.remove(piece);
        fromHub.set(piece, isHubs);
        if (isWrong) {
            wrong(piece, senders, opened.senders());
            return;
        }
        if (isRight) {
            received.set(piece);
            if (blame.remembers(piece)) nameLiars(piece);
            verify(piece);
            return;
        }
        received.set(piece);
        found.put(piece, Found.sent(hash, opened));
        if (fromHub.get(piece)) claim(piece);
        if (!isKnown) {
            listener.received(piece);
        } else if (isHashed) {
            listener.differs(piece);
        } else {
            // The hashes came while it did.
            toCheck.set(piece);
            lastCheck = 0;
            check();
        }
    }

    @Override
    public boolean wantsLeaves(int piece) {
        ArrivingPiece opened = open.get(piece);
        return opened != null && !opened.forgotten && wantsLeaves(opened);
    }

    private boolean wantsLeaves(ArrivingPiece piece) {
        boolean isTree = piece.hasher.leaves().length > MerkleTree.NODE;
        return isTree && !piece.isCompared() && hashes != null && hashes.knows(piece.piece);
    }

    @Override
    public boolean compare(int piece, byte[] leaves) {
        loop.assertInside();
        ArrivingPiece opened = open.get(piece);
        if (opened == null || hashes == null || !wantsLeaves(piece)) return true;
        int length = opened.hasher.leaves().length;
        if (leaves.length < length) return false;
        byte[] ours = Arrays.copyOf(leaves, length);
        if (!hashes.matches(piece, PieceHasher.root(ours, space.treeLevel(piece)))) return false;
        opened.expect(ours);
        loop.execute(() -> {
            if (stopped || opened.forgotten) return;
            sample(opened);
            settle(opened);
        });
        return true;
    }

    /** Of a piece of which the hashes of blocks are known. */
    private void settle(ArrivingPiece opened) {
        if (open.get(opened.piece) != opened) return;
        BitSet wrong = opened.wrongBlocks();
        if (!wrong.isEmpty()) fetchAgain(opened, wrong);
        else if (opened.isHere() && opened.tasks == 0) whole(opened, opened.hasher.end());
    }

    private void fetchAgain(ArrivingPiece opened, BitSet wrong) {
        int piece = opened.piece;
        Set<Sender> liars = opened.newLiars(wrong);
        opened.addUnhashed(wrong, liars);
        if (opened.reopen(wrong)) {
            opened.isInDoubt = false;
            listener.wrongBlocks(piece, wrong, liars);
        } else {
            forgetOpen(opened);
            listener.wrong(piece);
            if (!liars.isEmpty()) listener.lied(piece, liars);
        }
    }

    @Override
    public void giveUp(int piece) {
        loop.assertInside();
        ArrivingPiece opened = open.get(piece);
        if (opened == null || !opened.isInDoubt || opened.forgotten) return;
        open.remove(piece);
        // Until it is read once more for the blame.
        busy.set(piece);
        loop.execute(() -> {
            if (!stopped) wrong(piece, opened.allSenders(), opened.senders());
        });
    }

    @Override
    public void leaves(int piece, Consumer<byte[]> into) {
        loop.assertInside();
        PieceHashes known = hashes;
        if (stopped) return;
        if (known == null || kind != PieceHashes.Kind.V2 || !verified.get(piece)) {
            into.accept(NOTHING);
            return;
        }
        tasks.run(
                null,
                () -> {
                    PieceHasher hasher = PieceHasher.of(kind, space, piece);
                    addFromDisk(hasher, piece);
                    return known.matches(piece, hasher.end()) ? hasher.leaves() : NOTHING;
                },
                leaves -> answer(into, leaves),
                unreadable -> answer(into, NOTHING));
    }

    private void answer(Consumer<byte[]> into, byte[] leaves) {
        if (!stopped) into.accept(leaves);
    }

    private void verify(int piece) {
        verified.set(piece);
        found.remove(piece);
        claim(piece);
        listener.verified(piece);
    }

    private void claim(int piece) {
        boolean hub = fromHub.get(piece);
        DiskTasks.Work<Boolean> work = () -> {
            files.claim(piece, hub);
            return true;
        };
        tasks.run(claims, work, done -> {}, this::fail);
    }

    private void wrong(int piece, Set<Sender> senders, @Nullable Sender[] blocks) {
        if (senders.size() <= 1) {
            listener.wrong(piece);
            if (!senders.isEmpty()) listener.lied(piece, senders);
            return;
        }
        busy.set(piece);
        tasks.run(
                null,
                () -> BlameBook.hashes(files, geometry, piece),
                hashes -> {
                    blame.wrong(piece, blocks, hashes);
                    endWrong(piece);
                },
                unreadable -> endWrong(piece));
    }

    private void endWrong(int piece) {
        busy.clear(piece);
        if (!stopped) listener.wrong(piece);
    }

    private void nameLiars(int piece) {
        // Before anybody can write there again.
        tasks.run(
                claims,
                () -> BlameBook.hashes(files, geometry, piece),
                blocks -> {
                    Set<Sender> liars = blame.right(piece, blocks);
                    if (!stopped && !liars.isEmpty()) listener.lied(piece, liars);
                },
                unreadable -> {});
    }

    @Override
    public void forget(int piece) {
        loop.assertInside();
        if (stopped) return;
        ArrivingPiece opened = open.get(piece);
        if (opened != null && !opened.forgotten) {
            forgetOpen(opened);
        } else if (received.get(piece)) {
            drop(piece, this::roomAgain);
        }
    }

    private void forgetOpen(ArrivingPiece opened) {
        opened.forgotten = true;
        opened.drop();
        if (opened.tasks == 0) open.remove(opened.piece);
    }

    private void endForgotten(ArrivingPiece piece) {
        if (piece.tasks > 0) return;
        open.remove(piece.piece);
        listener.roomAgain();
    }

    /** Nobody may write over a piece before its claim is taken back. */
    private void drop(int piece, Runnable then) {
        received.clear(piece);
        verified.clear(piece);
        found.remove(piece);
        fromHub.clear(piece);
        toCheck.clear(piece);
        checking.clear(piece);
        reader.forget(piece);
        busy.set(piece);
        DiskTasks.Work<Boolean> work = () -> {
            files.forget(piece);
            return true;
        };
        tasks.run(
                claims,
                work,
                done -> {
                    busy.clear(piece);
                    if (!stopped) then.run();
                },
                this::fail);
    }

    @Override
    public void attach(PieceHashes more) {
        loop.assertInside();
        if (more.kind() != kind) throw new IllegalArgumentException("hashes of another kind");
        PieceHashes before = hashes;
        hashes = more;
        BitSet concerned = (BitSet) received.clone();
        concerned.andNot(verified);
        concerned.andNot(checking);
        concerned.stream()
                .filter(piece -> !more.knows(piece) || (before != null && before.knows(piece)))
                .forEach(concerned::clear);
        loop.execute(() -> compare(concerned));
    }

    private void compare(BitSet pieces) {
        for (int piece = pieces.nextSetBit(0); piece >= 0; piece = pieces.nextSetBit(piece + 1)) {
            Found came = found.get(piece);
            if (stopped || !received.get(piece)) continue;
            if (came == null || came.hash == PieceHasher.UNHASHED) toCheck.set(piece);
            else compare(piece, came);
        }
        lastCheck = 0;
        check();
    }

    /** Reads pieces that lie on the disk already, a few at a time. */
    private void check() {
        // One thread is left for what comes in and goes out.
        while (!stopped && checks < Math.max(1, tasks.threads() - 1)) {
            int piece = toCheck.nextSetBit(lastCheck);
            if (piece < 0) return;
            lastCheck = piece;
            toCheck.clear(piece);
            checking.set(piece);
            checks++;
            tasks.run(
                    null,
                    () -> hashFromDisk(piece),
                    hash -> checked(piece, hash),
                    unreadable -> checked(piece, NOTHING));
        }
    }

    private byte[] hashFromDisk(int piece) throws UserError {
        PieceHasher hasher = PieceHasher.of(kind, space, piece);
        addFromDisk(hasher, piece);
        return hasher.end();
    }

    private void addFromDisk(PieceHasher hasher, int piece) throws UserError {
        ByteBuffer bytes = segments.take(Math.min(SegmentPool.LENGTH, geometry.lengthOf(piece)));
        try {
            for (int at = 0; at < geometry.lengthOf(piece) && !stopped; at += SegmentPool.LENGTH) {
                bytes.clear().limit(Math.min(SegmentPool.LENGTH, geometry.lengthOf(piece) - at));
                files.read(bytes, geometry.offsetOf(piece) + at);
                hasher.add(at, bytes.flip());
            }
        } finally {
            segments.give(bytes);
        }
    }

    private void checked(int piece, byte[] hash) {
        checks--;
        if (stopped) return;
        if (checking.get(piece)) {
            checking.clear(piece);
            Found came = found.get(piece);
            compare(piece, came == null ? Found.there(hash) : came.hashed(hash));
        }
        check();
    }

    @Override
    public void proven() {
        loop.assertInside();
        BitSet unknown = (BitSet) received.clone();
        unknown.andNot(verified);
        loop.execute(() -> unknown.stream().forEach(this::prove));
    }

    private void prove(int piece) {
        PieceHashes known = hashes;
        if (stopped || !received.get(piece) || (known != null && known.knows(piece))) return;
        toCheck.clear(piece);
        checking.clear(piece);
        verify(piece);
    }

    private void compare(int piece, Found came) {
        PieceHashes known = hashes;
        if (came.hash.length == 0) {
            drop(piece, () -> listener.wrong(piece));
        } else if (known == null || !known.knows(piece)) {
            // The hashes were taken back, for which it had to wait.
            found.put(piece, came);
            listener.received(piece);
        } else if (known.matches(piece, came.hash)) {
            verify(piece);
        } else if (fromHub.get(piece)) {
            found.put(piece, came);
            listener.differs(piece);
        } else if (space.isPadding(geometry.offsetOf(piece), geometry.lengthOf(piece))) {
            // Nobody could send anything else.
            fail(new UserError(
                    Kind.DAMAGED,
                    "The torrent contradicts itself: a piece of it that is padding has another hash.",
                    "Get the torrent from somebody else."));
        } else {
            drop(piece, () -> wrong(piece, came.senders, came.blocks));
        }
    }

    @Override
    public void read(long at, int length, Reader into) {
        loop.assertInside();
        if (!verified.get(geometry.pieceAt(at))) throw new IllegalStateException("not verified: byte " + at);
        reader.read(at, length, into);
    }

    private void unreadable(int piece, UserError failure) {
        if (stopped || !verified.get(piece)) return;
        // A disk may lose a piece; a file that is gone, or another one, is no place for any.
        if (failure.kind() == Kind.FAILED) drop(piece, () -> listener.wrong(piece));
        else fail(failure);
    }

    private void fail(UserError failure) {
        if (stopped) return;
        stop();
        loop.execute(() -> {
            if (!closed) listener.failed(failure);
        });
    }

    private void stop() {
        stopped = true;
        open.values().forEach(ArrivingPiece::drop);
        open.clear();
        memory.close();
        memoryInOrder.close();
    }

    @Override
    public void close(Runnable ended) {
        loop.assertInside();
        closed = true;
        if (!stopped) stop();
        reader.close();
        tasks.whenIdle(ended);
    }
}
