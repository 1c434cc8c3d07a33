package dev.hubswarm.hub.download;

import java.util.concurrent.TimeUnit;

/** Spreads bytes over time. Thread-safe. */
public final class SpeedLimit {
    private static final long BURST_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final long bytesPerSecond;
    private long freeNanos;

    /** @param bytesPerSecond 0 for no limit */
    public SpeedLimit(long bytesPerSecond, long nowNanos) {
        this.bytesPerSecond = bytesPerSecond;
        this.freeNanos = nowNanos;
    }

    /** Counts bytes that came; returns how long to wait before more are read. */
    public synchronized long pauseNanos(long bytes, long nowNanos) {
        if (bytesPerSecond == 0) return 0;
        // What was not used before is lost, but for a little.
        freeNanos = Math.max(freeNanos, nowNanos - BURST_NANOS) + (long) (bytes * 1e9 / bytesPerSecond);
        return Math.max(0, freeNanos - nowNanos);
    }
}
