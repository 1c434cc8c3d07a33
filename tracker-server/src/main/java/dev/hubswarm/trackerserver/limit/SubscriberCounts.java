package dev.hubswarm.trackerserver.limit;

import dev.hubswarm.protocol.announce.PeerAddress;
import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * How many of something each subscriber has: a /32 or a /64 (reliability.md T29). Loopback is not counted.
 * Thread-safe.
 */
public final class SubscriberCounts {
    private static final int SLOTS = 1 << 17;

    private final Slots slots = new Slots(SLOTS);
    private final AtomicIntegerArray counts = new AtomicIntegerArray(SLOTS);
    private final int limit;

    public SubscriberCounts(int limit) {
        this.limit = limit;
    }

    /** Counts one more; false, counting nothing, if the limit is reached. */
    public boolean tryAdd(PeerAddress subscriber) {
        if (subscriber.scope() == PeerAddress.Scope.LOOPBACK) return true;
        int slot = slots.of(subscriber);
        if (counts.incrementAndGet(slot) <= limit) return true;
        counts.decrementAndGet(slot);
        return false;
    }

    /** One less of those that {@link #tryAdd} counted. */
    public void remove(PeerAddress subscriber) {
        if (subscriber.scope() != PeerAddress.Scope.LOOPBACK) counts.decrementAndGet(slots.of(subscriber));
    }

    /** All together, for checks. */
    public long total() {
        long total = 0;
        for (int i = 0; i < SLOTS; i++) total += counts.get(i);
        return total;
    }
}
