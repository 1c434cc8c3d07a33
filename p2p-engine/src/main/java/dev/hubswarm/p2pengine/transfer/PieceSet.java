package dev.hubswarm.p2pengine.transfer;

import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * Some of the pieces. Unlike a {@link BitSet}, several can be searched at once, 64 pieces in a step. Confined to its
 * owner.
 */
final class PieceSet {
    private final long[] words;

    PieceSet(int pieces) {
        words = new long[(pieces + Long.SIZE - 1) / Long.SIZE];
    }

    static PieceSet of(BitSet bits, int pieces) {
        PieceSet set = new PieceSet(pieces);
        long[] from = bits.toLongArray();
        System.arraycopy(from, 0, set.words, 0, from.length);
        return set;
    }

    boolean isEmpty() {
        for (long word : words) if (word != 0) return false;
        return true;
    }

    void removeAll(PieceSet others) {
        for (int i = 0; i < words.length; i++) words[i] &= ~others.words[i];
    }

    boolean has(int piece) {
        return (words[piece >> 6] & (1L << piece)) != 0;
    }

    void add(int piece) {
        words[piece >> 6] |= 1L << piece;
    }

    void remove(int piece) {
        words[piece >> 6] &= ~(1L << piece);
    }

    /** The first of these that is in the other set too, null being the set of all; -1 if there is none before {@code to}. */
    int next(@Nullable PieceSet other, int from, int to) {
        return next(this, this, other, from, to);
    }

    /** The first in {@code one} or {@code two} that is in {@code other} too. */
    static int next(PieceSet one, PieceSet two, @Nullable PieceSet other, int from, int to) {
        if (from >= to) return -1;
        long mask = -1L << from;
        for (int i = from >> 6; i <= (to - 1) >> 6; i++) {
            long word = (one.words[i] | two.words[i]) & mask;
            if (other != null) word &= other.words[i];
            if (word != 0) {
                int found = (i << 6) + Long.numberOfTrailingZeros(word);
                return found < to ? found : -1;
            }
            mask = -1L;
        }
        return -1;
    }

    /** The one that so many others come before; as many as there are pieces if there are not so many. */
    int at(int index) {
        int before = 0;
        for (int i = 0; i < words.length; i++) {
            int here = Long.bitCount(words[i]);
            if (before + here > index) {
                long word = words[i];
                for (; before < index; before++) word &= word - 1;
                return (i << 6) + Long.numberOfTrailingZeros(word);
            }
            before += here;
        }
        return words.length << 6;
    }

    /** The last of these before {@code to} that is in the other set too; -1 if there is none. */
    int previous(@Nullable PieceSet other, int to) {
        if (to <= 0) return -1;
        long mask = -1L >>> -to;
        for (int i = (to - 1) >> 6; i >= 0; i--) {
            long word = words[i] & mask;
            if (other != null) word &= other.words[i];
            if (word != 0) return (i << 6) + Long.SIZE - 1 - Long.numberOfLeadingZeros(word);
            mask = -1L;
        }
        return -1;
    }
}
