package dev.hubswarm.seeder;

import dev.hubswarm.protocol.metainfo.Hash;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * How much is shared, and what goes first where that is not all: what few others have. Immutable, and pure.
 *
 * <p>What a tracker says of seeders is believed less the older it is: half of them every six hours. So what rests
 * because others had it comes to its turn again, and what nobody was asked about comes first.
 *
 * @param slots how many files at a time; 0 for no limit
 * @param ratio how often a file is given, of its size; 0 for no limit
 * @param time how long a file is shared; zero for no limit
 * @param hashBytesPerSecond how fast files are read to make their torrents; 0 for no limit
 */
public record SeedPolicy(int slots, double ratio, Duration time, long hashBytesPerSecond) {
    public static final SeedPolicy DEFAULT = new SeedPolicy(0, 0, Duration.ZERO, 0);

    private static final double HALF_LIFE_SECONDS = Duration.ofHours(6).toSeconds();
    /** So much scarcer must another be: each change costs two announces, and peers that were being served. */
    private static final double ADVANTAGE = 2;

    public SeedPolicy {
        check(slots >= 0, "seed.slots", slots, "0 or more");
        check(ratio >= 0, "seed.ratio", ratio, "0 or more");
        check(!time.isNegative(), "seed.time", time, "zero or longer");
        check(hashBytesPerSecond >= 0, "seed.hash-rate", hashBytesPerSecond, "0 or more");
    }

    private static void check(boolean ok, String key, Object got, String wanted) {
        if (!ok) throw new IllegalArgumentException(key + " is " + got + ". Set it to " + wanted + ".");
    }

    /**
     * A file that may be shared, as far as the choice goes. Immutable.
     *
     * @param seeders beside us, as they were counted last
     * @param heard when that was
     * @param isShared whether it is now
     */
    record Standing(
            Hash digest, long size, long uploaded, Instant since, int seeders, Instant heard, boolean isShared) {}

    /** Whether it was given enough. */
    boolean isDone(long size, long uploaded, Instant since, Instant now) {
        return (ratio > 0 && uploaded >= ratio * size) || (!time.isZero() && !now.isBefore(since.plus(time)));
    }

    /** Which to share from now on. */
    Set<Hash> choose(Collection<Standing> all, Instant now) {
        return all.stream()
                .filter(one -> !isDone(one.size, one.uploaded, one.since, now))
                .sorted(Comparator.comparingDouble((Standing one) -> plenty(one, now))
                        .thenComparing(one -> one.digest.hex()))
                .limit(slots == 0 ? Long.MAX_VALUE : slots)
                .map(Standing::digest)
                .collect(Collectors.toUnmodifiableSet());
    }

    private static double plenty(Standing one, Instant now) {
        double seconds = Math.max(0, Duration.between(one.heard, now).toSeconds());
        double seeders = one.seeders * Math.pow(0.5, seconds / HALF_LIFE_SECONDS);
        return one.isShared ? seeders : seeders + ADVANTAGE;
    }
}
