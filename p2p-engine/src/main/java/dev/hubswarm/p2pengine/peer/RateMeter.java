package dev.hubswarm.p2pengine.peer;

/** How fast bytes went in the last seconds. Confined to its owner; time is an argument. */
final class RateMeter {
    private static final double MEMORY_NANOS = 5e9;
    /** What happened in a shorter time says nothing about a rate. */
    private static final double SHORTEST_NANOS = 0.1e9;

    private final long begun;
    private long last;
    /** Fades, so that a byte counts less the older it is. */
    private double recent;

    private long total;

    RateMeter(long now) {
        begun = last = now;
    }

    void add(int bytes, long now) {
        fade(now);
        recent += bytes;
        total += bytes;
    }

    long total() {
        return total;
    }

    double bytesPerSecond(long now) {
        fade(now);
        double age = Math.max((double) (now - begun), SHORTEST_NANOS);
        return recent / (MEMORY_NANOS * (1 - Math.exp(-age / MEMORY_NANOS))) * 1e9;
    }

    private void fade(long now) {
        if (now == last) return;
        recent *= Math.exp((double) (last - now) / MEMORY_NANOS);
        last = now;
    }
}
