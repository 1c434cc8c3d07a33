package dev.hubswarm.p2pengine.peer;

import dev.hubswarm.p2pengine.transfer.TorrentView;
import dev.hubswarm.protocol.peerwire.HashRange;
import dev.hubswarm.protocol.peerwire.PeerMessage.HashRequest;
import dev.hubswarm.protocol.peerwire.PeerMessage.Hashes;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Asks peers what the blocks of pieces hash to (BEP 52), so that a liar is known by his first blocks instead of by a whole
 * piece (reliability.md T1). Confined to the transfer's loop.
 *
 * <p>As long as nothing came wrong nobody is asked, for it costs whoever answers reading and hashing the piece. From the
 * first lie on it is asked for every piece that is begun, until {@value #CALM_AFTER} in a row were right. Whoever has the
 * piece may answer, liars too: the answer proves itself.
 */
final class LeafQuestions {
    private static final int CALM_AFTER = 64;
    /** Of one peer. */
    private static final int AT_ONCE = 8;

    private static final long SILENT_NANOS = 2_000_000_000L;
    /** After so many a peer is left alone for a while. */
    private static final int MOST_NOES = 4;

    private static final int TICKS_LEFT_ALONE = 15;

    /** What is to be known of a piece, and who was asked. */
    private static final class Wish {
        final Set<PeerSession> refused = new HashSet<>();

        @Nullable
        PeerSession asked;

        long time;
    }

    private final PeerGroup group;
    private final RandomGenerator random;
    private final Map<Integer, Wish> wishes = new LinkedHashMap<>();
    private final Map<PeerSession, Integer> noes = new HashMap<>();
    private int ticks;
    private int untilCalm;
    private boolean isAsking;

    LeafQuestions(PeerGroup group, RandomGenerator random) {
        this.group = group;
        this.random = random;
    }

    // What the transfer says.

    /** Something came wrong. */
    void lied() {
        untilCalm = CALM_AFTER;
        TorrentView transfer = group.transfer();
        transfer.begun().stream().forEach(this::wish);
    }

    /** @return whether it can be found out which of its blocks are wrong, maybe */
    boolean doubted(int piece) {
        lied();
        wish(piece);
        Wish wish = wishes.get(piece);
        return wish != null && whoKnows(piece, wish) != null;
    }

    void opened(int piece) {
        if (untilCalm > 0) wish(piece);
    }

    void verified(int piece) {
        if (untilCalm == 0) return;
        untilCalm--;
        wishes.remove(piece);
    }

    private void wish(int piece) {
        LeafRanges ranges = group.leafRanges();
        if (ranges == null || ranges.of(piece) == null || wishes.containsKey(piece)) return;
        wishes.put(piece, new Wish());
        // Not in the midst of whatever it is that happens.
        if (!isAsking) group.later(this::ask);
        isAsking = true;
    }

    private void ask() {
        isAsking = false;
        TorrentView transfer = group.transfer();
        wishes.keySet().removeIf(piece -> !transfer.wantsLeaves(piece));
        for (int piece : List.copyOf(wishes.keySet())) {
            Wish wish = wishes.get(piece);
            byte[] known = group.leafAnswers().kept(piece);
            if (known != null && transfer.compare(piece, known)) wishes.remove(piece);
            else if (wish != null && wish.asked == null) ask(piece, wish);
        }
    }

    private void ask(int piece, Wish wish) {
        LeafRanges ranges = group.leafRanges();
        HashRange range = ranges == null ? null : ranges.of(piece);
        PeerSession peer = range == null ? null : whoKnows(piece, wish);
        if (range == null || peer == null) return;
        wish.asked = peer;
        wish.time = group.now();
        peer.send(new HashRequest(range));
    }

    /** Anybody, so that not all ask the same. */
    private @Nullable PeerSession whoKnows(int piece, Wish wish) {
        List<PeerSession> sessions = group.sessions();
        int first = sessions.isEmpty() ? 0 : random.nextInt(sessions.size());
        for (int i = 0; i < sessions.size(); i++) {
            PeerSession peer = sessions.get((first + i) % sessions.size());
            boolean mayKnow = peer.hasHashes() && peer.has(piece) && !wish.refused.contains(peer);
            if (mayKnow && noes.getOrDefault(peer, 0) < MOST_NOES && owed(peer) < AT_ONCE) return peer;
        }
        return null;
    }

    private long owed(PeerSession peer) {
        return wishes.values().stream().filter(wish -> wish.asked == peer).count();
    }

    // What peers say.

    /** @return false for what is no answer of this kind */
    boolean arrived(PeerSession peer, Hashes message) {
        int piece = askedOf(peer, message.range());
        if (piece == LeafRanges.NONE) return false;
        wishes.remove(piece);
        byte[] leaves = message.proof().nodes();
        TorrentView transfer = group.transfer();
        if (!transfer.wantsLeaves(piece)) return true;
        if (!transfer.compare(piece, leaves)) {
            wish(piece);
            group.lied(peer, "it sent hashes that do not lead to the piece's");
            return true;
        }
        noes.remove(peer);
        group.leafAnswers().keep(piece, leaves);
        return true;
    }

    /** @return false for what was not asked here */
    boolean rejected(PeerSession peer, HashRange range) {
        int piece = askedOf(peer, range);
        if (piece == LeafRanges.NONE) return false;
        askAnother(piece, peer);
        return true;
    }

    private int askedOf(PeerSession peer, HashRange range) {
        LeafRanges ranges = group.leafRanges();
        if (ranges == null) return LeafRanges.NONE;
        int piece = ranges.pieceOf(range);
        Wish wish = piece == LeafRanges.NONE ? null : wishes.get(piece);
        boolean isOurs = wish != null && wish.asked == peer && range.equals(ranges.of(piece));
        return isOurs ? piece : LeafRanges.NONE;
    }

    private void askAnother(int piece, PeerSession than) {
        Wish wish = wishes.get(piece);
        if (wish == null) return;
        wish.asked = null;
        wish.refused.add(than);
        noes.merge(than, 1, Integer::sum);
        ask(piece, wish);
    }

    void tick(long now) {
        if (++ticks % TICKS_LEFT_ALONE == 0) noes.clear();
        if (wishes.isEmpty()) return;
        for (int piece : List.copyOf(wishes.keySet())) {
            Wish wish = wishes.get(piece);
            if (wish == null || wish.asked == null) continue;
            if (now - wish.time >= SILENT_NANOS) askAnother(piece, wish.asked);
        }
        ask();
    }

    void left(PeerSession peer) {
        noes.remove(peer);
        for (Wish wish : wishes.values()) {
            wish.refused.remove(peer);
            if (wish.asked == peer) wish.asked = null;
        }
        if (!wishes.isEmpty() && !isAsking) {
            isAsking = true;
            group.later(this::ask);
        }
    }
}
