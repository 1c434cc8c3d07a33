package dev.hubswarm.trackerclient.announce;

import java.net.InetSocketAddress;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Connection ids that UDP trackers gave us, for all torrents. Confined to the announcer's thread; time is an argument.
 */
final class UdpConnections {
    /** BEP 15: a client may use one for a minute. */
    private static final long LIFE_NANOS = TimeUnit.MINUTES.toNanos(1);

    private static final int MAX_TRACKERS = 256;

    private record Connection(long id, long endNanos) {}

    /** The oldest first. */
    private final Map<InetSocketAddress, Connection> connections = new LinkedHashMap<>();

    void put(InetSocketAddress tracker, long id, long nowNanos) {
        connections.remove(tracker);
        connections.put(tracker, new Connection(id, nowNanos + LIFE_NANOS));
        if (connections.size() > MAX_TRACKERS)
            connections.remove(connections.keySet().iterator().next());
    }

    @Nullable
    Long find(InetSocketAddress tracker, long nowNanos) {
        Connection connection = connections.get(tracker);
        return connection == null || nowNanos - connection.endNanos >= 0 ? null : connection.id;
    }

    void forget(InetSocketAddress tracker) {
        connections.remove(tracker);
    }
}
