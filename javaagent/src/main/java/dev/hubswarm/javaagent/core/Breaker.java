package dev.hubswarm.javaagent.core;

/**
 * Leaves an agent alone that hangs or is not there, so that it costs the program one wait and not one per file.
 * Thread-safe.
 */
final class Breaker {
    private static final long NEVER = Long.MIN_VALUE;

    private volatile long untilNanos = NEVER;

    boolean isOpen(long nowNanos) {
        long until = untilNanos;
        return until != NEVER && nowNanos - until < 0;
    }

    void open(long until) {
        untilNanos = until;
    }

    void close() {
        untilNanos = NEVER;
    }
}
