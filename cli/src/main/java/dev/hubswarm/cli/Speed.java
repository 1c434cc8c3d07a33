package dev.hubswarm.cli;

/** A moving average, from the first byte on. Confined to its owner; time is an argument. */
final class Speed {
    /** How far back it looks. */
    private static final double SPEED_SECONDS = 3;

    private static final double SECOND = 1e9;

    private double seenBytes;
    private double seenSeconds;
    private long bytes;
    private long lastNanos;

    void add(long more) {
        bytes += more;
    }

    double at(long nowNanos) {
        double seconds = (nowNanos - lastNanos) / SECOND;
        if (lastNanos == 0 || seconds >= 0.2) {
            double kept = Math.exp(-seconds / SPEED_SECONDS);
            boolean isFirst = lastNanos == 0 || seenBytes == 0;
            seenSeconds = isFirst ? seconds : kept * seenSeconds + seconds;
            seenBytes = lastNanos == 0 ? 0 : kept * seenBytes + bytes;
            bytes = 0;
            lastNanos = nowNanos;
        }
        return seenBytes / seenSeconds;
    }
}
