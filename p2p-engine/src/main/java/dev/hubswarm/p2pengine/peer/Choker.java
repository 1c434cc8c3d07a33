package dev.hubswarm.p2pengine.peer;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Decides to whom we send. Confined to the transfer's loop; time is an argument.
 *
 * <p>While we fetch, those are served who send us most, and one of those who wait gets a chance, so that newcomers come
 * into the game and better partners are found (BEP 3). Who owes us something and stays silent gets nothing but that
 * chance. When we have everything, peers take turns: who was served for a while, and got a good deal, goes to the back of
 * the queue, so that whoever only takes gets no more than its share (reliability.md T33).
 */
final class Choker {
    /** One who may be served. Confined as the choker. */
    interface Candidate {
        /** It wants something that we have, and asks for it when it can. */
        boolean isInterested();

        boolean isUnchoked();

        void choke();

        /** As {@link #choke}, but what was begun is ended first, within reason. */
        void chokeAfterPiece();

        void unchoke();

        /** It does not send what we asked for. */
        boolean isSnubbing();

        double sendsUs();

        double takesFromUs();

        /** When it was choked or unchoked. */
        long since();

        /** How many pieces it got from us that nobody is known to have from it, once that is more than can be helped. */
        int kept();

        /** How much it was sent since then. */
        long sentSince();
    }

    static final long ROUND_NANOS = 10_000_000_000L;
    private static final long CHANCE_NANOS = 3 * ROUND_NANOS;
    private static final long TURN_NANOS = 6 * ROUND_NANOS;

    private static final Comparator<Candidate> LONGEST_WAITING = Comparator.comparingLong(Candidate::since);
    /** So much more must another one give to take a slot; each change costs a moment in which nothing is sent. */
    private static final double BETTER = 1.5;

    private static final Comparator<Candidate> MOST_GIVING = Comparator.<Candidate>comparingDouble(
                    candidate -> candidate.sendsUs() * (candidate.isUnchoked() ? BETTER : 1))
            .thenComparingDouble(Candidate::takesFromUs)
            .reversed()
            .thenComparing(LONGEST_WAITING);

    private static final Comparator<Candidate> MOST_WORTHY = Comparator.comparingInt(Candidate::kept)
            .thenComparing(Comparator.comparingDouble(Candidate::sendsUs).reversed())
            .thenComparing(LONGEST_WAITING);

    private final long turnBytes;
    private final Slots slots = new Slots();
    private @Nullable Candidate chance;
    private long chanceBegan;

    private final RandomGenerator random;

    /** @param turnBytes how much a peer gets in its turn, if it is quick, when we have everything */
    Choker(long turnBytes, RandomGenerator random) {
        this.random = random;
        this.turnBytes = turnBytes;
    }

    /** To be called every second. */
    void second(List<? extends Candidate> all, long bytesSent) {
        slots.second(bytesSent, wanting(all) > slots.count());
        fill(all);
    }

    /** We have everything, and all who may ask are served at once: one more may ask, if somebody waits. */
    void serveMore(List<? extends Candidate> all) {
        if (wanting(all) <= slots.count()) return;
        slots.more();
        fill(all);
    }

    /** Chooses anew; to be called every {@link #ROUND_NANOS}. */
    void round(List<? extends Candidate> all, boolean areWeComplete, long now) {
        slots.round(wanting(all) > slots.count());
        if (areWeComplete) takeTurns(all, now);
        else chooseBest(all, now);
    }

    private static long wanting(List<? extends Candidate> all) {
        return all.stream().filter(Candidate::isInterested).count();
    }

    private void chooseBest(List<? extends Candidate> all, long now) {
        List<? extends Candidate> interested =
                all.stream().filter(Candidate::isInterested).toList();
        Set<Candidate> chosen = new HashSet<>();
        Candidate lucky = chance(interested, now);
        if (lucky != null) chosen.add(lucky);
        List<? extends Candidate> ranked = interested.stream()
                .filter(candidate -> !candidate.isSnubbing())
                .sorted(MOST_GIVING)
                .toList();
        for (Candidate candidate : ranked) if (chosen.size() < slots.count()) chosen.add(candidate);
        // First those that lose their slot, so that there are never more than there are slots.
        for (Candidate candidate : all) if (candidate.isUnchoked() && !chosen.contains(candidate)) candidate.choke();
        for (Candidate candidate : all) if (!candidate.isUnchoked() && chosen.contains(candidate)) candidate.unchoke();
    }

    /** Those who had their turn go when they have a whole piece, and others come when they are gone. */
    private void takeTurns(List<? extends Candidate> all, long now) {
        List<? extends Candidate> served =
                all.stream().filter(Candidate::isUnchoked).toList();
        for (Candidate candidate : served) if (!candidate.isInterested()) candidate.choke();
        long waiting = all.stream()
                .filter(candidate -> candidate.isInterested() && !candidate.isUnchoked())
                .count();
        long tooMany = Math.max(0, served.size() - slots.count());
        long leaving = Math.max(
                tooMany,
                Math.min(
                        waiting,
                        served.stream().filter(one -> hadItsTurn(one, now)).count()));
        served.stream()
                .filter(Candidate::isInterested)
                .sorted(Comparator.<Candidate, Boolean>comparing(candidate -> !hadItsTurn(candidate, now))
                        .thenComparing(LONGEST_WAITING))
                .limit(leaving)
                .forEach(Candidate::chokeAfterPiece);
        fill(all);
    }

    /** Somebody has another piece and passed on too few. */
    void keeps(Candidate greedy, List<? extends Candidate> all) {
        boolean isAnyWaiting = all.stream().anyMatch(one -> one.isInterested() && !one.isUnchoked() && one.kept() == 0);
        if (isAnyWaiting) greedy.chokeAfterPiece();
    }

    /**
     * Serves those who gave us most, or else have waited longest, while there are slots that nobody has; so nobody waits
     * for a round.
     */
    void fill(List<? extends Candidate> all) {
        long taken = all.stream().filter(Candidate::isUnchoked).count();
        if (taken >= slots.count()) return;
        List<Candidate> ring = new ArrayList<>(all);
        // Of those who wait equally long it is not the same one for everybody.
        Collections.rotate(ring, random.nextInt(1 + all.size()));
        ring.stream()
                .filter(candidate -> candidate.isInterested() && !candidate.isUnchoked() && !candidate.isSnubbing())
                .sorted(MOST_WORTHY)
                .limit(slots.count() - taken)
                .toList()
                .forEach(Candidate::unchoke);
    }

    private @Nullable Candidate chance(List<? extends Candidate> interested, long now) {
        Candidate current = chance;
        if (current != null && interested.contains(current) && now - chanceBegan < CHANCE_NANOS) return current;
        chance = interested.stream()
                .filter(candidate -> !candidate.isUnchoked())
                .min(LONGEST_WAITING)
                .orElse(null);
        chanceBegan = now;
        return chance;
    }

    private boolean hadItsTurn(Candidate candidate, long now) {
        long served = now - candidate.since();
        long sent = candidate.sentSince();
        // Whoever takes nothing would keep its slot from others for the longest time of all.
        boolean isEnough = served >= ROUND_NANOS && (sent >= turnBytes || sent == 0);
        return isEnough || served >= TURN_NANOS;
    }
}
