package dev.hubswarm.p2pengine.store;

import dev.hubswarm.p2pengine.store.PieceStore.Sender;
import dev.hubswarm.protocol.metainfo.MerkleTree;
import dev.hubswarm.protocol.metainfo.PieceGeometry;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A piece from its first block to its hash: which blocks are there and who sent them, and memory for the segments that
 * are not full. Confined to the loop, but for {@link #hasher}, {@link #lane} and {@link #unhashed}, which belong to the
 * tasks that hash.
 */
final class ArrivingPiece {
    private static final int BLOCK = PieceGeometry.BLOCK_LENGTH;

    final int piece;
    final long begin;
    final int length;
    final boolean hasPadding;
    final PieceHasher hasher;
    final Lane lane = new Lane();
    /** Segments. */
    final AtomicInteger unhashed;

    /** Segments that were written before their turn to be hashed came. */
    final BitSet written = new BitSet();
    /** The first segment that was not given to the hasher, where it wants them in order. */
    int nextToHash;
    /** Tasks under way. */
    int tasks;

    boolean forgotten;

    /** It is wrong, and hashes of its blocks may tell which of them are. */
    boolean isInDoubt;

    /** Segments whose blocks are hashed and were not compared. */
    private final BitSet uncompared = new BitSet();
    /** What its blocks must hash to; null as long as that is not known. */
    private byte @Nullable [] leaves;
    /** Blocks that are fetched once more; the others of their segments are on the disk. */
    private final BitSet again = new BitSet();

    private final Set<Sender> liars = new LinkedHashSet<>();
    /** Of whom a block was looked at before its segment was full. */
    private final Set<Sender> sampled = new LinkedHashSet<>();

    private final SegmentPool pool;
    private final @Nullable ByteBuffer[] segments;
    private final int[] blocksMissing;
    private final @Nullable Sender[] senders;
    private final BitSet padding;

    private final MemoryBudget.Share memory;
    private final int most;
    /** Of memory, as long as it needs more than is promised. */
    private int promised;

    /** Bytes of segments that are not on the disk. */
    private int pending;

    /** @param promised of memory */
    ArrivingPiece(
            int piece,
            PieceSpace space,
            PieceHasher hasher,
            SegmentPool pool,
            MemoryBudget.Share memory,
            int promised) {
        PieceGeometry geometry = space.geometry();
        this.piece = piece;
        this.begin = geometry.offsetOf(piece);
        this.length = geometry.lengthOf(piece);
        this.hasher = hasher;
        this.pool = pool;
        this.memory = memory;
        this.promised = promised;
        this.most = promised;
        this.pending = memory(length);
        int count = (length + SegmentPool.LENGTH - 1) / SegmentPool.LENGTH;
        this.segments = new ByteBuffer[count];
        this.unhashed = new AtomicInteger(count);
        this.senders = new Sender[geometry.blockCount(piece)];
        this.blocksMissing = new int[count];
        for (int i = 0; i < count; i++) {
            blocksMissing[i] = (lengthOf(i) + BLOCK - 1) / BLOCK;
        }
        this.hasPadding = space.hasPadding(piece);
        this.padding = space.padding(piece);
        padding.stream().forEach(block -> blocksMissing[segmentOf(block)]--);
    }

    private static int segmentOf(int block) {
        return block / (SegmentPool.LENGTH / BLOCK);
    }

    /** The segment of a byte. */
    static int segmentAt(int offset) {
        return offset / SegmentPool.LENGTH;
    }

    /** How much memory a piece takes at most. */
    static int memory(int length) {
        int last = length % SegmentPool.LENGTH;
        return length - last + (last == 0 ? 0 : SegmentPool.sizeFor(last));
    }

    int segmentCount() {
        return segments.length;
    }

    int offsetOf(int segment) {
        return segment * SegmentPool.LENGTH;
    }

    int lengthOf(int segment) {
        return Math.min(SegmentPool.LENGTH, length - offsetOf(segment));
    }

    boolean isFull(int segment) {
        return blocksMissing[segment] == 0;
    }

    /** Copies as many blocks as are in the buffer, and says which segments are full now. */
    void add(int offset, ByteBuffer blocks, Sender from, IntConsumer full) {
        if (offset % BLOCK != 0) throw new IllegalArgumentException("no block begins at " + offset);
        for (int at = offset; blocks.hasRemaining() && at < length; ) {
            int block = at / BLOCK;
            int size = Math.min(BLOCK, length - at);
            int given = Math.min(size, blocks.remaining());
            if (senders[block] != null) throw new IllegalStateException("block " + block + " of " + piece + " again");
            if (padding.get(block)) {
                blocks.position(blocks.position() + given);
            } else {
                // Where a file ends in the block, some send its bytes alone, and some the padding, too.
                if (given < size && !hasPadding) throw new IllegalArgumentException("part of a block");
                int segment = segmentOf(block);
                segment(segment).put(at - offsetOf(segment), blocks, blocks.position(), given);
                blocks.position(blocks.position() + given);
                senders[block] = from;
                if (--blocksMissing[segment] == 0) full.accept(segment);
            }
            at += size;
        }
    }

    /** Whether a whole segment could be taken from a buffer that begins and ends with these bytes of the piece. */
    boolean mayTake(int segment, int from, int to) {
        boolean isInside = from <= offsetOf(segment) && offsetOf(segment) + lengthOf(segment) <= to;
        int blocks = (lengthOf(segment) + BLOCK - 1) / BLOCK;
        return isInside && blocksMissing[segment] == blocks;
    }

    /** All of an empty segment is there, in a buffer of somebody else's. */
    void take(int segment, Sender from) {
        int first = offsetOf(segment) / BLOCK;
        Arrays.fill(senders, first, first + blocksMissing[segment], from);
        blocksMissing[segment] = 0;
    }

    private ByteBuffer segment(int segment) {
        ByteBuffer buffer = segments[segment];
        if (buffer == null) segments[segment] = buffer = pool.take(lengthOf(segment));
        return buffer;
    }

    /** The bytes of a segment, which belong to the caller from then on. */
    ByteBuffer takeOut(int segment) {
        ByteBuffer buffer = segment(segment);
        segments[segment] = null;
        return buffer;
    }

    /**
     * What of a full segment is new, as stretches of blocks: all of it, or what was fetched once more. They are not any
     * more then.
     */
    BitSet takeNew(int segment) {
        int from = firstBlock(segment);
        int end = endBlock(segment);
        BitSet fresh = again.get(from, end);
        if (fresh.isEmpty()) fresh.set(0, end - from);
        again.clear(from, end);
        return fresh;
    }

    /** A segment is on the disk. */
    void onDisk(int segment) {
        ended(SegmentPool.sizeFor(lengthOf(segment)));
    }

    /** All of a segment was given to the hasher. */
    void hashed(int segment) {
        uncompared.set(segment);
    }

    /** Whether every block is here, or was. */
    boolean isHere() {
        for (int missing : blocksMissing) if (missing > 0) return false;
        return true;
    }

    /** From now on {@link #wrongBlocks} finds some. */
    void expect(byte[] hashes) {
        leaves = hashes;
    }

    boolean isCompared() {
        return leaves != null;
    }

    /** Blocks that were hashed since this was asked last, and are not what they must be. The Hub's are always right. */
    BitSet wrongBlocks() {
        BitSet wrong = new BitSet();
        byte[] right = leaves;
        if (right == null) return wrong;
        byte[] found = hasher.leaves();
        for (int segment = uncompared.nextSetBit(0); segment >= 0; segment = uncompared.nextSetBit(segment + 1)) {
            for (int block = firstBlock(segment); block < endBlock(segment); block++) {
                Sender sender = senders[block];
                int at = block * MerkleTree.NODE;
                // Behind the end of the file there is padding that no hash covers.
                if (sender == null || sender.isHub() || at >= found.length) continue;
                int to = at + MerkleTree.NODE;
                wrong.set(block, !Arrays.equals(found, at, to, right, at, to));
            }
        }
        uncompared.clear();
        return wrong;
    }

    /** A block that is in memory, and a copy of it. */
    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    record Probe(int block, Sender sender, byte[] bytes) {}

    boolean isToSample(Sender from) {
        return leaves != null && !from.isHub() && !sampled.contains(from);
    }

    /** A block of each who sent some that are in memory, and of whom none was looked at. */
    List<Probe> samples() {
        List<Probe> samples = new ArrayList<>();
        if (leaves == null) return samples;
        for (int segment = 0; segment < segments.length; segment++) {
            ByteBuffer buffer = segments[segment];
            if (buffer == null || isFull(segment)) continue;
            for (int block = firstBlock(segment); block < endBlock(segment); block++) {
                Sender sender = senders[block];
                int covered = Math.min(BLOCK, hasher.length() - block * BLOCK);
                if (sender == null || sender.isHub() || covered <= 0 || !isInMemory(block)) continue;
                if (!sampled.add(sender)) continue;
                byte[] copy = new byte[covered];
                buffer.get(block * BLOCK - offsetOf(segment), copy);
                samples.add(new Probe(block, sender, copy));
            }
        }
        return samples;
    }

    /** Whether it is as it was when it was looked at; if its segment is full now, it is being compared anyway. */
    boolean isStill(Probe sample) {
        boolean isOfSame = senders[sample.block] == sample.sender;
        return isOfSame && !isFull(segmentOf(sample.block)) && isInMemory(sample.block);
    }

    boolean isRight(int block, byte[] hash) {
        byte[] right = leaves;
        int at = block * MerkleTree.NODE;
        return right == null || Arrays.equals(hash, 0, hash.length, right, at, at + MerkleTree.NODE);
    }

    /** Of a segment that is not full: where it was on the disk before, only what comes again is in memory. */
    private boolean isInMemory(int block) {
        return again.get(block) || !isAny(again, segmentOf(block));
    }

    /** Who sent these, and was not named before. */
    Set<Sender> newLiars(BitSet blocks) {
        Set<Sender> named = new LinkedHashSet<>();
        for (int block = blocks.nextSetBit(0); block >= 0; block = blocks.nextSetBit(block + 1)) {
            Sender sender = senders[block];
            if (sender != null && liars.add(sender)) named.add(sender);
        }
        return named;
    }

    /** Adds what else came from these and is not hashed yet. */
    void addUnhashed(BitSet blocks, Set<Sender> from) {
        for (int segment = 0; segment < segments.length; segment++) {
            if (isFull(segment)) continue;
            for (int block = firstBlock(segment); block < endBlock(segment); block++) {
                Sender sender = senders[block];
                if (sender != null && isInMemory(block) && from.contains(sender)) blocks.set(block);
            }
        }
    }

    /**
     * These blocks are to come once more.
     *
     * @return whether there is memory for them
     */
    boolean reopen(BitSet blocks) {
        int bytes = 0;
        for (int segment = 0; segment < segments.length; segment++) {
            if (isFull(segment) && isAny(blocks, segment)) bytes += SegmentPool.sizeFor(lengthOf(segment));
        }
        int more = Math.min(most, pending + bytes) - promised;
        if (more > 0 && !memory.promise(more)) return false;
        promised += Math.max(more, 0);
        pending += bytes;
        for (int segment = 0; segment < segments.length; segment++) {
            if (!isAny(blocks, segment)) continue;
            boolean isOnDisk = isFull(segment);
            if (isOnDisk) unhashed.incrementAndGet();
            for (int block = firstBlock(segment); block < endBlock(segment); block++) {
                if (!blocks.get(block)) continue;
                if (isOnDisk) again.set(block);
                senders[block] = null;
                blocksMissing[segment]++;
            }
        }
        return true;
    }

    private boolean isAny(BitSet blocks, int segment) {
        int next = blocks.nextSetBit(firstBlock(segment));
        return next >= 0 && next < endBlock(segment);
    }

    private int firstBlock(int segment) {
        return offsetOf(segment) / BLOCK;
    }

    private int endBlock(int segment) {
        return (offsetOf(segment) + lengthOf(segment) + BLOCK - 1) / BLOCK;
    }

    /** Lets go of memory that no task has. */
    void drop() {
        int bytes = 0;
        for (int i = 0; i < segments.length; i++) {
            ByteBuffer buffer = segments[i];
            if (buffer != null) pool.give(buffer);
            segments[i] = null;
            if (!isFull(i)) bytes += SegmentPool.sizeFor(lengthOf(i));
        }
        ended(bytes);
    }

    private void ended(int bytes) {
        pending -= bytes;
        int needed = Math.min(promised, pending);
        memory.release(promised - needed);
        promised = needed;
    }

    /** Per block; null for padding. */
    @Nullable
    Sender[] senders() {
        return senders;
    }

    /** Whether every byte of a full segment came from the Hub. */
    boolean isFromHub(int segment) {
        int end = (offsetOf(segment) + lengthOf(segment) + BLOCK - 1) / BLOCK;
        for (int block = offsetOf(segment) / BLOCK; block < end; block++) {
            Sender sender = senders[block];
            if (sender == null || !sender.isHub()) return false;
        }
        return true;
    }

    /** In the order of blocks, so that a run can be repeated. */
    Set<Sender> allSenders() {
        Set<Sender> all = new LinkedHashSet<>();
        for (@Nullable Sender sender : senders) if (sender != null) all.add(sender);
        return all;
    }
}
