package dev.hubswarm.agent.control;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Who may ask what (reliability.md T15, T16): reading is for programs on this machine, but not for pages of others in a
 * browser on it; changes are for whoever has the token, whatever he sends it by. Immutable.
 */
final class Admission {
    private static final List<String> OWN_PAGES = List.of("same-origin", "none");

    private final ControlToken token;

    Admission(ControlToken token) {
        this.token = token;
    }

    boolean isOwner(HttpHeaders headers) {
        return token.isIn(only(headers, HttpHeaderNames.AUTHORIZATION));
    }

    /**
     * Null if it may be answered.
     *
     * @param names null where no browser and no name leads: a Unix socket
     */
    @Nullable
    ControlAnswer refusal(String method, HttpHeaders headers, boolean hasBody, @Nullable HostNames names) {
        if (names != null && !names.accept(only(headers, HttpHeaderNames.HOST)))
            return ControlAnswer.error(421, "wrong_host", "Not the name of this agent; --allow-host adds names.");
        if (isForeign(headers, names)) return ControlAnswer.error(403, "foreign_page", "Not for other sites' pages.");
        if (headers.contains(HttpHeaderNames.AUTHORIZATION) && !isOwner(headers))
            return ControlAnswer.error(401, "wrong_token", "This is not what control-token in HUBSWARM_HOME holds.");
        if (isRead(method)) return hasBody ? ControlAnswer.error(400, "bad_request", "To read takes no body.") : null;
        if (!isOwner(headers))
            return ControlAnswer.error(
                    401, "no_token", "Send what control-token in HUBSWARM_HOME holds, as Authorization: Bearer T.");
        String type = headers.get(HttpHeaderNames.CONTENT_TYPE, "");
        if (hasBody && !type.equals("application/json") && !type.startsWith("application/json;"))
            return ControlAnswer.error(415, "no_json", "Send application/json.");
        return null;
    }

    static boolean isRead(String method) {
        return method.equals("GET") || method.equals("HEAD");
    }

    private static boolean isForeign(HttpHeaders headers, @Nullable HostNames names) {
        String site = headers.get("Sec-Fetch-Site");
        String origin = headers.get(HttpHeaderNames.ORIGIN);
        return (site != null && !OWN_PAGES.contains(site))
                || (origin != null && (names == null || !names.isOwnPage(origin)));
    }

    /** Two of a kind may be read in two ways. */
    private static @Nullable String only(HttpHeaders headers, CharSequence name) {
        List<String> all = headers.getAll(name);
        return all.size() == 1 ? all.get(0) : null;
    }
}
