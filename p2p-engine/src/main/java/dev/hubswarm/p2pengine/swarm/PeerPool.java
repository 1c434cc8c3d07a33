package dev.hubswarm.p2pengine.swarm;

import dev.hubswarm.protocol.announce.PeerAddress;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.function.ToIntFunction;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Peers of one torrent that might be dialled. Confined to its torrent; time is an argument.
 *
 * <p>It is bounded, and who does not answer is tried later and later, and then no more (reliability.md T28). Nobody is
 * looked at twice in a minute, however many there are.
 */
final class PeerPool {
    static final int LIMIT = 3000;
    static final int MOST_FAILURES = 3;
    private static final long FIRST_PAUSE_NANOS = 10_000_000_000L;
    /** The other may have just been started: it does not listen yet, or hangs up until it has looked at its files. */
    private static final long FIRST_PAUSE_OF_GIVEN_NANOS = 1_000_000_000L;

    private static final long LONGEST_PAUSE_NANOS = 300_000_000_000L;
    /** For one that may not be dialled now. */
    private static final long POSTPONED_NANOS = 60_000_000_000L;

    private static final class Candidate {
        final PeerAddress address;
        final long number;
        PeerOrigin origin;
        int failures;
        int priority;
        long next;

        Candidate(PeerAddress address, PeerOrigin origin, long number, long now) {
            this.address = address;
            this.origin = origin;
            this.number = number;
            next = now;
        }

        boolean isGiven() {
            return origin == PeerOrigin.GIVEN;
        }

        long number() {
            return number;
        }
    }

    private static final Comparator<Candidate> BEST_FIRST = Comparator.<Candidate, Boolean>comparing(
                    one -> !one.isGiven())
            .thenComparingInt(one -> one.failures)
            .thenComparing(one -> one.origin)
            .thenComparing((a, b) -> Integer.compareUnsigned(b.priority, a.priority))
            .thenComparingLong(Candidate::number);

    private static final Comparator<Candidate> SOONEST_FIRST =
            Comparator.<Candidate>comparingLong(one -> one.next).thenComparingLong(Candidate::number);

    private final RandomGenerator random;
    private final ToIntFunction<PeerAddress> priority;
    private final Map<PeerAddress, Candidate> known = new HashMap<>();
    /** Who may be dialled now, and who later; who is neither is busy. */
    private final NavigableSet<Candidate> ready = new TreeSet<>(BEST_FIRST);

    private final NavigableSet<Candidate> later = new TreeSet<>(SOONEST_FIRST);
    private long count;

    /** @param priority an unsigned number (BEP 40), asked when somebody may be dialled */
    PeerPool(RandomGenerator random, ToIntFunction<PeerAddress> priority) {
        this.random = random;
        this.priority = priority;
    }

    int size() {
        return known.size();
    }

    void add(PeerAddress address, PeerOrigin origin, long now) {
        Candidate old = known.get(address);
        if (old != null) {
            if (origin != PeerOrigin.GIVEN) return;
            boolean wasReady = ready.remove(old);
            old.origin = origin;
            if (wasReady) ready.add(old);
            return;
        }
        if (known.size() >= LIMIT && !makeRoom(origin)) return;
        Candidate added = new Candidate(address, origin, count++, now);
        known.put(address, added);
        later.add(added);
    }

    /** Who has failed goes first, then who came from a worse origin. */
    private boolean makeRoom(PeerOrigin newcomer) {
        for (Candidate last : later.descendingSet()) {
            if (last.isGiven()) continue;
            if (!isWorse(last, newcomer)) break;
            remove(last.address);
            return true;
        }
        if (ready.isEmpty() || !isWorse(ready.last(), newcomer)) return false;
        remove(ready.last().address);
        return true;
    }

    private static boolean isWorse(Candidate one, PeerOrigin newcomer) {
        return !one.isGiven() && (one.failures > 0 || one.origin.compareTo(newcomer) > 0);
    }

    /** Whether the user gave it, and it was not removed. */
    boolean isGiven(PeerAddress address) {
        Candidate one = known.get(address);
        return one != null && one.isGiven();
    }

    boolean hasAny(long now, Predicate<PeerAddress> mayDial) {
        return best(now, mayDial) != null;
    }

    /**
     * Whom to dial now; null if nobody. It is busy until {@link #ended}.
     *
     * @param mayDial not asked of those that the user gave
     */
    @Nullable
    PeerAddress next(long now, Predicate<PeerAddress> mayDial) {
        Candidate best = best(now, mayDial);
        if (best == null) return null;
        ready.remove(best);
        return best.address;
    }

    private @Nullable Candidate best(long now, Predicate<PeerAddress> mayDial) {
        while (!later.isEmpty() && later.first().next - now <= 0) {
            Candidate due = later.first();
            later.remove(due);
            due.priority = priority.applyAsInt(due.address);
            ready.add(due);
        }
        while (!ready.isEmpty()) {
            Candidate best = ready.first();
            if (best.isGiven() || mayDial.test(best.address)) return best;
            ready.remove(best);
            wait(best, now + POSTPONED_NANOS);
        }
        return null;
    }

    private void wait(Candidate one, long until) {
        one.next = until;
        later.add(one);
    }

    /** The call failed, or the connection is over. */
    void ended(PeerAddress address, boolean wasGood, long now) {
        Candidate one = known.get(address);
        if (one == null || ready.contains(one) || later.contains(one)) return;
        one.failures = wasGood ? 0 : one.failures + 1;
        if (one.failures >= MOST_FAILURES && !one.isGiven()) {
            known.remove(address);
            return;
        }
        long first = one.isGiven() ? FIRST_PAUSE_OF_GIVEN_NANOS : FIRST_PAUSE_NANOS;
        long pause = Math.min(first << Math.min(one.failures, 10), LONGEST_PAUSE_NANOS);
        // Two that called each other at the same time shall not do so again.
        wait(one, now + pause / 2 + random.nextLong(pause / 2));
    }

    /** It lied, or is ourselves. */
    void remove(PeerAddress address) {
        Candidate one = known.remove(address);
        if (one == null) return;
        ready.remove(one);
        later.remove(one);
    }
}
