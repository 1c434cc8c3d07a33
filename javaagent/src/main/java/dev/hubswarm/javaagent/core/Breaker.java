package dev.hubswarm.javaagent.core;

/** Leaves an agent alone that hangs, so that it costs the program one wait and not one per file. Thread-safe. */
final class Breaker {
    private static final long PAUSE_NANOS = 30_000_000_000L;
    private static final long NEVER = Long.MIN_VALUE;

    private volatile long openedNanos = NEVER;

    boolean isOpen(long nowNanos) {
        long opened = openedNanos;
        return opened != NEVER && nowNanos - opened < PAUSE_NANOS;
    }

    void open(long nowNanos) {
        openedNanos = nowNanos;
    }

    void close() {
        openedNanos = NEVER;
    }
}
