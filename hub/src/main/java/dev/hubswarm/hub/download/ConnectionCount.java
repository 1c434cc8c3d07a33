package dev.hubswarm.hub.download;

/**
 * How many connections are worth having. Pure; thread-safe.
 *
 * <p>It climbs in large steps while a step pays off, lets go of what did not pay, and stays there for a while before it
 * tries again: what looked like enough may have been a busy disk, or the connections' first moments. A server that asks
 * for less gets half of them, for good.
 */
public final class ConnectionCount {
    /** A server that limits each connection shows it within three steps. */
    private static final int STEP = 4;
    /** What a step must bring, of what as many times the speed would be; noise stays below. */
    private static final double WORTHWHILE = 0.3;
    /** What shows that each connection is limited, however rough the figures of one period are. */
    private static final double CLEARLY_WORTHWHILE = 0.6;
    /** Periods until it tries again the first time; twice as many after each failure. */
    private static final int FIRST_REST = 8;

    private static final int LONGEST_REST = 128;

    private int most;
    private int count;
    /** Before the step that this period shows; 0 if there was none. */
    private int before;

    private double rateBefore;
    private int rest;
    private int nextRest = FIRST_REST;
    /** A step did not clearly pay off in its first period, in which its connections had to begin. */
    private boolean doubted;
    /** What came in that period. */
    private double doubtedRate;

    private boolean held;

    public ConnectionCount(int first, int most) {
        this.most = most;
        this.count = Math.min(first, most);
    }

    public synchronized int count() {
        return count;
    }

    /** A period is over in which all connections were busy at this rate together. */
    public synchronized void measured(double bytesPerSecond) {
        boolean braked = held;
        held = false;
        if (bytesPerSecond == 0) return;
        if (before > 0) {
            // What a stall kept back comes with the next period, and would seem to be worth something alone.
            double rate = doubted ? (doubtedRate + bytesPerSecond) / 2 : bytesPerSecond;
            double worth = before * rate / rateBefore;
            double wanted = doubted ? WORTHWHILE : CLEARLY_WORTHWHILE;
            boolean paid = !braked && worth >= before + wanted * (count - before);
            if (!paid) {
                if (braked || doubted) fall((int) worth);
                else doubted = true;
                doubtedRate = bytesPerSecond;
                return;
            }
            doubted = false;
            nextRest = FIRST_REST;
        }
        if (rest > 0) rest--;
        else if (!braked) climb(bytesPerSecond);
    }

    private void climb(double rate) {
        before = count < most ? count : 0;
        rateBefore = rate;
        count = Math.min(most, count * STEP);
    }

    private void fall(int to) {
        count = Math.max(before, Math.min(count, to));
        before = 0;
        doubted = false;
        rest = nextRest;
        nextRest = Math.min(LONGEST_REST, 2 * nextRest);
    }

    /** In this period something else was the brake: more connections than bring what they bring now are too many. */
    public synchronized void enough() {
        held = true;
    }

    /** Some of them got nothing for long: they are more than the way carries, at least now. */
    public synchronized void starved() {
        before = 0;
        fall(Math.max(1, count / 2));
    }

    /** The server has too much to do. */
    public synchronized void tooMany() {
        count = Math.max(1, count / 2);
        most = count;
        before = 0;
    }
}
