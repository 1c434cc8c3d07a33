package dev.hubswarm.agent.proxy;

import java.net.URI;
import java.net.URISyntaxException;
import org.jspecify.annotations.Nullable;

/** Where redirects lead. Stateless. */
final class Locations {
    private Locations() {}

    /** Null if it leads nowhere, or from TLS to plain text. */
    static @Nullable URI follow(URI from, @Nullable String location) {
        if (location == null) return null;
        try {
            URI to = from.resolve(new URI(location));
            HttpOrigin next = HttpOrigin.of(to);
            boolean isWeaker = next != null && "https".equalsIgnoreCase(from.getScheme()) && !next.isTls();
            return next == null || isWeaker ? null : to;
        } catch (URISyntaxException | IllegalArgumentException e) {
            return null;
        }
    }
}
