package dev.hubswarm.p2pengine.swarm;

import dev.hubswarm.protocol.announce.PeerAddress;
import dev.hubswarm.protocol.announce.PeerId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Who lied, and how. Confined to the loop.
 *
 * <p>A bit may flip on its way from an honest peer, so a lie is forgiven unless there was another one within a GiB
 * (reliability.md S50). With the second one everything is refused that both have in common: what the peer calls itself,
 * where it listens, its host (T1, S4). Loopback is where everybody here comes from, and is never refused as a whole.
 */
public final class BanList {
    /** So much may come between two lies that do not count together. */
    static final long FORGIVEN = 1L << 30;

    private static final int LIMIT = 10_000;

    /** By address, host or id: what came from there since it lied. */
    private final Map<Object, Long> lies = new Bounded<>(LIMIT);

    private final Map<Object, String> refused = new Bounded<>(LIMIT);

    /** It lied; what its connection brought was told already. */
    public void lied(PeerAddress address, @Nullable PeerId id, String why) {
        for (Object name : names(address, id)) {
            Long since = lies.put(name, 0L);
            if (since != null && since < FORGIVEN) refused.put(name, why);
        }
    }

    /** So much came from there. */
    public void received(PeerAddress address, @Nullable PeerId id, long bytes) {
        for (Object name : names(address, id)) lies.computeIfPresent(name, (same, since) -> since + bytes);
    }

    private static List<Object> names(PeerAddress address, @Nullable PeerId id) {
        List<Object> names = new ArrayList<>(List.of(address));
        if (address.scope() != PeerAddress.Scope.LOOPBACK) names.add(address.withPort(0));
        if (id != null) names.add(id);
        return names;
    }

    /** Why it is refused; null if it is not. */
    public @Nullable String reason(PeerAddress address) {
        String why = refused.get(address);
        return why != null ? why : refused.get(address.withPort(0));
    }

    @Nullable
    String reason(PeerId id) {
        return refused.get(id);
    }

    /** Forgets the oldest. */
    static final class Bounded<K, V> extends LinkedHashMap<K, V> {
        private static final long serialVersionUID = 1;

        private final int limit;

        Bounded(int limit) {
            this.limit = limit;
        }

        @Override
        protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
            return size() > limit;
        }
    }
}
