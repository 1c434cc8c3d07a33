package dev.hubswarm.agent.proxy;

import io.netty.handler.ssl.SslContext;
import org.jspecify.annotations.Nullable;

/** Certificates for the Hub's hosts, so that what clients ask them by TLS can be answered here. Thread-safe. */
@FunctionalInterface
public interface Interception {
    /**
     * Does not block for longer than it takes to make a key.
     *
     * @param host in lower case, without a port
     * @return null if its connections are to pass untouched
     */
    @Nullable
    SslContext contextFor(String host);
}
