package dev.hubswarm.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Who has sent how much, over all its connections. Confined to one thread. */
final class SourceShares {
    /** One of them. Immutable. */
    record Share(String address, String client, long bytes) {}

    /** Of the connections that ended, and of the one there is. */
    private record Seen(String client, long before, long now) {}

    private final Map<String, Seen> sources = new LinkedHashMap<>();

    /** @param received over the connection that there is */
    void saw(String address, String client, long received) {
        if (received == 0) return;
        sources.merge(
                address,
                new Seen(client, 0, received),
                (old, seen) -> new Seen(client, old.before + (received < old.now ? old.now : 0), received));
    }

    List<Share> all() {
        return sources.entrySet().stream()
                .map(one -> new Share(one.getKey(), one.getValue().client, one.getValue().before + one.getValue().now))
                .toList();
    }
}
