package dev.hubswarm.p2pengine.peer;

/**
 * How many peers are served at once. Confined to its choker.
 *
 * <p>Few, so that each gets whole pieces soon and can pass them on; more, if that fills a line that is not full. What a
 * line can do is known by what it did of late; whether it can do more must be tried.
 */
final class Slots {
    static final int LEAST = 4;
    static final int MOST = 64;
    /** What is gained by another slot must be more than what rates change by themselves. */
    private static final double GAIN = 1.05;
    /** Less than this of what went before, and somebody is missing who takes it. */
    private static final double FULL = 0.92;

    private static final double SMOOTH = 0.5;
    /** Of the best second, each second. */
    private static final double FADE = 0.995;

    private static final int ROUNDS_AT_REST = 6;

    private int count = LEAST;
    private int tried;
    private double rateBefore;
    private int rest;
    private double rate;
    private double best;

    int count() {
        return count;
    }

    /**
     * Called once a second.
     *
     * @param bytes that were sent since
     * @param areAllTaken whether more peers would have been served if there were more slots
     */
    void second(long bytes, boolean areAllTaken) {
        rate = (1 - SMOOTH) * rate + SMOOTH * bytes;
        best = Math.max(rate, FADE * best);
        if (areAllTaken && rate < FULL * best) count = Math.min(count + 1, MOST);
    }

    /** All who have slots are served at once, and there are others. */
    void more() {
        count = Math.min(count + 1, MOST);
    }

    /** Called once a round. */
    void round(boolean areAllTaken) {
        if (tried > 0) {
            if (rate < GAIN * rateBefore) {
                // Perhaps even fewer do.
                count = Math.max(tried - 1, LEAST);
                rest = ROUNDS_AT_REST;
            }
            tried = 0;
        } else if (rest > 0) {
            rest--;
        } else if (areAllTaken) {
            tried = count;
            rateBefore = rate;
            count = Math.min(count + Math.max(1, count / 4), MOST);
        }
    }
}
