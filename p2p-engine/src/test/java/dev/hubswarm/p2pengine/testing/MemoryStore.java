package dev.hubswarm.p2pengine.testing;

import dev.hubswarm.base.Loop;
import dev.hubswarm.base.UserError;
import dev.hubswarm.p2pengine.store.PieceHashes;
import dev.hubswarm.p2pengine.store.PieceSpace;
import dev.hubswarm.p2pengine.store.PieceStore;
import dev.hubswarm.protocol.metainfo.PieceGeometry;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/** Keeps pieces in memory, and knows what is right. Confined to its test's loop. */
public final class MemoryStore implements PieceStore {
    private static final int BLOCK = PieceGeometry.BLOCK_LENGTH;

    private final Loop loop;
    private final PieceSpace space;
    private final PieceGeometry geometry;
    private final byte[] right;
    private final Listener listener;
    private byte[] bytes;
    private final BitSet received = new BitSet();
    private final BitSet verified = new BitSet();
    private final Map<Integer, BitSet> open = new HashMap<>();
    private final Map<Integer, Set<Sender>> senders = new HashMap<>();
    private boolean hasHashes;
    public int room = Integer.MAX_VALUE;
    /** How many pieces came wrong. */
    public int wrong;

    public MemoryStore(Loop loop, PieceGeometry geometry, byte[] right, boolean hasHashes, Listener listener) {
        this(loop, PieceSpace.of(geometry), right, hasHashes, listener);
    }

    public MemoryStore(Loop loop, PieceSpace space, byte[] right, boolean hasHashes, Listener listener) {
        this.loop = loop;
        this.space = space;
        geometry = space.geometry();
        this.right = right;
        this.hasHashes = hasHashes;
        this.listener = listener;
        bytes = new byte[right.length];
    }

    /** Has all, and shares the bytes with whoever else has. */
    public MemoryStore whole() {
        bytes = right;
        received.set(0, geometry.pieceCount());
        verified.set(0, geometry.pieceCount());
        return this;
    }

    public MemoryStore with(int... pieces) {
        for (int piece : pieces) {
            int at = (int) geometry.offsetOf(piece);
            System.arraycopy(right, at, bytes, at, geometry.lengthOf(piece));
            received.set(piece);
            verified.set(piece);
        }
        return this;
    }

    public boolean isWhole() {
        return Arrays.equals(bytes, right);
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
        if (received.get(piece) || open.containsKey(piece)) throw new AssertionError("opened twice: " + piece);
        if (open.size() >= room) return false;
        open.put(piece, space.padding(piece));
        senders.remove(piece);
        return true;
    }

    @Override
    public void add(long at, ByteBuffer blocks, Sender from) {
        for (long next = at; blocks.hasRemaining(); ) {
            int piece = geometry.pieceAt(next);
            int block = (int) (next - geometry.offsetOf(piece)) / BLOCK;
            BitSet here = open.get(piece);
            if (here == null || here.get(block)) throw new AssertionError("not waited for: " + piece + "/" + block);
            // Where a file ends in it some send no padding.
            int length = Math.min(geometry.blockLength(piece, block), blocks.remaining());
            blocks.get(bytes, (int) next, length);
            here.set(block);
            senders.computeIfAbsent(piece, opened -> new LinkedHashSet<>()).add(from);
            if (from.isHub()) listener.onDiskFromHub(next, next + length);
            next += length;
            if (here.cardinality() == geometry.blockCount(piece)) loop.execute(() -> whole(piece));
        }
    }

    private void whole(int piece) {
        open.remove(piece);
        received.set(piece);
        if (hasHashes) check(piece);
        else listener.received(piece);
        listener.roomAgain();
    }

    private void check(int piece) {
        int from = (int) geometry.offsetOf(piece);
        int to = from + geometry.lengthOf(piece);
        if (Arrays.equals(bytes, from, to, right, from, to)) {
            verified.set(piece);
            listener.verified(piece);
            return;
        }
        received.clear(piece);
        wrong++;
        // Whoever hears that may open it again.
        Set<Sender> all = senders.getOrDefault(piece, Set.of());
        listener.wrong(piece);
        if (all.size() == 1) listener.lied(piece, all);
    }

    /** What lies on the disk was changed. */
    public void spoil(int piece) {
        bytes[(int) geometry.offsetOf(piece)]++;
        verified.clear(piece);
        check(piece);
    }

    /** As on a disk: it is gone at once, and that is told a little later. */
    public void lose(int piece) {
        forget(piece);
        loop.execute(() -> listener.wrong(piece));
    }

    @Override
    public void forget(int piece) {
        open.remove(piece);
        received.clear(piece);
        verified.clear(piece);
    }

    @Override
    public void attach(PieceHashes hashes) {
        hasHashes = true;
        BitSet unchecked = (BitSet) received.clone();
        unchecked.andNot(verified);
        loop.execute(() -> unchecked.stream().forEach(this::check));
    }

    @Override
    public void proven() {
        BitSet unchecked = (BitSet) received.clone();
        unchecked.andNot(verified);
        loop.execute(() -> unchecked.stream().forEach(piece -> {
            verified.set(piece);
            listener.verified(piece);
        }));
    }

    @Override
    public void read(long at, int length, Reader reader) {
        int piece = geometry.pieceAt(at);
        if (!verified.get(piece)) throw new AssertionError("read before it was verified: " + piece);
        reader.read(ByteBuffer.wrap(bytes, (int) at, length));
    }

    @Override
    public void close(Runnable ended) {
        loop.execute(ended);
    }

    public void fail(UserError failure) {
        listener.failed(failure);
    }
}
