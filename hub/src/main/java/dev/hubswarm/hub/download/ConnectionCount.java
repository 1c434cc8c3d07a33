package dev.hubswarm.hub.download;

/**
 * How many connections are worth having. Pure; thread-safe.
 *
 * <p>It climbs: after each period it adds connections if the last ones added made the whole faster by a good part of
 * their share; otherwise it lets go of them again and stays. A server that asks for less gets half of them.
 */
final class ConnectionCount {
    /** Noise stays below this; the share of one more among sixteen is 6 %. */
    private static final double WORTHWHILE = 0.3;

    private final int most;
    private int count;
    private int before;
    private double rateBefore;
    private boolean settled;
    private boolean held;

    ConnectionCount(int first, int most) {
        this.most = most;
        this.count = Math.min(first, most);
    }

    synchronized int count() {
        return count;
    }

    /** A period is over in which all connections were busy at this rate together. */
    synchronized void measured(double bytesPerSecond) {
        if (held) {
            held = false;
            if (before > 0) count = Math.min(count, before);
            before = 0;
            return;
        }
        if (settled) return;
        if (before > 0) {
            double hoped = (double) count / before - 1;
            double gained = rateBefore == 0 ? hoped : bytesPerSecond / rateBefore - 1;
            if (gained < WORTHWHILE * hoped) {
                count = before;
                settled = true;
                return;
            }
        }
        before = count;
        rateBefore = bytesPerSecond;
        count = Math.min(most, count * 2);
        settled = count == before;
    }

    /** In this period something else was the brake: it says nothing, and the connections added last are too many. */
    synchronized void enough() {
        held = true;
    }

    /** The server has too much to do. */
    synchronized void tooMany() {
        count = Math.max(1, count / 2);
        settled = true;
    }
}
