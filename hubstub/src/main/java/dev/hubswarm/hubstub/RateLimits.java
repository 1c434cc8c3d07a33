package dev.hubswarm.hubstub;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;

/** Requests per window of time, in the Hub's three buckets. Thread-safe: one monitor guards everything. */
final class RateLimits {
    private static final Duration WINDOW = Duration.ofMinutes(5);
    /** High enough that only those who ask for a quota meet one. */
    private static final int UNLIMITED = 10_000_000;

    private final Supplier<Instant> clock;
    private final Map<String, Integer> quotas;
    private final Map<String, Integer> used = new HashMap<>();
    private Instant windowEnd;

    RateLimits(Supplier<Instant> clock, Map<String, Integer> quotas) {
        this.clock = clock;
        this.quotas = quotas;
        windowEnd = clock.get().plus(WINDOW);
    }

    static String bucket(Route route) {
        return switch (route) {
            case RESOLVE, RAW, RESOLVE_CACHE -> "resolvers";
            case OTHER, CDN -> "pages";
            default -> "api";
        };
    }

    /** What is left after one more request, negative if that is too many, and seconds until there is more. */
    synchronized Left take(String bucket) {
        Instant now = clock.get();
        if (!now.isBefore(windowEnd)) {
            used.clear();
            windowEnd = now.plus(WINDOW);
        }
        int quota = quotas.getOrDefault(bucket, UNLIMITED);
        int left = quota - used.merge(bucket, 1, Integer::sum);
        return new Left(
                bucket,
                quota,
                left,
                Math.max(1, Duration.between(now, windowEnd).toSeconds()));
    }

    /** Immutable. */
    record Left(String bucket, int quota, int requests, long seconds) {
        void describe(Answer answer) {
            answer.with("RateLimit", '"' + bucket + "\";r=" + Math.max(0, requests) + ";t=" + seconds)
                    .with(
                            "RateLimit-Policy",
                            "\"fixed window\";\"" + bucket + "\";q=" + quota + ";w=" + WINDOW.toSeconds());
        }
    }
}
