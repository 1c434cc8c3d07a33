package dev.hubswarm.p2pengine.peer;

import java.util.function.BooleanSupplier;

/**
 * How many peers are sent something at the same moment. Confined to its turns; time is an argument.
 *
 * <p>Few, so that a piece is whole somewhere soon and can go on from there; as many as it takes to fill the line. That
 * cannot be known, so twice as many are tried now and then, or half as many, and kept if they do better, or as well.
 */
final class Streams {
    /** While one pauses the other goes on. */
    static final int LEAST = 2;

    static final int MOST = Slots.MOST;
    private static final double GAIN = 1.2;
    private static final double NO_LOSS = 0.95;
    private static final long PERIOD_NANOS = 500_000_000;
    private static final long REST_NANOS = 10_000_000_000L;

    private int count = LEAST;
    /** How many there were before the trial, and what was sent in its last period. */
    private int before;

    private double rateBefore;
    private boolean isUpNext = true;
    private long restUntil;
    private long began;
    private long bytes;

    Streams(long now) {
        began = restUntil = now;
    }

    int count() {
        return count;
    }

    /** @param isAnyWaiting whether more would be served if there were more turns */
    void sent(int length, BooleanSupplier isAnyWaiting, long now) {
        bytes += length;
        long took = now - began;
        if (took < PERIOD_NANOS) return;
        // Who had nothing to send learned nothing.
        if (took < 2 * PERIOD_NANOS) judge(bytes * 1e9 / took, isAnyWaiting, now);
        else giveUp(now);
        began = now;
        bytes = 0;
    }

    private void judge(double rate, BooleanSupplier isAnyWaiting, long now) {
        boolean isBetter = count > before ? rate >= GAIN * rateBefore : rate >= NO_LOSS * rateBefore;
        if (before > 0 && !isBetter) giveUp(now);
        before = 0;
        if (now - restUntil < 0) return;
        int tried = isUpNext ? Math.min(2 * count, MOST) : Math.max(count / 2, LEAST);
        if (tried == count || (isUpNext && !isAnyWaiting.getAsBoolean())) {
            isUpNext = !isUpNext;
            return;
        }
        before = count;
        rateBefore = rate;
        count = tried;
    }

    private void giveUp(long now) {
        if (before == 0) return;
        count = before;
        before = 0;
        isUpNext = !isUpNext;
        restUntil = now + REST_NANOS;
    }
}
