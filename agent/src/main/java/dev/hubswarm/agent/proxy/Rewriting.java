package dev.hubswarm.agent.proxy;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.ArrayList;
import java.util.List;

/**
 * Addresses of the Hub in its answers, written so that clients come back to us: they follow them as they are
 * (hub-protocol.md section 3.1). Immutable.
 *
 * @param hub the Hub that is asked
 * @param base what the client calls it, such as {@code http://127.0.0.1:8470}
 */
record Rewriting(HttpOrigin hub, String base) {
    /** A mirror may pass on what the Hub wrote. */
    private static final String HUGGING_FACE = "https://huggingface.co";

    private static final List<CharSequence> ADDRESSES =
            List.of(HttpHeaderNames.LOCATION, HttpHeaderNames.CONTENT_LOCATION, "X-Xet-Refresh-Route");
    private static final List<CharSequence> OF_THE_SITE = List.of(
            HttpHeaderNames.CONTENT_SECURITY_POLICY,
            "Strict-Transport-Security",
            HttpHeaderNames.SET_COOKIE,
            "Alt-Svc");

    String url(String text) {
        if (text.startsWith("//")) return text;
        for (String from : List.of(hub.url(), HUGGING_FACE)) {
            boolean isIt = text.regionMatches(true, 0, from, 0, from.length());
            if (isIt && (text.length() == from.length() || "/?#".indexOf(text.charAt(from.length())) >= 0))
                return base + text.substring(from.length());
        }
        return text;
    }

    /** In each {@code <address>} of a Link header (RFC 8288). */
    private String links(String header) {
        StringBuilder out = new StringBuilder();
        int at = 0;
        for (int open = header.indexOf('<'); open >= 0; open = header.indexOf('<', at)) {
            int close = header.indexOf('>', open);
            if (close < 0) break;
            out.append(header, at, open + 1).append(url(header.substring(open + 1, close)));
            at = close;
        }
        return out.append(header.substring(at)).toString();
    }

    /** Changes an answer's headers. */
    void apply(HttpHeaders headers) {
        for (CharSequence name : ADDRESSES) {
            String address = headers.get(name);
            if (address != null) headers.set(name, url(address));
        }
        List<String> links = new ArrayList<>();
        for (String link : headers.getAll("Link")) links.add(links(link));
        if (!links.isEmpty()) headers.set("Link", links);
        // They are about the site by its own name.
        if (!base.equals(HUGGING_FACE)) for (CharSequence name : OF_THE_SITE) headers.remove(name);
    }
}
