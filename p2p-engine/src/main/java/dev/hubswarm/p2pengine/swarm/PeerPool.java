package dev.hubswarm.p2pengine.swarm;

import dev.hubswarm.protocol.announce.PeerAddress;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.ToIntFunction;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Peers of one torrent that might be dialled. Confined to its torrent; time is an argument.
 *
 * <p>It is bounded, and who does not answer is tried later and later, and then no more (reliability.md T28).
 */
final class PeerPool {
    static final int LIMIT = 3000;
    static final int MOST_FAILURES = 3;
    private static final long FIRST_PAUSE_NANOS = 10_000_000_000L;
    private static final long LONGEST_PAUSE_NANOS = 300_000_000_000L;

    private static final class Candidate {
        final PeerAddress address;
        PeerOrigin origin;
        int failures;
        long next;
        boolean isBusy;

        Candidate(PeerAddress address, PeerOrigin origin, long now) {
            this.address = address;
            this.origin = origin;
            next = now;
        }

        boolean isGiven() {
            return origin == PeerOrigin.GIVEN;
        }
    }

    private final Map<PeerAddress, Candidate> known = new LinkedHashMap<>();
    private final RandomGenerator random;

    PeerPool(RandomGenerator random) {
        this.random = random;
    }

    int size() {
        return known.size();
    }

    void add(PeerAddress address, PeerOrigin origin, long now) {
        Candidate old = known.get(address);
        if (old != null) {
            if (origin == PeerOrigin.GIVEN) old.origin = origin;
            return;
        }
        if (known.size() >= LIMIT && !makeRoom()) return;
        known.put(address, new Candidate(address, origin, now));
    }

    /** For one that has not failed: the oldest of those that have. */
    private boolean makeRoom() {
        for (Iterator<Candidate> all = known.values().iterator(); all.hasNext(); ) {
            Candidate one = all.next();
            if (one.failures == 0 || one.isBusy || one.isGiven()) continue;
            all.remove();
            return true;
        }
        return false;
    }

    boolean hasAny(long now, Predicate<PeerAddress> mayDial) {
        return best(now, mayDial, address -> 0) != null;
    }

    /**
     * Whom to dial now; null if nobody. It is busy until {@link #ended}.
     *
     * @param mayDial not asked of those that the user gave
     * @param priority an unsigned number (BEP 40)
     */
    @Nullable
    PeerAddress next(long now, Predicate<PeerAddress> mayDial, ToIntFunction<PeerAddress> priority) {
        Candidate best = best(now, mayDial, priority);
        if (best == null) return null;
        best.isBusy = true;
        return best.address;
    }

    private @Nullable Candidate best(long now, Predicate<PeerAddress> mayDial, ToIntFunction<PeerAddress> priority) {
        Candidate best = null;
        for (Candidate one : known.values()) {
            if (one.isBusy || one.next - now > 0 || (!one.isGiven() && !mayDial.test(one.address))) continue;
            if (best == null || compare(one, best, priority) > 0) best = one;
        }
        return best;
    }

    private static int compare(Candidate a, Candidate b, ToIntFunction<PeerAddress> priority) {
        if (a.isGiven() != b.isGiven()) return a.isGiven() ? 1 : -1;
        if (a.failures != b.failures) return b.failures - a.failures;
        return Integer.compareUnsigned(priority.applyAsInt(a.address), priority.applyAsInt(b.address));
    }

    /** The call failed, or the connection is over. */
    void ended(PeerAddress address, boolean wasGood, long now) {
        Candidate one = known.get(address);
        if (one == null) return;
        one.isBusy = false;
        one.failures = wasGood ? 0 : one.failures + 1;
        if (one.failures >= MOST_FAILURES && !one.isGiven()) {
            known.remove(address);
            return;
        }
        long pause = Math.min(FIRST_PAUSE_NANOS << Math.min(one.failures, 10), LONGEST_PAUSE_NANOS);
        // Two that called each other at the same time shall not do so again.
        one.next = now + pause / 2 + random.nextLong(pause / 2);
    }

    /** It lied, or is ourselves. */
    void remove(PeerAddress address) {
        known.remove(address);
    }
}
