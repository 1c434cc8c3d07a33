package dev.hubswarm.hub.origin;

import java.net.URI;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which proxy leads where. Immutable.
 *
 * @param http for {@code http://} addresses
 * @param https for {@code https://} addresses
 * @param except as in NO_PROXY
 */
public record ProxyRules(
        @Nullable UpstreamProxy http, @Nullable UpstreamProxy https, List<String> except) {
    public static final ProxyRules NONE = new ProxyRules(null, null, List.of());

    public ProxyRules {
        except = List.copyOf(except);
    }

    /** The proxy for this address, or null for none. */
    public @Nullable UpstreamProxy proxyFor(URI uri) {
        return "https".equalsIgnoreCase(uri.getScheme()) ? https : http;
    }
}
