package dev.hubswarm.p2pengine.swarm;

import dev.hubswarm.protocol.announce.PeerAddress;
import dev.hubswarm.protocol.announce.PeerId;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Who lied, and how. Confined to the loop.
 *
 * <p>One liar may share its address with honest peers, so at first only what it called itself and where it listened is
 * refused; with the second lie its host is (reliability.md T1, S4). Loopback is where everybody here comes from, and is
 * never refused as a whole.
 */
final class BanList {
    private static final int LIMIT = 10_000;
    private static final int LIES_OF_A_HOST = 2;

    private final Map<PeerAddress, String> addresses = new Bounded<>(LIMIT);
    private final Map<PeerId, String> ids = new Bounded<>(LIMIT);
    private final Map<PeerAddress, Integer> lies = new Bounded<>(LIMIT);

    void ban(PeerAddress address, @Nullable PeerId id, String why) {
        addresses.put(address, why);
        if (id != null) ids.put(id, why);
        if (address.scope() == PeerAddress.Scope.LOOPBACK) return;
        PeerAddress host = address.withPort(0);
        if (lies.merge(host, 1, Integer::sum) >= LIES_OF_A_HOST) addresses.put(host, why);
    }

    /** Why it is refused; null if it is not. */
    @Nullable
    String reason(PeerAddress address) {
        String why = addresses.get(address);
        return why != null ? why : addresses.get(address.withPort(0));
    }

    @Nullable
    String reason(PeerId id) {
        return ids.get(id);
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
