package dev.hubswarm.agent.proxy;

import dev.hubswarm.agent.accelerator.Deliveries;
import dev.hubswarm.hub.cache.HubCache;
import dev.hubswarm.hub.origin.HubOrigin;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the proxy works with. Immutable.
 *
 * @param home {@code HUBSWARM_HOME}
 * @param hub asked without a token
 * @param caches where files are looked for
 * @param deliveries fetches large files
 * @param interception null if what clients ask by TLS passes untouched
 * @param destinations where clients may be led beside the Hub
 */
public record ProxyParts(
        Path home,
        HubOrigin hub,
        List<HubCache> caches,
        Deliveries deliveries,
        @Nullable Interception interception,
        Destinations destinations) {
    public ProxyParts {
        caches = List.copyOf(caches);
    }

    /** With the rules that hold outside of tests. */
    public static ProxyParts of(
            Path home,
            HubOrigin hub,
            List<HubCache> caches,
            Deliveries deliveries,
            @Nullable Interception interception) {
        return new ProxyParts(home, hub, caches, deliveries, interception, Destinations.PUBLIC);
    }
}
