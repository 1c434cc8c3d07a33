package dev.hubswarm.protocol.announce;

/**
 * Connection ids of a UDP tracker (BEP 15): a keyed hash of address and time, so that nothing is remembered of those
 * who ask, and nobody has an id for an address that is not his (reliability.md T30). Immutable.
 */
public final class ConnectionIds {
    /** BEP 15 wants an id to be accepted for two minutes. */
    private static final long SLOT_NANOS = 120_000_000_000L;

    private final long key0;
    private final long key1;

    /** @param key0 one half of a secret, chosen at random when the tracker starts */
    public ConnectionIds(long key0, long key1) {
        this.key0 = key0;
        this.key1 = key1;
    }

    public long issue(PeerAddress client, long nowNanos) {
        return of(client, slot(nowNanos));
    }

    /** Whether it was issued to this address, by whatever port, in this slot of two minutes or the one before. */
    public boolean isValid(long id, PeerAddress client, long nowNanos) {
        long slot = slot(nowNanos);
        return id == of(client, slot) || id == of(client, slot - 1);
    }

    /** Without the port: behind some routers that changes from one datagram to the next. */
    private long of(PeerAddress client, long slot) {
        return SipHash.hash(key0, key1, client.high(), client.low(), slot);
    }

    private static long slot(long nowNanos) {
        return Math.floorDiv(nowNanos, SLOT_NANOS);
    }
}
