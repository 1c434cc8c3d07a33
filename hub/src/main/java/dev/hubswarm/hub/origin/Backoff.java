package dev.hubswarm.hub.origin;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** When to try again. Stateless. */
public final class Backoff {
    private static final long FIRST_NANOS = Duration.ofSeconds(1).toNanos();
    private static final int MAX_DOUBLINGS = 3;
    /** No sum of nanoseconds overflows for it. */
    private static final long MOST_SECONDS = 999_999_999;

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

    /**
     * What {@code Retry-After} asks for (RFC 9110, section 10.2.3): a number of seconds or a date. Null if it is
     * neither, or asks for nothing.
     */
    static @Nullable Duration retryAfter(@Nullable String value, Instant now) {
        long seconds = value == null ? 0 : seconds(value.trim(), now);
        return seconds <= 0 ? null : Duration.ofSeconds(Math.min(seconds, MOST_SECONDS));
    }

    private static long seconds(String text, Instant now) {
        if (text.matches("[0-9]{1,9}")) return Long.parseLong(text);
        try {
            Instant date = Instant.from(DateTimeFormatter.RFC_1123_DATE_TIME.parse(text));
            // Rounded up.
            return Duration.between(now, date).toSeconds() + 1;
        } catch (DateTimeException e) {
            return 0;
        }
    }
}
