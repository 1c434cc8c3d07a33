package dev.hubswarm.agent.proxy;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import javax.net.ssl.SSLException;

/**
 * An answer of our own instead of the Hub's, in the form of the Hub's errors, which clients show to people. Immutable.
 *
 * @param message without quotes and backslashes
 */
record Failure(int status, String code, String message) {
    static final Failure BAD_REQUEST = new Failure(400, "BadRequest", "hubswarm: this is no HTTP that it reads.");
    static final Failure AMBIGUOUS =
            new Failure(400, "BadRequest", "hubswarm: where this request ends can be read in two ways.");
    static final Failure TOO_LARGE = new Failure(431, "BadRequest", "hubswarm: the headers are too large.");
    static final Failure TOO_LONG = new Failure(414, "BadRequest", "hubswarm: the address is too long.");
    static final Failure WRONG_HOST =
            new Failure(421, "WrongHost", "hubswarm: not a name of this proxy; --allow-host adds names.");
    static final Failure FOREIGN_PAGE = new Failure(403, "ForeignPage", "hubswarm: not for pages of other sites.");
    static final Failure FORBIDDEN_DESTINATION = new Failure(
            403,
            "ForbiddenDestination",
            "hubswarm: it leads to public addresses at the ports 80 and 443 only. Name others in NO_PROXY.");
    static final Failure OFFLINE =
            new Failure(504, "Offline", "hubswarm: HF_HUB_OFFLINE is set for its agent, and this is not in its cache.");
    static final Failure CHANGED = new Failure(502, "Changed", "hubswarm: the Hub now has other content there.");
    static final Failure WITHDRAWN = new Failure(
            503, "Withdrawn", "hubswarm: what came of this file was wrong, though believed. Fetch all of it anew.");
    static final Failure FAULT = new Failure(500, "Fault", "hubswarm: a fault; the log of the agent says more.");

    /** Somebody cannot be reached, or what he says makes no sense. */
    static Failure of(HttpOrigin origin, IOException why) {
        if (why instanceof ForbiddenDestination) return FORBIDDEN_DESTINATION;
        boolean isLate = why instanceof SocketTimeoutException;
        String how = isLate
                ? "it does not answer in time"
                : why instanceof UnknownHostException
                        ? "its name is unknown"
                        : why instanceof SSLException ? "the connection is not secure" : "the connection failed";
        String message = "hubswarm cannot reach " + origin.url() + ": " + how + ".";
        return new Failure(isLate ? 504 : 502, "UpstreamUnreachable", message);
    }

    FullHttpResponse response() {
        byte[] body = ("{\"error\":\"" + message + "\"}").getBytes(StandardCharsets.UTF_8);
        FullHttpResponse response = new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(status), Unpooled.wrappedBuffer(body));
        response.headers()
                .set(HttpHeaderNames.CONTENT_TYPE, "application/json")
                .set(HttpHeaderNames.CONTENT_LENGTH, body.length)
                .set(HttpHeaderNames.CACHE_CONTROL, "no-store")
                .set("X-Error-Code", code)
                .set("X-Error-Message", message);
        return response;
    }
}
