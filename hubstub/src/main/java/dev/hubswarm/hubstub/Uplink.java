package dev.hubswarm.hubstub;

import java.util.concurrent.TimeUnit;

/** The one line out of the CDN, which all its connections share in turn. Thread-safe: one monitor. */
final class Uplink {
    /** Timers fire late; that much may be made up for. */
    private static final long CATCH_UP_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    private final long bytesPerSecond;
    private long freeAt;

    Uplink(long bytesPerSecond, long nowNanos) {
        this.bytesPerSecond = bytesPerSecond;
        freeAt = nowNanos;
    }

    long bytesPerSecond() {
        return bytesPerSecond;
    }

    /** Returns when these bytes, behind those of others, are on their way. Their connection sends no more until then. */
    synchronized long send(int bytes, long nowNanos) {
        if (freeAt - nowNanos < -CATCH_UP_NANOS) freeAt = nowNanos - CATCH_UP_NANOS;
        freeAt += (long) (bytes * (double) TimeUnit.SECONDS.toNanos(1) / bytesPerSecond);
        return freeAt;
    }
}
