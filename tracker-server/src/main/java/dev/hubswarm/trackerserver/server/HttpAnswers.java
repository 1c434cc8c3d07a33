package dev.hubswarm.trackerserver.server;

import dev.hubswarm.protocol.announce.AnnounceResponse;
import dev.hubswarm.protocol.announce.ScrapeResponse;
import dev.hubswarm.protocol.announce.TrackerAnswer;
import dev.hubswarm.protocol.announce.TrackerFailure;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** Answers as they travel (RFC 9112). Stateless. */
final class HttpAnswers {
    /** What comes between status line and length of a tracker's answer, in three variants. */
    private static final byte[] OK = ok("");

    private static final byte[] OK_CLOSE = ok("Connection: close\r\n");
    private static final byte[] OK_HTTP10 = ok("Connection: keep-alive\r\n");
    private static final byte[] END_OF_HEAD = {'\r', '\n', '\r', '\n'};
    private static final int MAX_HEAD = 160;

    private static final Map<Integer, String> REASONS = Map.ofEntries(
            Map.entry(200, "OK"),
            Map.entry(201, "Created"),
            Map.entry(204, "No Content"),
            Map.entry(304, "Not Modified"),
            Map.entry(400, "Bad Request"),
            Map.entry(401, "Unauthorized"),
            Map.entry(403, "Forbidden"),
            Map.entry(404, "Not Found"),
            Map.entry(405, "Method Not Allowed"),
            Map.entry(408, "Request Timeout"),
            Map.entry(409, "Conflict"),
            Map.entry(411, "Length Required"),
            Map.entry(413, "Content Too Large"),
            Map.entry(429, "Too Many Requests"),
            Map.entry(431, "Request Header Fields Too Large"),
            Map.entry(500, "Internal Server Error"),
            Map.entry(503, "Service Unavailable"),
            Map.entry(507, "Insufficient Storage"));

    private HttpAnswers() {}

    private static byte[] ok(String connection) {
        String head = "HTTP/1.1 200 OK\r\n" + connection + "Content-Type: text/plain\r\nContent-Length: ";
        return head.getBytes(StandardCharsets.US_ASCII);
    }

    static ByteBuf continues() {
        return Unpooled.copiedBuffer("HTTP/1.1 100 Continue\r\n\r\n", StandardCharsets.US_ASCII);
    }

    /** The body first, then the head in front of it, when its length is known. */
    static ByteBuf of(TrackerAnswer answer, boolean compact, boolean close, boolean http10, ByteBufAllocator buffers) {
        int room = MAX_HEAD + maxLength(answer, compact);
        ByteBuf out = buffers.directBuffer(room, room);
        ByteBuffer body = out.internalNioBuffer(MAX_HEAD, room - MAX_HEAD);
        int start = body.position();
        encode(answer, compact, body);
        int length = body.position() - start;
        byte[] head = close ? OK_CLOSE : http10 ? OK_HTTP10 : OK;
        int at = MAX_HEAD - END_OF_HEAD.length;
        out.setBytes(at, END_OF_HEAD);
        int digits = length;
        do {
            out.setByte(--at, '0' + digits % 10);
            digits /= 10;
        } while (digits > 0);
        out.setBytes(at -= head.length, head);
        return out.setIndex(at, MAX_HEAD + length);
    }

    /** @param withBody false for an answer to HEAD, which says how long the body would be */
    static ByteBuf of(ApiAnswer answer, boolean withBody, boolean close, boolean http10) {
        StringBuilder head = new StringBuilder(256).append("HTTP/1.1 ").append(answer.status());
        head.append(' ')
                .append(REASONS.getOrDefault(answer.status(), "Unknown"))
                .append("\r\n");
        if (close) head.append("Connection: close\r\n");
        else if (http10) head.append("Connection: keep-alive\r\n");
        answer.headers()
                .forEach((name, value) ->
                        head.append(name).append(": ").append(value).append("\r\n"));
        head.append("Content-Type: ").append(answer.contentType()).append("\r\n");
        head.append("Content-Length: ").append(answer.body().length).append("\r\n\r\n");
        ByteBuf bytes = Unpooled.copiedBuffer(head, StandardCharsets.ISO_8859_1);
        return withBody ? Unpooled.wrappedBuffer(bytes, Unpooled.wrappedBuffer(answer.body())) : bytes;
    }

    static ApiAnswer error(int status, String code, String message) {
        String json = "{\"error\":{\"code\":\"" + code + "\",\"message\":\"" + message + "\"}}";
        return new ApiAnswer(status, "application/json", json.getBytes(StandardCharsets.UTF_8), Map.of());
    }

    private static int maxLength(TrackerAnswer answer, boolean compact) {
        if (answer instanceof AnnounceResponse response) return response.maxLength(compact);
        if (answer instanceof ScrapeResponse response) return response.maxLength();
        return ((TrackerFailure) answer).maxLength();
    }

    private static void encode(TrackerAnswer answer, boolean compact, ByteBuffer out) {
        if (answer instanceof AnnounceResponse response) response.encode(compact, out);
        else if (answer instanceof ScrapeResponse response) response.encode(out);
        else ((TrackerFailure) answer).encode(out);
    }
}
