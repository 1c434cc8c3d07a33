package dev.hubswarm.cli;

/** A moving average. Confined to its owner; time is an argument. */
final class Speed {
    /** How far back it looks. */
    private static final double SPEED_SECONDS = 3;

    private static final double SECOND = 1e9;

    private double bytesPerSecond;
    private long bytes;
    private long lastNanos;

    void add(long more) {
        bytes += more;
    }

    double at(long nowNanos) {
        double seconds = (nowNanos - lastNanos) / SECOND;
        if (lastNanos == 0 || seconds >= 0.2) {
            double rate = lastNanos == 0 ? 0 : bytes / seconds;
            double weight = bytesPerSecond == 0 ? 1 : Math.min(1, seconds / SPEED_SECONDS);
            bytesPerSecond += weight * (rate - bytesPerSecond);
            bytes = 0;
            lastNanos = nowNanos;
        }
        return bytesPerSecond;
    }
}
