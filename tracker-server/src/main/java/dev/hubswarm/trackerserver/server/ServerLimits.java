package dev.hubswarm.trackerserver.server;

import java.time.Duration;

/**
 * What one client, and all of them, may cost. A client is a /32 or /64, behind which there may be an office. Immutable.
 *
 * @param connectionsPerClient at a time
 * @param connectsPerSecond of a client, after a burst
 * @param requestsPerSecond of a client, after a burst: a seeder starts with an announce for each of its files
 * @param headTimeout from the first byte of a request until its head is there
 * @param bodyTimeout on top of what the body takes at 100 KB/s
 * @param idleTimeout between requests, and for a client that does not take its answer
 * @param bodyBytes of all requests that are there together
 * @param apiThreads for everything but announces and scrapes
 * @param apiQueue requests that wait for one of those threads
 */
public record ServerLimits(
        int connections,
        int connectionsPerClient,
        int connectsPerSecond,
        int connectBurst,
        int requestsPerSecond,
        int requestBurst,
        Duration headTimeout,
        Duration bodyTimeout,
        Duration idleTimeout,
        long bodyBytes,
        int apiThreads,
        int apiQueue) {
    public static final ServerLimits DEFAULT = new ServerLimits(
            20_000,
            1_000,
            200,
            2_000,
            100,
            10_000,
            Duration.ofSeconds(10),
            Duration.ofSeconds(30),
            Duration.ofSeconds(60),
            128 << 20,
            8,
            256);

    public ServerLimits {
        check(connections >= 1, "connections", connections);
        check(connectionsPerClient >= 1, "connections-per-client", connectionsPerClient);
        check(connectsPerSecond >= 1, "connects-per-second", connectsPerSecond);
        check(connectBurst >= 1, "connect-burst", connectBurst);
        check(requestsPerSecond >= 1, "requests-per-second", requestsPerSecond);
        check(requestBurst >= 1, "request-burst", requestBurst);
        check(headTimeout.toMillis() >= 1, "head-timeout", headTimeout);
        check(bodyTimeout.toMillis() >= 1, "body-timeout", bodyTimeout);
        check(idleTimeout.toMillis() >= 1, "idle-timeout", idleTimeout);
        check(bodyBytes >= 1, "body-bytes", bodyBytes);
        check(apiThreads >= 1, "api-threads", apiThreads);
        check(apiQueue >= 1, "api-queue", apiQueue);
    }

    private static void check(boolean ok, String key, Object got) {
        if (!ok) throw new IllegalArgumentException("tracker." + key + " is " + got + ". Set it to more than that.");
    }
}
