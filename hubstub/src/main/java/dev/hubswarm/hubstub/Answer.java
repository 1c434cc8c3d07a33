package dev.hubswarm.hubstub;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import tools.jackson.databind.json.JsonMapper;

/** What a site says to a request, before ranges, conditions and faults. Confined to its connection's loop. */
final class Answer {
    private static final JsonMapper JSON = JsonMapper.shared();

    final int status;
    final HttpHeaders headers = new DefaultHttpHeaders();
    final StubContent content;
    /** Whether ranges and conditions apply. */
    final boolean file;
    /** Whether it is gzipped for those who accept that. */
    final boolean compressible;

    private Answer(int status, StubContent content, boolean file, boolean compressible) {
        this.status = status;
        this.content = content;
        this.file = file;
        this.compressible = compressible;
    }

    static Answer file(StubContent content, String etag, boolean text) {
        return new Answer(200, content, true, text)
                .with("ETag", '"' + etag + '"')
                .with("Accept-Ranges", "bytes")
                .with("Content-Type", text ? "text/plain; charset=utf-8" : "application/octet-stream");
    }

    static Answer json(Object value) {
        return json(200, value);
    }

    static Answer json(int status, Object value) {
        return new Answer(status, StubContent.of(JSON.writeValueAsBytes(value)), false, false)
                .with("Content-Type", "application/json; charset=utf-8");
    }

    static Answer text(int status, String text) {
        return new Answer(status, StubContent.of(text), false, false).with("Content-Type", "text/plain; charset=utf-8");
    }

    static Answer redirect(int status, String location) {
        return text(status, "Redirecting to " + location).with(HttpHeaderNames.LOCATION.toString(), location);
    }

    Answer with(String name, Object value) {
        headers.set(name, value);
        return this;
    }
}
