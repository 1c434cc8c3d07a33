package dev.hubswarm.p2pengine.testing;

import dev.hubswarm.base.Loop;
import dev.hubswarm.base.UserError;
import dev.hubswarm.p2pengine.store.PieceHashes;
import dev.hubswarm.p2pengine.store.PieceSpace;
import dev.hubswarm.p2pengine.store.PieceStore;
import dev.hubswarm.protocol.metainfo.Digests;
import dev.hubswarm.protocol.metainfo.Hash;
import dev.hubswarm.protocol.metainfo.PieceGeometry;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;

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
    /** Pieces whose blocks are compared. */
    private final BitSet compared = new BitSet();

    private final Map<Long, Sender> blockSenders = new HashMap<>();
    private final BitSet doubted = new BitSet();
    private boolean hasHashes;
    /** Pieces are nodes of a tree above their blocks (BEP 52). */
    public boolean hasTree;

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
        compared.clear(piece);
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
            blockSenders.put(next, from);
            if (compared.get(piece)) loop.execute(() -> settle(piece));
            senders.computeIfAbsent(piece, opened -> new LinkedHashSet<>()).add(from);
            if (from.isHub()) listener.onDiskFromHub(next, next + length);
            next += length;
            if (here.cardinality() == geometry.blockCount(piece)) loop.execute(() -> whole(piece));
        }
    }

    private boolean isRight(long at, int length) {
        int from = (int) at;
        return Arrays.equals(bytes, from, from + length, right, from, from + length);
    }

    private void settle(int piece) {
        BitSet here = open.get(piece);
        if (here == null || !compared.get(piece)) return;
        BitSet wrongOnes = new BitSet();
        Set<Sender> liars = new LinkedHashSet<>();
        for (int block = here.nextSetBit(0); block >= 0; block = here.nextSetBit(block + 1)) {
            long at = geometry.offsetOf(piece) + (long) block * BLOCK;
            if (isRight(at, geometry.blockLength(piece, block))) continue;
            wrongOnes.set(block);
            liars.add(Objects.requireNonNull(blockSenders.get(at)));
        }
        here.andNot(wrongOnes);
        doubted.clear(piece);
        if (!wrongOnes.isEmpty()) listener.wrongBlocks(piece, wrongOnes, liars);
    }

    @Override
    public boolean wantsLeaves(int piece) {
        return hasTree && hasHashes && open.containsKey(piece) && !compared.get(piece);
    }

    @Override
    public boolean compare(int piece, byte[] leaves) {
        byte[] expected = leaves(piece);
        if (!Arrays.equals(leaves, 0, expected.length, expected, 0, expected.length)) return false;
        compared.set(piece);
        loop.execute(() -> settle(piece));
        return true;
    }

    @Override
    public void giveUp(int piece) {
        if (!doubted.get(piece)) return;
        doubted.clear(piece);
        loop.execute(() -> end(piece));
    }

    @Override
    public void leaves(int piece, Consumer<byte[]> into) {
        into.accept(leaves(piece));
    }

    private byte[] leaves(int piece) {
        ByteBuffer leaves = ByteBuffer.allocate(geometry.blockCount(piece) * Hash.SHA256_LENGTH);
        for (int block = 0; block < geometry.blockCount(piece); block++) {
            int at = (int) geometry.offsetOf(piece) + block * BLOCK;
            leaves.put(Digests.sha256().digest(Arrays.copyOfRange(right, at, at + geometry.blockLength(piece, block))));
        }
        return leaves.array();
    }

    private void whole(int piece) {
        BitSet here = open.get(piece);
        if (here == null || here.cardinality() < geometry.blockCount(piece) || doubted.get(piece)) return;
        boolean isWrong = !isRight(geometry.offsetOf(piece), geometry.lengthOf(piece));
        if (isWrong
                && wantsLeaves(piece)
                && senders.getOrDefault(piece, Set.of()).size() > 1) {
            doubted.set(piece);
            listener.doubted(piece);
        } else {
            end(piece);
        }
    }

    private void end(int piece) {
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
