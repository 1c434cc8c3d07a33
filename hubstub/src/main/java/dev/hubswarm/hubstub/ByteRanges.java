package dev.hubswarm.hubstub;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What a Range header asks of a file (RFC 9110, section 14). Stateless. */
final class ByteRanges {
    /** From the first byte to before {@code to}. Immutable. */
    record Span(long from, long to) {
        String contentRange(long size) {
            return "bytes " + from + '-' + (to - 1) + '/' + size;
        }
    }

    private static final Pattern SPEC = Pattern.compile("\\s*(\\d{0,18})-(\\d{0,18})\\s*");

    private ByteRanges() {}

    /** Returns null for a header that is to be ignored, and no span if there is nothing of what it asks. */
    static @Nullable List<Span> parse(@Nullable String header, long size) {
        if (header == null || !header.startsWith("bytes=")) return null;
        List<Span> spans = new ArrayList<>();
        for (String part : header.substring("bytes=".length()).split(",", -1)) {
            Matcher spec = SPEC.matcher(part);
            if (!spec.matches()) return null;
            String first = spec.group(1);
            String last = spec.group(2);
            if (first.isEmpty() && last.isEmpty()) return null;
            long from = first.isEmpty() ? Math.max(0, size - Long.parseLong(last)) : Long.parseLong(first);
            long to = first.isEmpty() || last.isEmpty() ? size : Math.min(size, Long.parseLong(last) + 1);
            if (!first.isEmpty() && !last.isEmpty() && Long.parseLong(last) < from) return null;
            if (from < to) spans.add(new Span(from, to));
        }
        return spans;
    }
}
