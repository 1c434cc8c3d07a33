package dev.hubswarm.p2pengine.web;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The head of an answer (RFC 9110). Immutable.
 *
 * @param length of the body, or -1
 * @param contentRange as it came, as are the others; null where there is none
 * @param date the server's clock
 */
public record WebAnswer(
        int status,
        long length,
        @Nullable String contentRange,
        @Nullable String encoding,
        @Nullable String location,
        @Nullable String retryAfter,
        @Nullable String date) {
    private static final Pattern RANGE = Pattern.compile("bytes (\\d{1,18})-(\\d{1,18})/(\\d{1,18}|\\*)");
    private static final Pattern SECONDS = Pattern.compile("\\d{1,9}");

    /** @param fields gives the value of a header field; null for one that is not there */
    @SuppressWarnings("NullAway") // UnaryOperator cannot say that its result may be null.
    public static WebAnswer of(int status, long length, UnaryOperator<@Nullable String> fields) {
        return new WebAnswer(
                status,
                length,
                fields.apply("Content-Range"),
                fields.apply("Content-Encoding"),
                fields.apply("Location"),
                fields.apply("Retry-After"),
                fields.apply("Date"));
    }

    boolean isRedirect() {
        return location != null && (status == 301 || status == 302 || status == 303 || status == 307 || status == 308);
    }

    /** Whether the same request may be answered otherwise later. */
    boolean mayPass() {
        return status == 408 || status == 425 || status == 429 || status >= 500;
    }

    /** Whether it brings all of a file, as those do who know no ranges. */
    boolean isWhole(long size) {
        return status == 200 && !isPacked() && length == size;
    }

    private boolean isPacked() {
        return encoding != null && !encoding.equalsIgnoreCase("identity");
    }

    /**
     * Where the bytes end that it brings of a range; -1 if they are not those that were asked for, or of a file of another
     * length. It may bring fewer (RFC 9110, section 14.2).
     */
    long end(long from, long to, long size) {
        if (isPacked()) return -1;
        Matcher range = RANGE.matcher(contentRange == null ? "" : contentRange);
        if (status != 206 || !range.matches()) return -1;
        long end = Long.parseLong(range.group(2)) + 1;
        boolean isOurs = Long.parseLong(range.group(1)) == from && end > from && end <= to;
        boolean isSize = range.group(3).equals("*") || Long.parseLong(range.group(3)) == size;
        return isOurs && isSize && (length < 0 || length == end - from) ? end : -1;
    }

    /** Why it is of no use. */
    String refusal(long size) {
        if (status != 200 && status != 206) return "it answered " + status;
        if (isPacked()) return "it sends the file packed (" + encoding + ")";
        if (status == 206) return "it answered with another range, or with one of another file";
        return length < 0 ? "it does not say how long the file is" : "its file has " + length + " bytes, not " + size;
    }

    /** What {@code Retry-After} asks for (RFC 9110, section 10.2.3), by the server's own clock; null if nothing. */
    @Nullable
    Duration wait(Duration most) {
        if (retryAfter == null) return null;
        Duration wait;
        if (SECONDS.matcher(retryAfter).matches()) {
            wait = Duration.ofSeconds(Long.parseLong(retryAfter));
        } else {
            Instant until = instant(retryAfter);
            Instant now = instant(date);
            if (until == null || now == null) return null;
            wait = Duration.between(now, until);
        }
        if (wait.isNegative()) return Duration.ZERO;
        return wait.compareTo(most) > 0 ? most : wait;
    }

    private static @Nullable Instant instant(@Nullable String text) {
        try {
            return text == null ? null : Instant.from(DateTimeFormatter.RFC_1123_DATE_TIME.parse(text));
        } catch (DateTimeException e) {
            return null;
        }
    }
}
