package dev.hubswarm.p2pengine.peer;

import dev.hubswarm.p2pengine.transfer.Rarity;
import java.util.BitSet;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Which pieces a seed suggests to whom, so that each leaves it once before any leaves it twice. Confined to the
 * transfer's loop.
 *
 * <p>As long as a crowd has only one seed nothing spreads faster than the seed sends what was not sent before. Peers
 * cannot see what the seed is sending to others, so without suggestions they ask for the same rare pieces. Super-seeding
 * (BEP 16) is the older way; but it hides pieces, which is bad for whom this seed is the only one.
 */
final class Handout {
    /** So many of the rarest pieces are tried for one that the peer lacks. */
    private static final int PROBES = 512;

    private final Rarity copies;
    private final RandomGenerator random;
    /** Who got a piece before all others, as long as nobody has it from there. */
    private final @Nullable Share[] alone;

    /** @param ours what we have */
    Handout(BitSet ours, int pieceCount, RandomGenerator random) {
        this.random = random;
        copies = new Rarity(pieceCount);
        alone = new Share[pieceCount];
        ours.stream().forEach(copies::list);
    }

    /** It can be sent. */
    void verified(int piece) {
        if (!copies.isListed(piece)) copies.list(piece);
    }

    /** It cannot be sent any more. */
    void lost(int piece) {
        if (copies.isListed(piece)) copies.unlist(piece);
    }

    /** @param has what the peer has, and will have: a view */
    Share join(BitSet has) {
        return new Share(has);
    }

    /** One peer's part. Confined as the whole. */
    final class Share {
        private final BitSet has;
        /** What it has, and what it is to get. */
        private final BitSet counted = new BitSet();
        /** Suggested, and not asked for yet; the oldest first. */
        private final Set<Integer> stock = new LinkedHashSet<>();

        private int kept;

        private Share(BitSet has) {
            this.has = has;
            has.stream().forEach(this::count);
        }

        private void count(int piece) {
            counted.set(piece);
            copies.more(piece);
        }

        /**
         * It has one piece more.
         *
         * @return as {@link #asked}
         */
        boolean has(int piece) {
            if (!counted.get(piece)) {
                count(piece);
                Share first = alone[piece];
                alone[piece] = null;
                if (first != null) first.kept--;
            } else if (copies.of(piece) == 1) {
                alone[piece] = this;
                kept++;
            }
            return stock.remove(piece);
        }

        /** It has one piece less. */
        void lost(int piece) {
            stock.remove(piece);
            if (!counted.get(piece)) return;
            counted.clear(piece);
            copies.fewer(piece);
        }

        /** How many pieces it got from us that nobody is known to have got from it. */
        int kept() {
            return kept;
        }

        /**
         * It will get this piece.
         *
         * @return whether there may be something to suggest again
         */
        boolean asked(int piece) {
            // It could have had what was suggested, and has other plans with that: perhaps the Hub brings it.
            boolean isOwnChoice = !counted.get(piece) && copies.of(piece) == 0;
            Integer refused = isOwnChoice && !stock.isEmpty() ? stock.iterator().next() : null;
            if (refused != null) lost(refused);
            if (!counted.get(piece)) count(piece);
            return stock.remove(piece) || refused != null;
        }

        /** Nobody else has this piece, or is to get it. */
        boolean isNews(int piece) {
            return copies.of(piece) <= 1;
        }

        /** It has a part of this piece, or has asked for it. */
        boolean isBegun(int piece) {
            return counted.get(piece) && !stock.contains(piece) && !has.get(piece);
        }

        boolean isAmidPiece() {
            return promised().cardinality() > stock.size();
        }

        private BitSet promised() {
            BitSet promised = (BitSet) counted.clone();
            promised.andNot(has);
            return promised;
        }

        /** What it does not have yet it will not get from us now. */
        void choked() {
            stock.clear();
            promised().stream().forEach(this::lost);
        }

        void left() {
            counted.stream().forEach(copies::fewer);
            counted.clear();
        }

        /** Chooses a piece that fewest have; -1 if so many are suggested already, or there is none. */
        int next(int atMost) {
            if (stock.size() >= atMost) return -1;
            int piece = rarest();
            if (piece < 0) return -1;
            count(piece);
            stock.add(piece);
            return piece;
        }

        private int rarest() {
            int probes = PROBES;
            for (int bucket = 0; bucket <= copies.most(); bucket++) {
                int start = copies.start(bucket);
                int size = copies.start(bucket + 1) - start;
                int shift = size == 0 ? 0 : random.nextInt(size);
                for (int i = 0; i < size && probes > 0; i++, probes--) {
                    int piece = copies.at(start + (shift + i) % size);
                    if (!counted.get(piece)) return piece;
                }
            }
            return -1;
        }
    }
}
