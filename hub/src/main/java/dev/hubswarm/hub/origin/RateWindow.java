package dev.hubswarm.hub.origin;

/** What the Hub still allows of one kind of request. Pure; confined to the lock of its budget. */
final class RateWindow {
    private static final long UNKNOWN = -1;

    private long remaining = UNKNOWN;
    private long resetNanos;
    private long closedUntilNanos;
    private boolean closed;

    /** Takes one request out of the window and returns 0, or else how long to wait before asking again. */
    long take(long nowNanos) {
        if (closed && closedUntilNanos - nowNanos > 0) return closedUntilNanos - nowNanos;
        closed = false;
        if (remaining != UNKNOWN && nowNanos - resetNanos >= 0) remaining = UNKNOWN;
        if (remaining == 0) return resetNanos - nowNanos;
        if (remaining > 0) remaining--;
        return 0;
    }

    /**
     * The Hub counted. Requests under way are counted here already and there not yet, so within a window only less
     * is believed.
     */
    void counted(long left, long resetInNanos, long nowNanos) {
        boolean within = remaining != UNKNOWN && nowNanos - resetNanos < 0;
        remaining = within ? Math.min(remaining, left) : left;
        resetNanos = nowNanos + resetInNanos;
    }

    void close(long forNanos, long nowNanos) {
        if (!closed || nowNanos + forNanos - closedUntilNanos > 0) closedUntilNanos = nowNanos + forNanos;
        closed = true;
    }
}
