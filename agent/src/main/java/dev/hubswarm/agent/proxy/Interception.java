package dev.hubswarm.agent.proxy;

import io.netty.handler.ssl.SslContext;
import org.jspecify.annotations.Nullable;

/** Certificates for the Hub's hosts, so that what clients ask them by TLS can be answered here. Thread-safe. */
@FunctionalInterface
public interface Interception {
    /**
     * Reads a file and makes a key, so not for an event loop.
     *
     * @param host in lower case, without a port
     * @return null if its connections are to pass untouched
     */
    @Nullable
    SslContext contextFor(String host);
}
