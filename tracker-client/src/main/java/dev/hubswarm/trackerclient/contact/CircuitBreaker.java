package dev.hubswarm.trackerclient.contact;

import java.util.concurrent.TimeUnit;

/**
 * Keeps questions from a server that does not answer: after some failures in a row none is let through for a while,
 * then one that tries. Each try that fails doubles the while. Thread-safe; time is an argument.
 */
final class CircuitBreaker {
    private static final int FAILURES = 3;
    /** About as often as a transfer without a torrent asks again (design.md section 6). */
    private static final long FIRST_NANOS = TimeUnit.SECONDS.toNanos(20);

    private static final int MAX_DOUBLINGS = 4;

    private int failures;
    private long closedUntilNanos;

    synchronized boolean allows(long nowNanos) {
        if (failures < FAILURES) return true;
        if (nowNanos - closedUntilNanos < 0) return false;
        // This one tries; others wait for what it hears, and not for ever if it hears nothing.
        closedUntilNanos = nowNanos + FIRST_NANOS;
        return true;
    }

    synchronized void succeeded() {
        failures = 0;
    }

    synchronized void failed(long nowNanos) {
        failures = Math.min(failures + 1, FAILURES + MAX_DOUBLINGS);
        if (failures >= FAILURES) closedUntilNanos = nowNanos + (FIRST_NANOS << (failures - FAILURES));
    }
}
