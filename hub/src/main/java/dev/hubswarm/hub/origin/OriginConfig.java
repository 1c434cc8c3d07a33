package dev.hubswarm.hub.origin;

import dev.hubswarm.base.Redacted;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How to reach the Hub. Immutable.
 *
 * @param endpoint without a slash at its end
 * @param extraCa a PEM file with more certificate authorities
 * @param metadataTimeout for each step (connect, read, write) of asking about a file
 * @param downloadTimeout for each step of reading it
 * @param retries after a first try that failed
 */
public record OriginConfig(
        URI endpoint,
        @Nullable Redacted token,
        ProxyRules proxies,
        @Nullable Path extraCa,
        boolean offline,
        String userAgent,
        Duration metadataTimeout,
        Duration downloadTimeout,
        int retries) {
    public static final URI HUGGING_FACE = URI.create("https://huggingface.co");
    private static final Set<String> LOCAL = Set.of("localhost", "127.0.0.1", "[::1]");
    public static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(10);
    /** As often as huggingface_hub. */
    public static final int DEFAULT_RETRIES = 5;

    public OriginConfig {
        if (!isEndpoint(endpoint)) throw new IllegalArgumentException("not the address of a Hub");
        if (retries < 0) throw new IllegalArgumentException("retries below zero");
    }

    /** The address of a Hub as people write it, also with a slash at its end. Null if it is none. */
    public static @Nullable URI endpoint(String text) {
        try {
            URI uri = new URI(text.replaceAll("/+$", ""));
            return isEndpoint(uri) ? uri : null;
        } catch (URISyntaxException e) {
            return null;
        }
    }

    /** Whether it is the address of a host, by HTTP, and nothing in it is a secret. */
    private static boolean isEndpoint(URI uri) {
        boolean http = "https".equalsIgnoreCase(uri.getScheme()) || "http".equalsIgnoreCase(uri.getScheme());
        boolean bare = uri.getRawUserInfo() == null && uri.getRawQuery() == null && uri.getRawFragment() == null;
        return http && bare && uri.getHost() != null && !uri.getRawPath().endsWith("/");
    }

    /** The same, but for another Hub. */
    public OriginConfig at(URI otherEndpoint) {
        return new OriginConfig(
                otherEndpoint, token, proxies, extraCa, offline, userAgent, metadataTimeout, downloadTimeout, retries);
    }

    /** The same, for somebody else. */
    public OriginConfig as(@Nullable Redacted otherToken) {
        return new OriginConfig(
                endpoint, otherToken, proxies, extraCa, offline, userAgent, metadataTimeout, downloadTimeout, retries);
    }

    /** The same, for what anybody may know. */
    public OriginConfig anonymous() {
        return as(null);
    }

    /** A company's mirror may answer to anybody in its network what the world must not see; this one does not. */
    public boolean isPublicOrLocal() {
        return endpoint.equals(HUGGING_FACE) || LOCAL.contains(endpoint.getHost());
    }

    /** The same, but for a question that is asked once. */
    public OriginConfig hasty(Duration timeout) {
        return new OriginConfig(endpoint, token, proxies, extraCa, offline, userAgent, timeout, timeout, 0);
    }
}
