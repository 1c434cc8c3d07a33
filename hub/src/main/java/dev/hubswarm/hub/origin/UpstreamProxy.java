package dev.hubswarm.hub.origin;

import dev.hubswarm.base.Redacted;
import java.net.InetSocketAddress;
import java.net.Proxy;
import org.jspecify.annotations.Nullable;

/**
 * A proxy between this machine and the Hub. Immutable.
 *
 * @param address unresolved
 * @param authorization what to send as {@code Proxy-Authorization}
 */
public record UpstreamProxy(
        Proxy.Type type,
        InetSocketAddress address,
        @Nullable Redacted authorization) {}
