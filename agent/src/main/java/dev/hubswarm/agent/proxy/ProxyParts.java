package dev.hubswarm.agent.proxy;

import dev.hubswarm.agent.accelerator.Deliveries;
import dev.hubswarm.hub.cache.HubCache;
import dev.hubswarm.hub.origin.HubOrigin;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What the proxy works with. Immutable.
 *
 * @param home {@code HUBSWARM_HOME}
 * @param hub asked without a token
 * @param cache where files are looked for
 * @param deliveries fetches large files
 * @param interception null if what clients ask by TLS passes untouched
 * @param destinations where clients may be led beside the Hub
 */
public record ProxyParts(
        Path home,
        HubOrigin hub,
        HubCache cache,
        Deliveries deliveries,
        @Nullable Interception interception,
        Destinations destinations) {
    /** With the rules that hold outside of tests. */
    public static ProxyParts of(
            Path home, HubOrigin hub, HubCache cache, Deliveries deliveries, @Nullable Interception interception) {
        return new ProxyParts(home, hub, cache, deliveries, interception, Destinations.PUBLIC);
    }
}
