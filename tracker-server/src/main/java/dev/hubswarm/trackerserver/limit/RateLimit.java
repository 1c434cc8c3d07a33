package dev.hubswarm.trackerserver.limit;

import dev.hubswarm.protocol.announce.PeerAddress;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * How often each subscriber may do something: a steady rate, and a burst beyond it after a pause (reliability.md T29).
 * Loopback has no limit. Thread-safe; time is an argument. It is the generic cell rate algorithm (ITU-T I.371), which
 * remembers one time per subscriber: when all it did would be paid for.
 */
public final class RateLimit {
    private static final int SLOTS = 1 << 16;

    private final Slots slots = new Slots(SLOTS);
    private final AtomicLongArray paidAt = new AtomicLongArray(SLOTS);
    private final long nanosEach;
    private final long burstNanos;
    private final long startNanos;

    public RateLimit(int perSecond, int burst, long nowNanos) {
        this.nanosEach = 1_000_000_000L / perSecond;
        this.burstNanos = burst * nanosEach;
        this.startNanos = nowNanos;
    }

    public boolean tryAcquire(PeerAddress subscriber, long nowNanos) {
        return tryAcquire(subscriber, 1, nowNanos);
    }

    /** @param cost as how many it counts */
    public boolean tryAcquire(PeerAddress subscriber, int cost, long nowNanos) {
        if (subscriber.scope() == PeerAddress.Scope.LOOPBACK) return true;
        int slot = slots.of(subscriber);
        long now = nowNanos - startNanos;
        long paid;
        long next;
        do {
            paid = paidAt.get(slot);
            next = Math.max(paid, now) + cost * nanosEach;
            if (next - now > burstNanos) return false;
        } while (!paidAt.compareAndSet(slot, paid, next));
        return true;
    }
}
