package dev.hubswarm.p2pengine.swarm;

/**
 * How many bytes may go now, so that no second sees more than the rate and some per cent (a token bucket). Confined to
 * its owner; time is an argument.
 *
 * <p>Whoever goes may overdraw it once, so that something longer than what has gathered is not held up for ever; all
 * others pay for that by waiting. {@link #portion} is what may be overdrawn without a second noticing.
 */
final class RateLimiter {
    static final long UNLIMITED = 0;

    private static final double SECOND = 1e9;
    /** What gathers while nobody comes, and goes at once. */
    private static final double BURST_SECONDS = 0.01;
    /** As late may a timer be without cost to those who wait: what they missed goes, too. */
    private static final double LATE_SECONDS = 0.1;

    private static final int LEAST_PORTION = 512;

    private double rate;
    private double balance;
    private long last;

    /** @param bytesPerSecond or {@link #UNLIMITED} */
    RateLimiter(long bytesPerSecond, long now) {
        last = now;
        set(bytesPerSecond, now);
    }

    void set(long bytesPerSecond, long now) {
        fill(now);
        rate = bytesPerSecond;
        // A debt of another rate would take as long as that made it.
        balance = Math.max(balance, 0);
    }

    boolean isLimited() {
        return rate > 0;
    }

    /** How many bytes should go in one piece. */
    int portion() {
        if (!isLimited()) return Integer.MAX_VALUE;
        return (int) Math.min(Math.max(rate * BURST_SECONDS, LEAST_PORTION), Integer.MAX_VALUE);
    }

    void take(long bytes, long now) {
        fill(now);
        if (isLimited()) balance -= bytes;
    }

    /** How long to wait before something may go; 0 if it may now. */
    long nanosUntilOpen(long now) {
        fill(now);
        return !isLimited() || balance >= 0 ? 0 : (long) Math.ceil(-balance / rate * SECOND);
    }

    private void fill(long now) {
        // It is overdrawn only while somebody waits.
        double most = rate * (balance < 0 ? LATE_SECONDS : BURST_SECONDS);
        balance = Math.max(balance, Math.min(balance + (now - last) / SECOND * rate, most));
        last = now;
    }
}
