package dev.hubswarm.hub.origin;

import dev.hubswarm.base.Redacted;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
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
    public static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(10);
    public static final int DEFAULT_RETRIES = 5;

    /** The same, but for another Hub. */
    public OriginConfig at(URI otherEndpoint) {
        return new OriginConfig(
                otherEndpoint, token, proxies, extraCa, offline, userAgent, metadataTimeout, downloadTimeout, retries);
    }
}
