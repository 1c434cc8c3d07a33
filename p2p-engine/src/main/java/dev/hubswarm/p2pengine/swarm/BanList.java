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
 * <p>A bit may flip on its way from an honest peer, so a lie is forgiven unless there was another one within a GiB
 * (reliability.md S50). With the second one everything is refused that both have in common: what the peer calls itself,
 * where it listens, its host (T1, S4). One host has all addresses of an IPv6 /64 for itself, so that is refused once some
 * of it are; not sooner, since it may also be a whole network's. Loopback is where everybody here comes from, and is
 * never refused as a whole. After a day somebody else may have the address.
 */
public final class BanList {
    /** So much may come between two lies that do not count together. */
    static final long FORGIVEN = 1L << 30;

    static final long BAN_NANOS = 86_400_000_000_000L;
    private static final int LIMIT = 10_000;
    private static final int HOSTS_OF_A_NETWORK = 3;

    /**
     * Immutable.
     *
     * @param name a {@link PeerAddress}, whose port is 0 if its host is meant, or a {@link PeerId}
     */
    record Ban(Object name, String why, long end) {}

    /** By address, host or id: what came from there since it lied. */
    private final Map<Object, Long> lies = new Bounded<>(LIMIT);

    private final Map<Object, Ban> refused = new Bounded<>(LIMIT);

    /** It lied; what its connection brought was told already. */
    public void lied(PeerAddress address, @Nullable PeerId id, String why, long now) {
        for (Object name : names(address, id)) {
            Long since = lies.put(name, 0L);
            if (since != null && since < FORGIVEN) add(new Ban(name, why, now + BAN_NANOS));
        }
    }

    void add(Ban ban) {
        boolean isNew = refused.put(ban.name, ban) == null;
        if (!isNew || !(ban.name instanceof PeerAddress host) || !isOneOfMany(host)) return;
        long hosts = refused.values().stream()
                .filter(other -> other.end > ban.end - BAN_NANOS && isNeighbour(other.name, host))
                .count();
        PeerAddress network = network(host);
        if (hosts >= HOSTS_OF_A_NETWORK) refused.put(network, new Ban(network, ban.why, ban.end));
    }

    private static boolean isOneOfMany(PeerAddress address) {
        return !address.isV4() && address.scope() == PeerAddress.Scope.GLOBAL;
    }

    private static boolean isNeighbour(Object name, PeerAddress host) {
        return name instanceof PeerAddress other && other.port() == 0 && other.high() == host.high();
    }

    private static PeerAddress network(PeerAddress address) {
        return new PeerAddress(address.high(), 0, 0);
    }

    /**
     * It may come again, by this address; its next lie counts at once.
     *
     * @return why it was refused; null if it was not
     */
    @Nullable
    String forgive(PeerAddress address, long now) {
        String why = reason(address, now);
        forgive(address);
        forgive(address.withPort(0));
        if (isOneOfMany(address)) forgive(network(address));
        return why;
    }

    /** It turned out that it never lied: what it sent was compared with what was wrong itself. */
    void acquit(PeerAddress address, @Nullable PeerId id) {
        for (Object name : names(address, id)) {
            lies.remove(name);
            refused.remove(name);
        }
        if (isOneOfMany(address)) refused.remove(network(address));
    }

    void forgive(PeerId id) {
        forgive((Object) id);
    }

    private void forgive(Object name) {
        if (refused.remove(name) != null) lies.put(name, 0L);
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
    public @Nullable String reason(PeerAddress address, long now) {
        String why = current(address, now);
        if (why == null) why = current(address.withPort(0), now);
        return why == null && isOneOfMany(address) ? current(network(address), now) : why;
    }

    @Nullable
    String reason(PeerId id, long now) {
        return current(id, now);
    }

    private @Nullable String current(Object name, long now) {
        Ban ban = refused.get(name);
        return ban == null || ban.end - now <= 0 ? null : ban.why;
    }

    List<Ban> all() {
        return List.copyOf(refused.values());
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
