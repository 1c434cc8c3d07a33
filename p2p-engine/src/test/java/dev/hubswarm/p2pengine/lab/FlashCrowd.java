package dev.hubswarm.p2pengine.lab;

import java.util.List;

/**
 * Peers that all begin at once, with nothing, at one seed, over equal lines. Immutable.
 *
 * @param seconds until the last had everything
 * @param best how many seconds it would take at least
 * @param seedCopies how often the seed sent everything
 */
public record FlashCrowd(int peers, double seconds, double best, double seedCopies, double wallSeconds, long messages) {
    private static final long LINE = 100 * Lab.MEGABIT;

    public static FlashCrowd of(int peers, long size, long seed) {
        long begun = System.nanoTime();
        // Of large crowds each node is looked at less often, or that would take a tenth of the time.
        Lab lab = new Lab(seed, size).checkEach(1000 + 100 * peers);
        LabNode first = lab.seed(LINE);
        List<LabNode> crowd = lab.leechers(peers, LINE);
        // All lines are equal: no peer can have it sooner than one line carries it.
        double best = (double) size / LINE;
        if (!lab.run((long) (10 * best * Lab.SECOND))) throw new AssertionError(peers + " peers have not finished");
        long last = crowd.stream().mapToLong(LabNode::finished).max().orElseThrow();
        double wall = (double) (System.nanoTime() - begun) / Lab.SECOND;
        double copies = (double) first.host().bytesSent() / size;
        return new FlashCrowd(peers, (double) last / Lab.SECOND, best, copies, wall, lab.messages());
    }

    public double efficiency() {
        return best / seconds;
    }

    @Override
    public String toString() {
        return String.format(
                "%d\t%.1f\t%.1f\t%.3f\t%.2f\t%.1f\t%d",
                peers, seconds, best, efficiency(), seedCopies, wallSeconds, messages);
    }
}
