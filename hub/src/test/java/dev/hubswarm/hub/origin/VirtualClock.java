package dev.hubswarm.hub.origin;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Time that passes only while somebody sleeps, or when the test says so. Thread-safe. */
final class VirtualClock implements OriginClock {
    private final Instant start = Instant.now();
    private final List<Duration> sleeps = new ArrayList<>();
    private long nanos;

    @Override
    public synchronized long nanoTime() {
        return nanos;
    }

    @Override
    public synchronized Instant instant() {
        return start.plusNanos(nanos);
    }

    @Override
    public synchronized void sleep(long forNanos) {
        sleeps.add(Duration.ofNanos(forNanos));
        nanos += forNanos;
    }

    synchronized void advance(Duration by) {
        nanos += by.toNanos();
    }

    synchronized List<Duration> sleeps() {
        return List.copyOf(sleeps);
    }
}
