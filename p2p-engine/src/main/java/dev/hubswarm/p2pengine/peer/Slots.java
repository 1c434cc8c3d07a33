package dev.hubswarm.p2pengine.peer;

/**
 * How many peers are served at once. Confined to its choker.
 *
 * <p>Few, so that each gets whole pieces soon and can pass them on; more, if that fills a line that is not full. Whether
 * it does can only be tried.
 */
final class Slots {
    static final int LEAST = 4;
    static final int MOST = 64;
    /** What is gained by another slot must be more than what rates change by themselves. */
    private static final double GAIN = 1.05;

    private static final int ROUNDS_AT_REST = 6;

    private int count = LEAST;
    private int before = LEAST;
    private double rateBefore;
    private int rest;

    int count() {
        return count;
    }

    /**
     * Called once a round.
     *
     * @param areAllTaken whether more peers would have been served if there were more slots
     */
    void round(double bytesPerSecond, boolean areAllTaken) {
        if (count > before && bytesPerSecond < GAIN * rateBefore) {
            count = before;
            rest = ROUNDS_AT_REST;
            rateBefore = bytesPerSecond;
            return;
        }
        before = count;
        rateBefore = bytesPerSecond;
        if (rest > 0) rest--;
        else if (areAllTaken) count = Math.min(count + Math.max(1, count / 4), MOST);
    }
}
