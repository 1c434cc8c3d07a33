package dev.hubswarm.agent.proxy;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What of a message's headers goes on to the other side. Stateless. */
final class Headers {
    /** Between two neighbours only (RFC 9110 section 7.6.1). */
    private static final List<CharSequence> HOP_BY_HOP = List.of(
            HttpHeaderNames.CONNECTION,
            "keep-alive",
            "proxy-connection",
            HttpHeaderNames.PROXY_AUTHENTICATE,
            HttpHeaderNames.PROXY_AUTHORIZATION,
            HttpHeaderNames.TE,
            HttpHeaderNames.TRAILER,
            HttpHeaderNames.TRANSFER_ENCODING,
            HttpHeaderNames.UPGRADE);

    private Headers() {}

    /** Those that mean something to more than one neighbour. Who names a length or a host to be dropped, is not heard. */
    static HttpHeaders endToEnd(HttpHeaders headers) {
        List<String> named = new ArrayList<>();
        for (String value : headers.getAll(HttpHeaderNames.CONNECTION)) {
            for (String name : value.split(",", -1)) {
                String trimmed = name.trim();
                boolean isNeeded = trimmed.isEmpty()
                        || trimmed.equalsIgnoreCase("content-length")
                        || trimmed.equalsIgnoreCase("host")
                        || trimmed.equalsIgnoreCase("authorization");
                if (!isNeeded) named.add(trimmed);
            }
        }
        HttpHeaders kept = new DefaultHttpHeaders();
        for (Map.Entry<String, String> header : headers) kept.add(header.getKey(), header.getValue());
        for (CharSequence name : HOP_BY_HOP) kept.remove(name);
        for (String name : named) kept.remove(name);
        return kept;
    }

    /**
     * What a client asked us, as we ask it of the Hub or another host.
     *
     * @param to who gets a token only by TLS, or within this machine
     */
    static HttpHeaders forward(HttpHeaders asked, HttpOrigin to, boolean hasChunkedBody) {
        HttpHeaders headers = endToEnd(asked);
        headers.remove(HttpHeaderNames.EXPECT);
        headers.remove(HttpHeaderNames.HOST);
        if (!to.isTls() && !to.isLoopback()) headers.remove(HttpHeaderNames.AUTHORIZATION);
        if (hasChunkedBody) headers.set(HttpHeaderNames.TRANSFER_ENCODING, "chunked");
        return headers;
    }

    /** The one value of a header; null if there is none, or more than one. */
    static @Nullable String only(HttpHeaders headers, CharSequence name) {
        List<String> all = headers.getAll(name);
        return all.size() == 1 ? all.get(0) : null;
    }
}
