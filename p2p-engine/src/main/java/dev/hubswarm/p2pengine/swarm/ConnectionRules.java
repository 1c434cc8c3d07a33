package dev.hubswarm.p2pengine.swarm;

import dev.hubswarm.protocol.announce.PeerAddress;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How many connections there may be, in all and with one host, and whom we may call. Confined to the loop; time is an
 * argument.
 *
 * <p>A host that does not answer is called three times in an hour, whatever ports it is said to listen on, so that
 * nobody can aim us at it (reliability.md T28). Loopback is exempt from rules about hosts.
 */
final class ConnectionRules {
    static final int CALLS = 3;
    /** Of one torrent. One host may well have many of our torrents, such as the shards of one model. */
    static final int CONNECTIONS_PER_HOST = 2;
    /** Of all connections, what one host may have, and what is kept for those whom we call. */
    private static final int SHARE_OF_A_HOST = 4;

    private static final int SHARE_OF_CALLS = 10;
    private static final int REMEMBERED = 20_000;
    private static final long MEMORY_NANOS = 3_600_000_000_000L;

    private record Calls(int count, long first) {}

    private final SwarmConfig config;
    private final BanList bans = new BanList();
    private final Map<PeerAddress, Integer> perHost = new HashMap<>();
    private final Map<PeerAddress, Calls> unanswered = new BanList.Bounded<>(REMEMBERED);
    private int open;
    private int calling;

    ConnectionRules(SwarmConfig config) {
        this.config = config;
    }

    BanList bans() {
        return bans;
    }

    int open() {
        return open;
    }

    int calling() {
        return calling;
    }

    /** Whether there is room for any call. */
    boolean mayCall() {
        return open < config.maxConnections() && calling < config.maxHalfOpen();
    }

    boolean mayCall(PeerAddress address, long now) {
        return mayConnect(address, now) && (isExempt(address) || before(address, now).count < CALLS);
    }

    /** One who calls must leave room for those whom we call. */
    boolean mayAccept(PeerAddress address, long now) {
        int most = config.maxConnections();
        return open < most - most / SHARE_OF_CALLS && mayConnect(address, now);
    }

    private boolean mayConnect(PeerAddress address, long now) {
        int most = Math.max(config.maxConnections() / SHARE_OF_A_HOST, CONNECTIONS_PER_HOST);
        boolean hasRoom = isExempt(address) || perHost.getOrDefault(host(address), 0) < most;
        return hasRoom && bans.reason(address, now) == null;
    }

    /** A call begins; it counts as a connection from then on, and as one without answer until there is one. */
    void calls(PeerAddress address, long now) {
        calling++;
        opened(address);
        Calls before = before(address, now);
        if (!isExempt(address)) unanswered.put(host(address), new Calls(before.count + 1, before.first));
    }

    void called(PeerAddress address, boolean answered) {
        calling--;
        if (answered) unanswered.remove(host(address));
        else closed(address);
    }

    void opened(PeerAddress address) {
        open++;
        perHost.merge(host(address), 1, Integer::sum);
    }

    void closed(PeerAddress address) {
        open--;
        perHost.computeIfPresent(host(address), (host, count) -> count == 1 ? null : Integer.valueOf(count - 1));
    }

    private Calls before(PeerAddress address, long now) {
        @Nullable Calls before = unanswered.get(host(address));
        return before == null || now - before.first >= MEMORY_NANOS ? new Calls(0, now) : before;
    }

    private static PeerAddress host(PeerAddress address) {
        return address.withPort(0);
    }

    static boolean isExempt(PeerAddress address) {
        return address.scope() == PeerAddress.Scope.LOOPBACK;
    }
}
