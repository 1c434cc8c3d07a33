package dev.hubswarm.torrentcreator;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Tells the workers of one run what to do next, and lends them buffers. Thread-safe: one monitor guards everything.
 *
 * <p>A worker claims units (a long piece, or some short ones) front to back and reads its unit chunk by chunk. Where
 * whole-file digests are wanted, a chunk is then put aside with its buffer until all chunks before it were digested;
 * any worker does that, one at a time, and before anything else, since this chain is the longest.
 *
 * <p>Nobody can wait for ever: a chunk that others wait for is either being hashed, or put aside and taken by the
 * next worker that asks, or not yet read; then it belongs to the first unfinished unit, and that unit's worker may
 * take the last buffer, which nobody else may.
 */
final class ChunkSchedule {
    /** What a worker holds. Guarded by the schedule's monitor, but for its unit's end, which the worker reads too. */
    static final class Claim {
        private long at;
        private long end;
        private boolean hasUnit;

        long at() {
            return at;
        }

        long end() {
            return end;
        }
    }

    /** One thing to do. */
    sealed interface Step {
        /** Read at {@code claim.at()}, into this buffer, and hash pieces and trees. */
        record Read(ByteBuffer buffer) implements Step {}

        /** Add this chunk to the digests of whole files. */
        record Digest(Chunk chunk) implements Step {}

        /** Nothing is left to do. */
        record Stop() implements Step {}
    }

    private static final int PAGE = 4096;

    private final long spaceSize;
    private final long unitLength;
    private final int chunkLength;
    private final boolean digests;
    private int buffersLeft;

    private final Deque<ByteBuffer> freeBuffers = new ArrayDeque<>();
    private final Set<Claim> claims = new HashSet<>();
    private final TreeMap<Long, Chunk> aside = new TreeMap<>();
    private long nextUnit;
    private boolean digesting;
    private boolean stopped;
    private @Nullable Throwable failure;

    ChunkSchedule(long spaceSize, long unitLength, int chunkLength, int buffers, boolean digests) {
        this.spaceSize = spaceSize;
        this.unitLength = unitLength;
        this.chunkLength = chunkLength;
        this.buffersLeft = buffers;
        this.digests = digests;
    }

    /** Returns a worker's claim, or null if it comes too late to be of use. */
    synchronized @Nullable Claim enter() {
        if (stopped) return null;
        Claim claim = new Claim();
        claims.add(claim);
        return claim;
    }

    synchronized void leave(Claim claim) {
        claims.remove(claim);
        notifyAll();
    }

    /** Waits until there is something to do. */
    synchronized Step next(Claim mine) throws InterruptedException {
        while (!stopped) {
            Chunk chunk = digesting ? null : firstAside();
            if (chunk != null) {
                digesting = true;
                return new Step.Digest(chunk);
            }
            boolean more = mine.hasUnit || nextUnit < spaceSize;
            if (!more && aside.isEmpty() && (!digests || !othersRead(mine))) break;
            ByteBuffer buffer = more ? takeBuffer(mine) : null;
            if (buffer != null) {
                if (!mine.hasUnit) claimUnit(mine);
                return new Step.Read(buffer);
            }
            wait();
        }
        return new Step.Stop();
    }

    /** The worker has hashed its chunk up to {@code to}, which may be the end of its unit if nothing is behind it. */
    synchronized void hashed(Claim mine, Chunk chunk, long to) {
        mine.at = to;
        if (to >= mine.end) mine.hasUnit = false;
        if (digests) aside.put(chunk.from(), chunk);
        else freeBuffers.add(chunk.buffer());
        notifyAll();
    }

    synchronized void digested(Chunk chunk) {
        digesting = false;
        freeBuffers.add(chunk.buffer());
        notifyAll();
    }

    /** Makes all workers stop after their chunk. */
    synchronized void stop(@Nullable Throwable because) {
        stopped = true;
        if (failure == null) failure = because;
        notifyAll();
    }

    /** Waits until no worker is at work any more, and returns why they stopped early, if they did. */
    synchronized @Nullable Throwable awaitEnd() {
        boolean interrupted = false;
        while (!claims.isEmpty()) {
            try {
                wait();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        stopped = true;
        if (interrupted) Thread.currentThread().interrupt();
        return failure;
    }

    private void claimUnit(Claim mine) {
        mine.hasUnit = true;
        mine.at = nextUnit;
        mine.end = Math.min(nextUnit + unitLength, spaceSize);
        nextUnit = mine.end;
    }

    private @Nullable ByteBuffer takeBuffer(Claim mine) {
        boolean last = freeBuffers.size() + buffersLeft == 1;
        if (last && digests && !isFirst(mine)) return null;
        if (!freeBuffers.isEmpty()) return freeBuffers.pop().clear();
        if (buffersLeft == 0) return null;
        buffersLeft--;
        // The kernel copies to whole pages markedly faster.
        return ByteBuffer.allocateDirect(chunkLength + 2 * PAGE)
                .alignedSlice(PAGE)
                .slice(0, chunkLength);
    }

    private boolean isFirst(Claim mine) {
        long position = mine.hasUnit ? mine.at : nextUnit;
        return position == frontier();
    }

    /** The first chunk that was put aside, if everything before it was digested. */
    private @Nullable Chunk firstAside() {
        if (aside.isEmpty() || aside.firstKey() > frontier()) return null;
        return aside.pollFirstEntry().getValue();
    }

    /** Everything before this offset was read and hashed. */
    private long frontier() {
        long frontier = nextUnit;
        for (Claim claim : claims) {
            if (claim.hasUnit) frontier = Math.min(frontier, claim.at);
        }
        return frontier;
    }

    private boolean othersRead(Claim mine) {
        for (Claim claim : claims) {
            if (claim != mine && claim.hasUnit) return true;
        }
        return false;
    }
}
