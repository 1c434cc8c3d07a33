package dev.hubswarm.hub.origin;

import dev.hubswarm.base.UserError;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * How often the Hub may be asked; one for the process, since the Hub counts by address and account. Thread-safe.
 *
 * <p>It goes by {@code RateLimit} ({@code "resolvers";r=2999;t=172}: 2,999 left, all back in 172 s) and {@code
 * Retry-After}. {@code RateLimit-Policy} tells the size of a window, which nobody needs who counts what is left.
 */
public final class RateBudget {
    /** What the Hub counts apart. */
    public enum Kind {
        API,
        RESOLVERS,
        PAGES;

        private final String name = name().toLowerCase(Locale.ROOT);
    }

    private static final Pattern ITEM = Pattern.compile("\"([a-z]+)\"((?:\\s*;\\s*[a-z]+=[0-9]{1,9})*)");
    private static final Pattern LEFT = Pattern.compile(";\\s*r=([0-9]+)");
    private static final Pattern RESET = Pattern.compile(";\\s*t=([0-9]+)");
    private static final long SECOND = Duration.ofSeconds(1).toNanos();
    /** Twice the Hub's window. */
    private static final long MAX_WAIT_SECONDS = 600;

    private final OriginClock clock;
    private final RandomGenerator random;
    private final Map<Kind, RateWindow> windows = new EnumMap<>(Kind.class);

    public RateBudget(RandomGenerator random) {
        this(OriginClock.SYSTEM, random);
    }

    public RateBudget(OriginClock clock, RandomGenerator random) {
        this.clock = clock;
        this.random = random;
        for (Kind kind : Kind.values()) windows.put(kind, new RateWindow());
    }

    OriginClock clock() {
        return clock;
    }

    /** Waits until one more request is allowed. */
    public void acquire(Kind kind) throws UserError, InterruptedException {
        while (true) {
            long wait = take(kind);
            if (wait == 0) return;
            if (wait > MAX_WAIT_SECONDS * SECOND) {
                throw new UserError(
                        UserError.Kind.FAILED,
                        "The Hub wants no more requests for " + wait / SECOND / 60 + " minutes.",
                        "Try again then, or log in: with a token in HF_TOKEN it allows more.");
            }
            // Apart, or all who wait would come at once.
            clock.sleep(wait + random.nextLong(SECOND));
        }
    }

    private synchronized long take(Kind kind) {
        return window(kind).take(clock.nanoTime());
    }

    private RateWindow window(Kind kind) {
        RateWindow window = windows.get(kind);
        if (window == null) throw new AssertionError(kind);
        return window;
    }

    /** Reads what an answer says of the budget. */
    public synchronized void answered(Kind kind, int status, Function<String, @Nullable String> headers) {
        long now = clock.nanoTime();
        String limits = headers.apply("RateLimit");
        if (limits != null) readLimits(limits, now);
        Duration later = Backoff.retryAfter(headers.apply("Retry-After"), clock.instant());
        if (later != null && (status == 429 || status == 503)) window(kind).close(later.toNanos(), now);
    }

    private void readLimits(String limits, long now) {
        Matcher items = ITEM.matcher(limits);
        while (items.find()) {
            Matcher left = LEFT.matcher(items.group(2));
            Matcher reset = RESET.matcher(items.group(2));
            if (!left.find() || !reset.find()) continue;
            for (Kind kind : Kind.values()) {
                // A second more, since the Hub's are cut off.
                if (kind.name.equals(items.group(1)))
                    window(kind)
                            .counted(Long.parseLong(left.group(1)), (Long.parseLong(reset.group(1)) + 1) * SECOND, now);
            }
        }
    }
}
