package dev.hubswarm.p2pengine.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.hubswarm.base.UserError;
import dev.hubswarm.base.UserError.Kind;
import dev.hubswarm.protocol.metainfo.PieceGeometry;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.BitSet;

/**
 * A disk that knows what it should hold in the end, and objects to a claim of anything else and to whoever writes over
 * a claim. It fails on demand. Thread-safe: one monitor guards everything but the wait for {@link #beforeEach}.
 */
public final class MemoryFiles implements PieceFiles {
    private final Sample sample;
    private final PieceGeometry geometry;
    private final byte[] bytes;
    private final BitSet held = new BitSet();
    private final BitSet fromHub = new BitSet();

    /** Run on the disk thread before it does anything. */
    volatile Runnable beforeEach = () -> {};

    volatile int writesLeft = Integer.MAX_VALUE;
    volatile int readsLeft = Integer.MAX_VALUE;
    public volatile boolean anythingGoes;
    volatile int claims;

    public MemoryFiles(Sample sample) {
        this.sample = sample;
        this.geometry = sample.geometry();
        this.bytes = new byte[sample.bytes().length];
    }

    /** As if an earlier download had left it. */
    public void hold(int piece, boolean hub) {
        int from = (int) geometry.offsetOf(piece);
        System.arraycopy(sample.bytes(), from, bytes, from, geometry.lengthOf(piece));
        held.set(piece);
        fromHub.set(piece, hub);
    }

    public synchronized void damage(long at) {
        bytes[(int) at] ^= 1;
    }

    @Override
    public synchronized BitSet held() {
        return (BitSet) held.clone();
    }

    @Override
    public boolean isTrusted() {
        return false;
    }

    @Override
    public void write(ByteBuffer data, long at) throws UserError {
        beforeEach.run();
        synchronized (this) {
            if (writesLeft-- <= 0) throw new UserError(Kind.NO_SPACE, "The disk is full.", "Free some.");
            assertFalse(held.get(geometry.pieceAt(at)), "written over a claim");
            data.get(bytes, (int) at, data.remaining());
        }
    }

    @Override
    public void read(ByteBuffer into, long at) throws UserError {
        beforeEach.run();
        synchronized (this) {
            if (readsLeft-- <= 0) throw new UserError(Kind.FAILED, "The disk is broken.", "Buy another.");
            into.put(bytes, (int) at, into.remaining());
        }
    }

    @Override
    public void claim(int piece, boolean hub) {
        beforeEach.run();
        synchronized (this) {
            int from = (int) geometry.offsetOf(piece);
            int to = from + geometry.lengthOf(piece);
            byte[] right = Arrays.copyOfRange(sample.bytes(), from, to);
            if (!anythingGoes) assertArrayEquals(right, Arrays.copyOfRange(bytes, from, to), "wrong bytes claimed");
            held.set(piece);
            fromHub.set(piece, hub);
            claims++;
        }
    }

    @Override
    public synchronized boolean isFromHub(int piece) {
        return fromHub.get(piece);
    }

    @Override
    public synchronized void forget(int piece) {
        held.clear(piece);
        fromHub.clear(piece);
    }
}
