package dev.hubswarm.seeder;

import dev.hubswarm.hub.origin.Openness;
import dev.hubswarm.hub.origin.RemoteFile;
import dev.hubswarm.protocol.metainfo.Hash;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A place on the Hub that vouches for a seed, for a day after it said that anybody may read it (T8). Immutable; time is
 * an argument.
 *
 * @param confirmed when it said so last; null since it said no
 * @param asked when it was asked last
 */
record Origin(RemoteFile file, @Nullable Instant confirmed, Instant asked) {
    private static final Duration LASTS = Duration.ofHours(24);
    /** From then on it is asked again, so that there is time for another try. */
    private static final Duration AGAIN = Duration.ofHours(12);

    private static final Duration SPREAD = Duration.ofHours(6);
    private static final Duration IN_DOUBT = Duration.ofMinutes(30);

    /** By a clock that may have been put back: then it is asked, too. */
    boolean vouches(Instant now) {
        return confirmed != null
                && now.isBefore(confirmed.plus(LASTS))
                && !now.plus(AGAIN).isBefore(confirmed);
    }

    /** When to ask again. Spread by the digest, so that those who were asked together do not stay together. */
    Instant next() {
        double at = spread(file.digest().hex());
        boolean isDoubtful = confirmed != null && asked.isAfter(confirmed);
        if (isDoubtful) return asked.plus(IN_DOUBT).plusSeconds((long) (at * IN_DOUBT.toSeconds()));
        return asked.plus(AGAIN).plusSeconds((long) (at * SPREAD.toSeconds()));
    }

    /** From 0 to 1. */
    private static double spread(String hex) {
        return Integer.parseInt(hex.substring(0, 4), 16) / 65536.0;
    }

    Origin answered(Openness answer, Instant now) {
        return switch (answer) {
            case OPEN -> new Origin(file, now, now);
            case CLOSED -> new Origin(file, null, now);
            case UNKNOWN -> new Origin(file, confirmed, now);
        };
    }

    boolean isSamePlace(RemoteFile other) {
        return file.repo().equals(other.repo())
                && file.commit().equals(other.commit())
                && file.path().equals(other.path());
    }

    static Hash digest(RemoteFile file) {
        return Hash.ofHex(file.digest().hex());
    }
}
