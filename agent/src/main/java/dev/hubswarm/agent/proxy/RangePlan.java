package dev.hubswarm.agent.proxy;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which bytes of a file a client is to get (RFC 9110 section 14). Immutable.
 *
 * @param isPartial whether the answer is about ranges: none of them then means that there is nothing of what was asked
 * @param spans the whole file, if it is not partial
 */
record RangePlan(boolean isPartial, List<Span> spans) {
    /** From the first byte to before {@code to}. Immutable. */
    record Span(long from, long to) {
        long length() {
            return to - from;
        }

        String contentRange(long size) {
            return "bytes " + from + '-' + (to - 1) + '/' + size;
        }
    }

    private static final Pattern SPEC = Pattern.compile("\\s*([0-9]{0,18})-([0-9]{0,18})\\s*");
    private static final String UNIT = "bytes=";
    /** Who wants more at once wants the whole. */
    private static final int MOST_SPANS = 16;

    RangePlan {
        spans = List.copyOf(spans);
    }

    private static RangePlan whole(long size) {
        return new RangePlan(false, List.of(new Span(0, size)));
    }

    /**
     * @param range the header of that name
     * @param ifRange the ranges count only if the content is still this one; a date is none that we could compare
     */
    static RangePlan of(@Nullable String range, @Nullable String ifRange, String etag, long size) {
        if (range == null || !range.startsWith(UNIT)) return whole(size);
        if (ifRange != null && !ifRange.trim().equals(etag)) return whole(size);
        List<Span> spans = new ArrayList<>();
        long sum = 0;
        for (String part : range.substring(UNIT.length()).split(",", -1)) {
            Matcher spec = SPEC.matcher(part);
            if (!spec.matches()) return whole(size);
            String first = spec.group(1);
            String last = spec.group(2);
            if (first.isEmpty() && last.isEmpty()) return whole(size);
            long from = first.isEmpty() ? Math.max(0, size - Long.parseLong(last)) : Long.parseLong(first);
            // Some clients name an end that is one too far; it is the last byte that they mean.
            long to = first.isEmpty() || last.isEmpty() ? size : Math.min(size, Long.parseLong(last) + 1);
            if (!first.isEmpty() && !last.isEmpty() && Long.parseLong(last) < from) return whole(size);
            if (from >= to) continue;
            spans.add(new Span(from, to));
            sum += to - from;
        }
        // Overlapping ranges can ask for many times the file.
        if (spans.size() > MOST_SPANS || (spans.size() > 1 && sum > size)) return whole(size);
        return new RangePlan(true, spans);
    }

    boolean isUnsatisfiable() {
        return spans.isEmpty();
    }

    boolean isMultiple() {
        return spans.size() > 1;
    }

    Span first() {
        return spans.get(0);
    }
}
