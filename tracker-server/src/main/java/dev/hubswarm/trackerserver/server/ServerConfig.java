package dev.hubswarm.trackerserver.server;

import dev.hubswarm.base.Redacted;
import java.net.InetSocketAddress;
import java.util.List;

/**
 * Where the tracker listens and whom it trusts. Immutable.
 *
 * @param listen address and port; port 0 takes any; the unspecified IPv6 address takes IPv4 too
 * @param udp whether it also listens for datagrams (BEP 15), on the same port number
 * @param announceTokens without one of them, as {@code /t/TOKEN/announce}, nobody learns of peers; empty if all may
 * @param trustedProxies whose word on the client's address counts
 */
public record ServerConfig(
        InetSocketAddress listen,
        boolean udp,
        List<Redacted> announceTokens,
        List<Cidr> trustedProxies,
        ServerLimits limits) {
    public ServerConfig {
        announceTokens = List.copyOf(announceTokens);
        trustedProxies = List.copyOf(trustedProxies);
    }

    public ServerConfig(InetSocketAddress listen, boolean udp) {
        this(listen, udp, List.of(), List.of(), ServerLimits.DEFAULT);
    }
}
