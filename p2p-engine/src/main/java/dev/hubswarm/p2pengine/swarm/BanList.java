package dev.hubswarm.p2pengine.swarm;

import dev.hubswarm.protocol.announce.PeerAddress;
import dev.hubswarm.protocol.announce.PeerId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Who lied, how, and until when that counts. Confined to the loop; time is an argument.
 *
 * <p>One liar may share its address with honest peers, so at first only what it called itself and where it listened is
 * refused; with the second lie its host is (reliability.md T1, S4). Loopback is where everybody here comes from, and is
 * never refused as a whole. After a day somebody else may have the address.
 */
final class BanList {
    static final long BAN_NANOS = 86_400_000_000_000L;
    private static final int LIMIT = 10_000;
    private static final int LIES_OF_A_HOST = 2;

    /**
     * Immutable.
     *
     * @param address of one listener; null for a ban by peer id
     */
    record Ban(@Nullable PeerAddress address, @Nullable PeerId id, String why, long end) {}

    private final Map<PeerAddress, Ban> addresses = new Bounded<>(LIMIT);
    private final Map<PeerId, Ban> ids = new Bounded<>(LIMIT);
    private final Map<PeerAddress, Integer> lies = new Bounded<>(LIMIT);
    private final Map<PeerAddress, Ban> hosts = new Bounded<>(LIMIT);

    void ban(PeerAddress address, @Nullable PeerId id, String why, long now) {
        if (id != null) add(new Ban(null, id, why, now + BAN_NANOS), now);
        add(new Ban(address, null, why, now + BAN_NANOS), now);
    }

    void add(Ban ban, long now) {
        if (ban.end - now <= 0) return;
        if (ban.id != null) ids.put(ban.id, ban);
        PeerAddress address = ban.address;
        if (address == null) return;
        // What is found out after its connection has ended is part of the same lie.
        boolean isNew = current(addresses, address, now) == null;
        addresses.put(address, ban);
        if (!isNew || address.scope() == PeerAddress.Scope.LOOPBACK) return;
        PeerAddress host = address.withPort(0);
        if (lies.merge(host, 1, Integer::sum) >= LIES_OF_A_HOST) hosts.put(host, ban);
    }

    /** Why it is refused; null if it is not. */
    @Nullable
    String reason(PeerAddress address, long now) {
        String why = current(addresses, address, now);
        return why != null ? why : current(hosts, address.withPort(0), now);
    }

    @Nullable
    String reason(PeerId id, long now) {
        return current(ids, id, now);
    }

    private static <K> @Nullable String current(Map<K, Ban> bans, K key, long now) {
        Ban ban = bans.get(key);
        return ban == null || ban.end - now <= 0 ? null : ban.why;
    }

    /** What {@link #add} makes the same list of. */
    List<Ban> all() {
        List<Ban> all = new ArrayList<>(ids.values());
        all.addAll(addresses.values());
        return all;
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
