package dev.hubswarm.trackerserver.swarm;

import java.time.Duration;

/**
 * Limits of the swarms. Immutable.
 *
 * @param open whether any torrent may be announced, or registered ones only
 * @param interval between two announces of a peer, as long as there are few peers
 * @param maxInterval what it grows to with their number
 * @param announcesPerSecond which rate it is to grow for
 * @param maxSwarms unregistered ones; of the others the catalogue decides
 * @param maxPeersPerSubscriber in all swarms; a seeder has one for each of its files
 * @param maxPeersPerHost in one swarm; an office behind one address may have many
 */
public record SwarmConfig(
        boolean open,
        Duration interval,
        Duration maxInterval,
        int announcesPerSecond,
        int maxSwarms,
        int maxPeers,
        int maxPeersPerSwarm,
        int maxPeersPerSubscriber,
        int maxPeersPerHost) {
    public static final SwarmConfig DEFAULT = new SwarmConfig(
            false, Duration.ofMinutes(30), Duration.ofHours(2), 1000, 200_000, 4_000_000, 10_000, 50_000, 500);

    public SwarmConfig {
        long seconds = interval.toSeconds();
        check(seconds >= 10 && seconds <= 86_400, "interval", interval, "10 s to a day");
        check(maxInterval.compareTo(interval) >= 0, "max-interval", maxInterval, "the interval or longer");
        check(maxInterval.toSeconds() <= 86_400, "max-interval", maxInterval, "a day or less");
        check(announcesPerSecond >= 1, "announces-per-second", announcesPerSecond, "1 or more");
        check(maxSwarms >= 1, "max-swarms", maxSwarms, "1 or more");
        check(maxPeers >= 1, "max-peers", maxPeers, "1 or more");
        check(maxPeersPerSwarm >= 1, "max-peers-per-swarm", maxPeersPerSwarm, "1 or more");
        check(maxPeersPerSubscriber >= 1, "max-peers-per-subscriber", maxPeersPerSubscriber, "1 or more");
        check(maxPeersPerHost >= 1, "max-peers-per-host", maxPeersPerHost, "1 or more");
    }

    private static void check(boolean ok, String key, Object got, String wanted) {
        if (!ok) throw new IllegalArgumentException("tracker." + key + " is " + got + ". Set it to " + wanted + ".");
    }

    public SwarmConfig withOpen(boolean any) {
        return new SwarmConfig(
                any,
                interval,
                maxInterval,
                announcesPerSecond,
                maxSwarms,
                maxPeers,
                maxPeersPerSwarm,
                maxPeersPerSubscriber,
                maxPeersPerHost);
    }
}
