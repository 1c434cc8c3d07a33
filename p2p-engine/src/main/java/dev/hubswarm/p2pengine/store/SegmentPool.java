package dev.hubswarm.p2pengine.store;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Direct buffers for parts of pieces, used again and again. Thread-safe: one monitor guards it.
 *
 * <p>Direct, since Java would copy anything else once more on its way to a file; and lent, since the collector frees
 * direct memory late.
 */
public final class SegmentPool {
    /** Writes of 256 KiB cost a sixth of those of a block each; longer ones gain nothing, and leave a core's cache. */
    static final int LENGTH = 256 << 10;

    private static final int SHORTEST = 16 << 10;

    private final long kept;
    /** What was used last is used next, as it may be in a cache still. */
    private final List<Deque<ByteBuffer>> free = new ArrayList<>();

    private long freeBytes;
    private long lent;

    /** @param kept how many bytes of buffers that nobody uses are kept for the next */
    public SegmentPool(long kept) {
        this.kept = kept;
        for (int length = SHORTEST; length <= LENGTH; length *= 2) free.add(new ArrayDeque<>());
    }

    /** How many bytes of memory so many bytes take. */
    static int sizeFor(int length) {
        return Math.max(SHORTEST, Integer.highestOneBit(length - 1) << 1);
    }

    private static int index(int size) {
        return Integer.numberOfTrailingZeros(size / SHORTEST);
    }

    /** A buffer with whatever content, from 0 to its limit. */
    ByteBuffer take(int length) {
        if (length > LENGTH) throw new IllegalArgumentException("no segment has " + length + " bytes");
        int size = sizeFor(length);
        synchronized (free) {
            lent += size;
            ByteBuffer buffer = free.get(index(size)).poll();
            if (buffer != null) {
                freeBytes -= size;
                return buffer.clear().limit(length);
            }
        }
        return ByteBuffer.allocateDirect(size).limit(length);
    }

    void give(ByteBuffer buffer) {
        int size = buffer.capacity();
        synchronized (free) {
            lent -= size;
            if (freeBytes + size > kept) return;
            freeBytes += size;
            free.get(index(size)).push(buffer);
        }
    }

    /** Bytes of buffers that were taken and not given back. */
    long lent() {
        synchronized (free) {
            return lent;
        }
    }
}
