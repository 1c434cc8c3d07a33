package dev.hubswarm.agent.proxy;

import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What is asked of the Hub or another host. Immutable, but for the headers, which nobody changes any more.
 *
 * @param target path and query
 * @param hasBody whether content follows
 * @param destinations null for the Hub and where it leads
 * @param patience how long nothing may come before the answer begins
 */
record UpstreamRequest(
        HttpOrigin origin,
        HttpMethod method,
        String target,
        HttpHeaders headers,
        boolean hasBody,
        @Nullable Destinations destinations,
        Duration patience) {}
