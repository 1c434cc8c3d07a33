package dev.hubswarm.hub.origin;

import java.time.Duration;
import java.util.random.RandomGenerator;

/** When to try again. Stateless. */
public final class Backoff {
    private static final long FIRST_NANOS = Duration.ofSeconds(1).toNanos();
    private static final int MAX_DOUBLINGS = 3;

    private Backoff() {}

    /** Whether the same request may be answered otherwise a little later. */
    public static boolean mayPass(int status) {
        return switch (status) {
            case 408, 429, 500, 502, 503, 504 -> true;
            default -> false;
        };
    }

    /**
     * From half to the whole of 1, 2, 4, then always 8 s, so that those who failed together do not come back together.
     *
     * @param failures so far, at least 1
     */
    public static long delayNanos(int failures, RandomGenerator random) {
        long whole = FIRST_NANOS << Math.min(failures - 1, MAX_DOUBLINGS);
        return whole / 2 + random.nextLong(whole / 2);
    }
}
