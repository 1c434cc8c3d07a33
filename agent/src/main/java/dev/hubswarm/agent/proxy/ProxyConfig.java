package dev.hubswarm.agent.proxy;

import dev.hubswarm.agent.control.HostNames;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where the proxy listens. Immutable.
 *
 * @param listen port 0 for any that is free
 * @param allowedHosts by which names, beside this machine's own, clients may call it
 * @param runtimeFolder {@code XDG_RUNTIME_DIR}, for a socket whose path would be too long otherwise
 */
public record ProxyConfig(
        InetSocketAddress listen,
        List<String> allowedHosts,
        @Nullable Path runtimeFolder) {
    public static final int USUAL_PORT = 8470;

    public ProxyConfig {
        if (listen.isUnresolved()) throw new IllegalArgumentException("--listen names a host that is not known here.");
        allowedHosts = List.copyOf(allowedHosts);
        for (String host : allowedHosts) {
            if (!HostNames.isName(host))
                throw new IllegalArgumentException(
                        "--allow-host is '" + host + "'. Give the name alone, such as box.example.org.");
        }
    }
}
