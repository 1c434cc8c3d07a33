package dev.hubswarm.p2pengine.peer;

import dev.hubswarm.protocol.metainfo.PieceGeometry;

/**
 * How many bytes may be under way from a peer, so that it always has something to send: what it sends while an answer
 * takes its way, and some more. Confined to its session; time is an argument.
 *
 * <p>Since that is more than what is needed for the rate there is now, each period may double the window until the rate
 * grows no more. Latency is what an answer took at least; a peer with a queue would show any.
 */
final class RequestWindow {
    private static final int BLOCK = PieceGeometry.BLOCK_LENGTH;

    /** 10 Gbit/s at 100 ms. */
    static final long MAX = 125_000_000;

    private static final long MIN = 2 * BLOCK;
    private static final long FIRST = 16 * BLOCK;
    private static final double SLACK_NANOS = 0.3e9;
    /**
     * Over long lines that lose packets nearly every answer takes three times as long as the earliest did: the question
     * is sent again, and so is the answer. One time more lets the window grow.
     */
    private static final double LATENCIES = 4;

    private static final long SHORTEST_PERIOD_NANOS = 50_000_000;
    private static final double REQUESTS_PER_SECOND = 5;
    private static final double MUCH = 0.75;
    /** Periods after which less asked for must show in the latency: what was asked for before has come then. */
    private static final int TRIED = 2;

    private double window = FIRST;
    private long underWay;
    private double rate;

    private long periodBegan;
    private long periodBytes;
    private long periodLowest = Long.MAX_VALUE;
    private boolean wasBusy;

    private long latency = Long.MAX_VALUE;
    /** For how many periods it has been much too large, and the latency before. */
    private int shrinking;

    private long lowestBefore;

    long free() {
        return (long) window - underWay;
    }

    long underWay() {
        return underWay;
    }

    /** Measured while it was kept busy; 0 before anything came. */
    double bytesPerSecond() {
        return rate;
    }

    /** How long a request is worth its message: one of {@code longest} bytes is, to a peer that sends many a second. */
    int requestLength(int longest) {
        // Two at least are under way, so that there is something between two answers.
        double wanted = Math.min(rate / REQUESTS_PER_SECOND, window / 2);
        long worth = Math.max(Long.highestOneBit((long) wanted), BLOCK);
        return (int) Math.min(worth, longest);
    }

    void asked(int bytes, long now) {
        if (underWay == 0) beginPeriod(now);
        underWay += bytes;
    }

    /** There was nothing more to ask for, so what comes now says little of what could come. */
    void starved() {
        wasBusy = false;
    }

    /** It will not come, or may come late. */
    void gaveBack(int bytes) {
        underWay -= bytes;
    }

    void arrived(int bytes, long tookNanos, long now) {
        underWay -= bytes;
        window = Math.max(window, MIN);
        periodBytes += bytes;
        periodLowest = Math.min(periodLowest, tookNanos);
        latency = Math.min(latency, tookNanos);
        if (now - periodBegan >= Math.max(tookNanos, SHORTEST_PERIOD_NANOS)) endPeriod(now);
    }

    /** It was silent for too long: one block shows whether it still is. */
    void silent() {
        window = BLOCK;
    }

    private void endPeriod(long now) {
        double measured = periodBytes * 1e9 / (now - periodBegan);
        if (wasBusy) {
            rate = rate == 0 ? measured : (rate + measured) / 2;
            resize(Math.max(rate, measured));
        } else {
            rate = Math.max(rate, measured);
        }
        beginPeriod(now);
    }

    private void resize(double bytesPerSecond) {
        double wanted = bytesPerSecond / 1e9 * (LATENCIES * latency + SLACK_NANOS);
        if (wanted > MUCH * window) {
            shrinking = 0;
        } else if (shrinking++ == 0) {
            lowestBefore = periodLowest;
        } else if (shrinking > TRIED) {
            // If much less was asked for and an answer takes as long as before, it is the way that is long, and no
            // queue.
            if (periodLowest > MUCH * lowestBefore) latency = periodLowest;
            shrinking = 0;
        }
        window = Math.max(Math.min(wanted, 2 * window), window / 2);
        window = Math.max(Math.min(window, MAX), MIN);
    }

    private void beginPeriod(long now) {
        periodBegan = now;
        periodBytes = 0;
        periodLowest = Long.MAX_VALUE;
        wasBusy = true;
    }
}
