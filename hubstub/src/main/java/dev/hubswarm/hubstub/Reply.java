package dev.hubswarm.hubstub;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * An answer after conditions, ranges, compression and those faults that show in its headers. Confined to its
 * connection's loop.
 */
record Reply(int status, HttpHeaders headers, Body body, boolean wrongLength) {
    static final Body NO_BODY = Body.range(StubContent.of(""), 0, 0, -1);
    private static final String BOUNDARY = "hubstub-part";

    static Reply to(StubRequest request, Answer answer, List<Fault> faults) {
        boolean ignoreRange = false;
        boolean gzip = false;
        long corruptAt = -1;
        long shift = 0;
        long wrongLength = 0;
        for (Fault fault : faults) {
            if (fault instanceof Fault.Status error) answer = failed(error);
            else if (fault instanceof Fault.Redirect redirect) answer = redirected(request, answer, redirect);
            else if (fault instanceof Fault.IgnoreRange) ignoreRange = true;
            else if (fault instanceof Fault.Gzip) gzip = true;
            else if (fault instanceof Fault.Corrupt corrupt) corruptAt = corrupt.offset();
            else if (fault instanceof Fault.WrongRangeStart start) shift = start.delta();
            else if (fault instanceof Fault.WrongLength length) wrongLength = length.delta();
        }
        HttpHeaders headers = answer.headers;
        StubContent content = answer.content;
        long size = content.size();
        int status = answer.status;
        Body body = Body.range(content, 0, size, corruptAt);
        if (answer.file) {
            String etag = Objects.requireNonNull(headers.get(HttpHeaderNames.ETAG));
            List<ByteRanges.Span> spans = ignoreRange ? null : spans(request, etag, size);
            String accepted = request.header("accept-encoding");
            if (HubSite.matches(request.header("if-none-match"), etag.replace("\"", ""))) {
                headers.remove(HttpHeaderNames.CONTENT_TYPE);
                return new Reply(304, headers, NO_BODY, false);
            }
            if (spans == null) {
                gzip |= answer.compressible && accepted != null && accepted.contains("gzip");
            } else if (spans.isEmpty()) {
                status = 416;
                headers.set(HttpHeaderNames.CONTENT_RANGE, "bytes */" + size);
                body = NO_BODY;
            } else {
                status = 206;
                body = spans.size() == 1
                        ? single(headers, content, shifted(spans.get(0), shift, size), corruptAt)
                        : multiple(headers, content, spans, corruptAt);
            }
        }
        if (gzip && body != NO_BODY) {
            body = Body.gzip(body);
            headers.set(HttpHeaderNames.CONTENT_ENCODING, "gzip");
            headers.set(HttpHeaderNames.VARY, "Accept-Encoding");
        }
        if (body.length() < 0) headers.set(HttpHeaderNames.TRANSFER_ENCODING, "chunked");
        else headers.set(HttpHeaderNames.CONTENT_LENGTH, Math.max(0, body.length() + wrongLength));
        return new Reply(status, headers, body, wrongLength != 0 && body.length() >= 0);
    }

    private static Answer failed(Fault.Status error) {
        Answer answer = Answer.text(error.status(), "An error on purpose");
        error.headers().forEach(answer::with);
        return answer;
    }

    /** Keeps what the answer says about a file, as a true redirect does. */
    private static Answer redirected(StubRequest request, Answer answer, Fault.Redirect redirect) {
        String location = redirect.location().isEmpty() ? request.target() : redirect.location();
        Answer redirected = Answer.redirect(answer.status / 100 == 3 ? answer.status : 302, location);
        HttpHeaders kept = new DefaultHttpHeaders().set(answer.headers);
        kept.remove(HttpHeaderNames.LOCATION).remove(HttpHeaderNames.CONTENT_TYPE);
        redirected.headers.add(kept);
        return redirected;
    }

    private static @Nullable List<ByteRanges.Span> spans(StubRequest request, String etag, long size) {
        String condition = request.header("if-range");
        if (condition != null && !condition.equals(etag)) return null;
        return ByteRanges.parse(request.header("range"), size);
    }

    private static ByteRanges.Span shifted(ByteRanges.Span span, long delta, long size) {
        long from = Math.max(0, Math.min(size - 1, span.from() + delta));
        return new ByteRanges.Span(from, Math.min(size, from + span.to() - span.from()));
    }

    private static Body single(HttpHeaders headers, StubContent content, ByteRanges.Span span, long corruptAt) {
        headers.set(HttpHeaderNames.CONTENT_RANGE, span.contentRange(content.size()));
        return Body.range(content, span.from(), span.to(), corruptAt);
    }

    private static Body multiple(
            HttpHeaders headers, StubContent content, List<ByteRanges.Span> spans, long corruptAt) {
        String type = headers.get(HttpHeaderNames.CONTENT_TYPE);
        headers.set(HttpHeaderNames.CONTENT_TYPE, "multipart/byteranges; boundary=" + BOUNDARY);
        List<Body> parts = new ArrayList<>();
        for (ByteRanges.Span span : spans) {
            parts.add(text("\r\n--" + BOUNDARY + "\r\nContent-Type: " + type + "\r\nContent-Range: "
                    + span.contentRange(content.size()) + "\r\n\r\n"));
            parts.add(Body.range(content, span.from(), span.to(), corruptAt));
        }
        parts.add(text("\r\n--" + BOUNDARY + "--\r\n"));
        return Body.sequence(parts);
    }

    private static Body text(String text) {
        StubContent content = StubContent.of(text.getBytes(StandardCharsets.US_ASCII));
        return Body.range(content, 0, content.size(), -1);
    }
}
