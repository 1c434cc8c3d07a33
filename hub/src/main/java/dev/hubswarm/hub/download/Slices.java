package dev.hubswarm.hub.download;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which bytes of one file are still to be fetched, and by whom. Thread-safe: one monitor guards it and its slices.
 *
 * <p>Slices are given out from the front, so that the digest of the whole file can follow close behind. When nothing
 * is left, the end of a slice that is being fetched is taken away from it, so that all connections end together and
 * nobody waits for a slow one.
 */
final class Slices {
    /** A stretch that one worker fetches. Guarded by the monitor of its {@link Slices}. */
    static final class Slice {
        private final Slices owner;
        private long at;
        private long end;
        private final Failures failures;
        private long movedNanos;
        private boolean writing;

        private Slice(Slices owner, Failures failures, long from, long end, long nowNanos) {
            this.owner = owner;
            this.failures = failures;
            this.at = from;
            this.end = end;
            this.movedNanos = nowNanos;
        }

        long at() {
            synchronized (owner) {
                return at;
            }
        }

        long end() {
            synchronized (owner) {
                return end;
            }
        }

        /**
         * Returns how far to write. Until {@link #moved} nobody takes over what is being written: a late write would
         * put its bytes in place of others that are in the digest already.
         */
        long writing() {
            synchronized (owner) {
                writing = true;
                return end;
            }
        }

        /** Everything before {@code to} is there now; returns how far to go on. */
        long moved(long to, long nowNanos) {
            synchronized (owner) {
                at = Math.max(at, Math.min(to, end));
                failures.count = 0;
                movedNanos = nowNanos;
                writing = false;
                return end;
            }
        }

        /** Returns how often it failed since something came, in the hands of those from whom it was taken over, too. */
        int failed() {
            synchronized (owner) {
                return ++failures.count;
            }
        }
    }

    /** Of a slice and those that took over all of it. Guarded by the monitor of the {@link Slices}. */
    private static final class Failures {
        private int count;
    }

    private record Stretch(long from, long end) {}

    /** What a connection takes over from another must be worth a request. */
    private static final long LEAST_TAKEN = 1 << 20;

    private final long stuckNanos;
    private final Deque<Stretch> missing = new ArrayDeque<>();
    private final List<Slice> fetching = new ArrayList<>();
    private boolean cancelled;

    /** @param stuckNanos a slice that has not moved for so long is taken over as a whole */
    Slices(long stuckNanos) {
        this.stuckNanos = stuckNanos;
    }

    /** More to fetch; called in the order of the file. */
    synchronized void add(long from, long end) {
        Stretch last = missing.peekLast();
        if (last != null && last.end == from) from = missing.removeLast().from;
        if (from < end) missing.addLast(new Stretch(from, end));
    }

    /** How many bytes nobody fetches yet. */
    synchronized long left() {
        long left = 0;
        for (Stretch stretch : missing) left += stretch.end - stretch.from;
        return left;
    }

    /** Returns the next bytes to fetch, at most so many, or null if all are being fetched. */
    synchronized @Nullable Slice next(long length, long nowNanos) {
        Stretch first = missing.pollFirst();
        if (first == null) return null;
        long end = Math.min(first.end, first.from + length);
        if (end < first.end) missing.addFirst(new Stretch(end, first.end));
        return fetching(new Failures(), first.from, end, nowNanos);
    }

    /** Takes bytes from another worker that is stuck, or has much left; null if that would not help. */
    synchronized @Nullable Slice takeOver(long nowNanos) {
        Slice largest = null;
        for (Slice slice : fetching) {
            // Its worker tries again, and counts. Going from hand to hand it would fail for ever.
            if (slice.failures.count > 0) continue;
            boolean stuck = !slice.writing && nowNanos - slice.movedNanos >= stuckNanos;
            if (stuck && slice.at < slice.end) return cut(slice, slice.failures, slice.at, nowNanos);
            if (largest == null || slice.end - slice.at > largest.end - largest.at) largest = slice;
        }
        if (largest == null || largest.end - largest.at < 2 * LEAST_TAKEN) return null;
        return cut(largest, new Failures(), largest.at + (largest.end - largest.at) / 2, nowNanos);
    }

    private Slice cut(Slice slice, Failures failures, long where, long nowNanos) {
        long end = slice.end;
        slice.end = where;
        return fetching(failures, where, end, nowNanos);
    }

    private Slice fetching(Failures failures, long from, long end, long nowNanos) {
        Slice slice = new Slice(this, failures, from, end, nowNanos);
        fetching.add(slice);
        return slice;
    }

    /** The worker is done with its slice; what it did not fetch is to be fetched again. */
    synchronized void giveBack(Slice slice) {
        fetching.remove(slice);
        if (slice.at < slice.end) missing.addFirst(new Stretch(slice.at, slice.end));
    }

    /** Nothing more is wanted: all workers are told to stop where they are. */
    synchronized void cancel() {
        cancelled = true;
        missing.clear();
        for (Slice slice : fetching) slice.end = slice.at;
    }

    synchronized boolean isComplete() {
        return !cancelled && missing.isEmpty() && fetching.isEmpty();
    }
}
