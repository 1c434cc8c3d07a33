package dev.hubswarm.p2pengine.store;

import dev.hubswarm.base.Loop;
import dev.hubswarm.protocol.metainfo.MerkleTree;
import dev.hubswarm.protocol.metainfo.PieceGeometry;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Keeps of each block whether it is right, and who sent it; no bytes, and no hashes but which of them are known.
 * Confined to its loop, where a check takes a turn and no time.
 */
public final class VirtualPieceStore implements PieceStore {
    private static final int BLOCK = PieceGeometry.BLOCK_LENGTH;
    /** Blocks are compared when those are all here that a disk is given at a time. */
    private static final int SEGMENT = SegmentPool.LENGTH / BLOCK;

    private final Loop loop;
    private final PieceGeometry geometry;
    private final VirtualContent content;
    private final Listener listener;
    private final BitSet received = new BitSet();
    private final BitSet verified = new BitSet();
    private final BitSet fromHub = new BitSet();
    private final BitSet spoilt = new BitSet();
    private final Map<Integer, Blocks> open = new HashMap<>();
    /** Of pieces that came before their hashes. */
    private final Map<Integer, Blocks> unchecked = new HashMap<>();

    /** Of pieces that were wrong: who sent which block wrong. */
    private final Map<Integer, Set<Sender>> suspects = new HashMap<>();

    private long budget;
    private @Nullable PieceHashes hashes;
    private int wrongPieces;
    private boolean isClosed;

    /** The blocks of an open piece; a row of each is all there is, since a lab has hundreds of thousands. */
    private static final class Blocks {
        final @Nullable Sender[] senders;
        final BitSet wrong = new BitSet();
        final Set<Sender> named = new LinkedHashSet<>();
        final Set<Sender> sampled = new LinkedHashSet<>();
        boolean isCompared;
        boolean isInDoubt;
        int here;

        Blocks(int count) {
            senders = new @Nullable Sender[count];
        }

        Set<Sender> all() {
            return distinct(Arrays.stream(senders));
        }

        boolean isSegmentHere(int block) {
            int from = block / SEGMENT * SEGMENT;
            int to = Math.min(from + SEGMENT, senders.length);
            return Arrays.stream(senders, from, to).allMatch(Objects::nonNull);
        }

        /** Those that are found out, and what else they sent of what is not. Each one's first block is looked at. */
        BitSet takeWrong() {
            BitSet found = new BitSet();
            for (int block = 0; block < senders.length; block++) {
                if (senders[block] == null) continue;
                boolean isLookedAt = isSegmentHere(block) || sampled.add(senders[block]);
                if (isLookedAt && wrong.get(block)) found.set(block);
            }
            Set<Sender> by = distinct(found.stream().mapToObj(block -> senders[block]));
            for (int block = 0; block < senders.length; block++) {
                if (senders[block] != null && by.contains(senders[block]) && !isSegmentHere(block)) found.set(block);
            }
            wrong.andNot(found);
            here -= found.cardinality();
            return found;
        }

        Set<Sender> liars() {
            return distinct(wrong.stream().mapToObj(block -> senders[block]));
        }

        /** In the order of blocks, so that a run is what it was the last time. */
        private static Set<Sender> distinct(Stream<@Nullable Sender> senders) {
            return senders.collect(Collectors.toCollection(LinkedHashSet::new));
        }
    }

    /** @param budget how many bytes open pieces may have together */
    public VirtualPieceStore(
            Loop loop,
            PieceGeometry geometry,
            VirtualContent content,
            @Nullable PieceHashes hashes,
            long budget,
            Listener listener) {
        this.loop = loop;
        this.geometry = geometry;
        this.content = content;
        this.hashes = hashes;
        this.budget = budget;
        this.listener = listener;
    }

    /** These need not be fetched. */
    public VirtualPieceStore having(BitSet pieces) {
        received.or(pieces);
        verified.or(pieces);
        return this;
    }

    @Override
    public BitSet received() {
        return received;
    }

    @Override
    public BitSet verified() {
        return verified;
    }

    @Override
    public boolean open(int piece) {
        if (received.get(piece)) throw new IllegalStateException("piece " + piece + " is here");
        int length = geometry.lengthOf(piece);
        if (isClosed || open.containsKey(piece) || length > budget) return false;
        budget -= length;
        open.put(piece, new Blocks(geometry.blockCount(piece)));
        return true;
    }

    @Override
    public void add(long at, ByteBuffer blocks, Sender from) {
        if (at % BLOCK != 0) throw new IllegalArgumentException("no block begins at " + at);
        for (long next = at; blocks.hasRemaining(); ) {
            int piece = geometry.pieceAt(next);
            int block = (int) ((next - geometry.offsetOf(piece)) / BLOCK);
            int length = geometry.blockLength(piece, block);
            add(piece, block, next, blocks.slice(blocks.position(), length), from);
            blocks.position(blocks.position() + length);
            next += length;
        }
    }

    private void add(int piece, int block, long at, ByteBuffer bytes, Sender from) {
        Blocks in = open.get(piece);
        if (in == null || in.senders[block] != null) {
            throw new IllegalStateException("nobody asked for block " + block + " of piece " + piece);
        }
        in.senders[block] = from;
        if (!content.isRight(at, bytes)) in.wrong.set(block);
        boolean isWhole = ++in.here == in.senders.length;
        boolean isLookedAt = in.isSegmentHere(block) || !in.sampled.contains(from);
        if (isWhole || (in.isCompared && isLookedAt)) loop.execute(() -> settle(piece, in));
    }

    private void settle(int piece, Blocks in) {
        if (isClosed || open.get(piece) != in) return;
        BitSet found = in.isCompared ? in.takeWrong() : new BitSet();
        if (!found.isEmpty()) {
            Set<Sender> liars = Blocks.distinct(found.stream().mapToObj(block -> in.senders[block]));
            liars.removeAll(in.named);
            in.named.addAll(liars);
            found.stream().forEach(block -> in.senders[block] = null);
            in.isInDoubt = false;
            listener.wrongBlocks(piece, found, liars);
        } else if (in.here == in.senders.length && !in.isInDoubt) {
            whole(piece, in);
        }
    }

    private void whole(int piece, Blocks blocks) {
        boolean isWrong = hashes != null && hashes.knows(piece) && !blocks.wrong.isEmpty();
        if (isWrong && blocks.all().size() > 1 && wantsLeaves(piece)) {
            blocks.isInDoubt = true;
            listener.doubted(piece);
            return;
        }
        open.remove(piece);
        budget += geometry.lengthOf(piece);
        Set<Sender> senders = blocks.all();
        fromHub.set(piece, senders.stream().allMatch(Sender::isHub));
        spoilt.set(piece, !blocks.wrong.isEmpty());
        boolean isKnown = hashes != null && hashes.knows(piece);
        if (isKnown && spoilt.get(piece) && !fromHub.get(piece)) {
            wrong(piece, blocks, senders);
        } else {
            received.set(piece);
            if (isKnown) {
                check(piece);
            } else {
                unchecked.put(piece, blocks);
                listener.received(piece);
            }
        }
        listener.roomAgain();
    }

    @Override
    public boolean wantsLeaves(int piece) {
        Blocks in = open.get(piece);
        boolean isTree = hashes != null && hashes.kind() == PieceHashes.Kind.V2 && hashes.knows(piece);
        return in != null && !in.isCompared && in.senders.length > 1 && isTree;
    }

    /** What stands for a hash says whether it is one of what is right. */
    @Override
    public boolean compare(int piece, byte[] leaves) {
        Blocks in = open.get(piece);
        if (in == null) return true;
        if (leaves.length < in.senders.length * MerkleTree.NODE) return false;
        for (int block = 0; block < in.senders.length; block++) if (leaves[block * MerkleTree.NODE] != 0) return false;
        in.isCompared = true;
        loop.execute(() -> settle(piece, in));
        return true;
    }

    @Override
    public void giveUp(int piece) {
        Blocks in = open.get(piece);
        if (in == null || !in.isInDoubt) return;
        loop.execute(() -> {
            if (isClosed || !open.remove(piece, in)) return;
            budget += geometry.lengthOf(piece);
            wrong(piece, in, in.all());
            listener.roomAgain();
        });
    }

    @Override
    public void leaves(int piece, Consumer<byte[]> into) {
        int blocks = verified.get(piece) ? geometry.blockCount(piece) : 0;
        byte[] leaves = new byte[blocks * MerkleTree.NODE];
        for (int block = 0; block < blocks; block++) {
            long at = geometry.offsetOf(piece) + (long) block * BLOCK;
            boolean isRight = content.isRight(at, content.read(at, geometry.blockLength(piece, block)));
            leaves[block * MerkleTree.NODE] = (byte) (isRight ? 0 : 1);
        }
        into.accept(leaves);
    }

    /** How often a piece was not what it should be. */
    public int wrongPieces() {
        return wrongPieces;
    }

    private void wrong(int piece, Blocks blocks, Set<Sender> senders) {
        wrongPieces++;
        listener.wrong(piece);
        if (senders.size() == 1) listener.lied(piece, senders);
        else suspects.computeIfAbsent(piece, none -> new LinkedHashSet<>()).addAll(blocks.liars());
    }

    private void check(int piece) {
        if (!spoilt.get(piece)) {
            verified.set(piece);
            listener.verified(piece);
            Set<Sender> liars = suspects.remove(piece);
            if (liars != null) listener.lied(piece, liars);
        } else if (fromHub.get(piece)) {
            listener.differs(piece);
        } else {
            Blocks came = unchecked.get(piece);
            forget(piece);
            if (came == null) listener.wrong(piece);
            else wrong(piece, came, came.all());
        }
        unchecked.remove(piece);
    }

    @Override
    public void forget(int piece) {
        if (open.remove(piece) != null) {
            budget += geometry.lengthOf(piece);
            loop.execute(this::tellOfRoom);
        }
        received.clear(piece);
        verified.clear(piece);
    }

    private void tellOfRoom() {
        if (!isClosed) listener.roomAgain();
    }

    @Override
    public void attach(PieceHashes more) {
        PieceHashes before = hashes;
        hashes = more;
        List<Integer> news = new ArrayList<>();
        received.stream()
                .filter(piece -> !verified.get(piece) && more.knows(piece))
                .filter(piece -> before == null || !before.knows(piece))
                .forEach(news::add);
        loop.execute(() -> {
            for (int piece : news) if (!isClosed && received.get(piece)) check(piece);
        });
    }

    @Override
    public void proven() {
        BitSet unknown = (BitSet) received.clone();
        unknown.andNot(verified);
        loop.execute(() -> unknown.stream().forEach(piece -> {
            verified.set(piece);
            listener.verified(piece);
        }));
    }

    @Override
    public void read(long at, int length, Reader reader) {
        if (!verified.get(geometry.pieceAt(at))) throw new IllegalStateException("not verified: byte " + at);
        reader.read(content.read(at, length));
    }

    @Override
    public void close(Runnable ended) {
        isClosed = true;
        open.clear();
        loop.execute(ended);
    }
}
