package dev.hubswarm.agent.proxy;

import dev.hubswarm.base.Redacted;
import dev.hubswarm.hub.request.HubRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import org.jspecify.annotations.Nullable;

/**
 * What a client wants of a file. Immutable, but for the headers, which nobody changes any more.
 *
 * @param target path and query, as the Hub is asked
 * @param headers as they go on to the Hub
 */
record FileQuestion(
        HubRequest.Resolve file, HttpMethod method, String target, HttpHeaders headers, Rewriting rewriting) {
    private static final String BEARER = "Bearer ";

    boolean isHead() {
        return method.equals(HttpMethod.HEAD);
    }

    /** How the client says who it is; null if it does not. */
    @Nullable
    String authorization() {
        return headers.get(HttpHeaderNames.AUTHORIZATION);
    }

    @Nullable
    Redacted token() {
        String authorization = authorization();
        if (authorization == null || !authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())) return null;
        return new Redacted(authorization.substring(BEARER.length()).trim());
    }
}
