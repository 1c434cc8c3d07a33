package dev.hubswarm.javaagent.core;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Where the Hub sent this program, for as long as such addresses live. Thread-safe. */
final class Links {
    /** Programs ask at once, or from a list that they made before; a thousand shards is a large model. */
    private static final int MOST = 4096;

    /** As the Hub's own signed addresses. */
    private static final long LIFE_NANOS = 3_600_000_000_000L;

    private record Known(Link link, long sinceNanos) {}

    private final Map<String, Known> byAddress = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Known> eldest) {
            return size() > MOST;
        }
    };
    /** Read without the lock by every request of the host, to anywhere. */
    private volatile boolean none = true;

    synchronized void put(String address, Link link, long nowNanos) {
        byAddress.put(address, new Known(link, nowNanos));
        none = false;
    }

    boolean areNone() {
        return none;
    }

    synchronized @Nullable Link find(String address, long nowNanos) {
        Known entry = byAddress.get(address);
        if (entry == null) return null;
        if (nowNanos - entry.sinceNanos() < LIFE_NANOS) return entry.link();
        byAddress.remove(address);
        return null;
    }
}
