package dev.hubswarm.p2pengine.store;

import java.util.ArrayList;
import java.util.List;

/**
 * How much may be under way in a process: bytes that were asked for and are not on the disk yet. Thread-safe: one
 * monitor guards it and its shares.
 *
 * <p>Once it said no it stays shut until a quarter is free and what was refused fits, so that nobody asks again with
 * each write. While somebody waits, nobody else gets more than an equal part.
 */
public final class MemoryBudget {
    /**
     * Enough to keep a fast network busy. Of a small machine's a quarter: all direct memory together is as much as the
     * heap may be, and others need some, too.
     */
    public static final long USUAL = Math.min(64 << 20, Runtime.getRuntime().maxMemory() / 4);

    private enum Wish {
        NONE,
        REFUSED,
        /** Told that there is room again, and did not ask since. */
        CALLED
    }

    private final long least;
    private final List<Share> shares = new ArrayList<>();
    private long used;
    private boolean shut;
    /** The most that somebody asked for while it was shut. */
    private long refused;
    /** Since somebody was called. */
    private long released;

    /** @param least it is more where two pieces are more */
    public MemoryBudget(long least) {
        this.least = least;
    }

    /** @param roomAgain run on any thread, after a promise was refused */
    Share join(int pieceLength, Runnable roomAgain) {
        Share share = new Share(pieceLength, roomAgain);
        synchronized (shares) {
            shares.add(share);
        }
        return share;
    }

    long used() {
        synchronized (shares) {
            return used;
        }
    }

    private long limit() {
        long limit = least;
        for (Share share : shares) limit = Math.max(limit, 2L * share.pieceLength);
        return limit;
    }

    private int wanting() {
        int wanting = 0;
        for (Share share : shares) if (share.promised > 0 || share.wish != Wish.NONE) wanting++;
        return wanting;
    }

    private void calls(List<Runnable> calls) {
        long limit = limit();
        boolean opens = shut && used <= Math.min(limit - limit / 4, limit - refused);
        boolean lateComersLose = !shut && (released >= limit || used == 0);
        if (!opens && !lateComersLose) return;
        shut = false;
        refused = 0;
        released = 0;
        for (Share share : shares) {
            if (share.wish == Wish.REFUSED) calls.add(share.roomAgain);
            // Who was called long ago and did not come wants nothing any more.
            share.wish = share.wish == Wish.REFUSED ? Wish.CALLED : Wish.NONE;
        }
    }

    /** One transfer's part of it. Thread-safe. */
    final class Share implements AutoCloseable {
        private final int pieceLength;
        private final Runnable roomAgain;
        private long promised;
        private Wish wish = Wish.NONE;

        private Share(int pieceLength, Runnable roomAgain) {
            this.pieceLength = pieceLength;
            this.roomAgain = roomAgain;
        }

        boolean promise(int bytes) {
            synchronized (shares) {
                boolean full = shut || used + bytes > limit();
                if (full || !isFair(bytes)) {
                    wish = Wish.REFUSED;
                    shut = full;
                    if (full) refused = Math.max(refused, bytes);
                    return false;
                }
                wish = Wish.NONE;
                promised += bytes;
                used += bytes;
                return true;
            }
        }

        private boolean isFair(int bytes) {
            boolean othersWait = false;
            for (Share other : shares) othersWait |= other != this && other.wish != Wish.NONE;
            return !othersWait || promised + bytes <= Math.max(pieceLength, limit() / Math.max(1, wanting()));
        }

        /** Whether somebody waits for what this has beyond an equal part. */
        boolean hasTooMuch() {
            synchronized (shares) {
                return !isFair(0);
            }
        }

        void release(long bytes) {
            List<Runnable> calls = new ArrayList<>(0);
            synchronized (shares) {
                promised -= bytes;
                used -= bytes;
                released += bytes;
                calls(calls);
            }
            calls.forEach(Runnable::run);
        }

        long promised() {
            synchronized (shares) {
                return promised;
            }
        }

        @Override
        public void close() {
            List<Runnable> calls = new ArrayList<>(0);
            synchronized (shares) {
                shares.remove(this);
                // It may have been the one that asked for so much.
                refused = 0;
                used -= promised;
                promised = 0;
                calls(calls);
            }
            calls.forEach(Runnable::run);
        }
    }
}
