package dev.hubswarm.p2pengine.swarm;

import java.net.InetSocketAddress;

/**
 * Limits of what we do in swarms. Immutable.
 *
 * @param listen port 0 for any that is free
 * @param maxPeers of one torrent
 * @param maxConnections of all torrents
 * @param maxHalfOpen how many may be called at once
 * @param uploadLimit bytes per second; 0 for none
 * @param downloadLimit bytes per second; 0 for none
 */
public record SwarmConfig(
        InetSocketAddress listen,
        int maxPeers,
        int maxConnections,
        int maxHalfOpen,
        long uploadLimit,
        long downloadLimit) {
    public static final int USUAL_PORT = 6881;
    /** BitTorrent clients try the ports from the usual one to this. */
    static final int LAST_PORT = 6999;

    public SwarmConfig {
        check(maxPeers >= 1 && maxPeers <= 2000, "swarm.max-peers", maxPeers, "a number from 1 to 2000");
        check(maxConnections >= 1, "swarm.max-connections", maxConnections, "1 or more");
        check(maxHalfOpen >= 1, "swarm.max-half-open", maxHalfOpen, "1 or more");
        check(uploadLimit >= 0, "swarm.upload-limit", uploadLimit, "0 or more");
        check(downloadLimit >= 0, "swarm.download-limit", downloadLimit, "0 or more");
    }

    public static SwarmConfig on(InetSocketAddress listen) {
        return new SwarmConfig(listen, 80, 400, 32, RateLimiter.UNLIMITED, RateLimiter.UNLIMITED);
    }

    public SwarmConfig withLimits(long upload, long download) {
        return new SwarmConfig(listen, maxPeers, maxConnections, maxHalfOpen, upload, download);
    }

    SwarmConfig at(int port) {
        InetSocketAddress other = new InetSocketAddress(listen.getAddress(), port);
        return new SwarmConfig(other, maxPeers, maxConnections, maxHalfOpen, uploadLimit, downloadLimit);
    }

    private static void check(boolean ok, String key, long got, String wanted) {
        if (!ok) throw new IllegalArgumentException(key + " is " + got + ". Set it to " + wanted + ".");
    }
}
