package dev.hubswarm.p2pengine.transfer;

import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * A piece that is being fetched. Each of its blocks is free, asked of one or two, or here. Confined to its picker.
 */
final class OpenPiece {
    private static final long PATIENCE_NANOS = 5_000_000_000L;
    private static final long ALONE_NANOS = 60_000_000_000L;

    final int piece;
    final int blocks;
    /** All but padding. */
    final int blocksToCome;
    /** It was wrong before; who sends all of it alone can be blamed alone. */
    final boolean isSuspect;

    /** Who gets the rest of it alone, as long as it is quick, or if it was wrong before. */
    @Nullable
    Member holder;

    /** Or they sent some of it unasked. */
    boolean wasAskedOfOthers;

    final long begun;
    /** When somebody was last asked for a block, or sent one. */
    long touched;

    /** Among those open, and among those with free blocks; -1 if it is not there. */
    int openPlace = -1;

    int partialPlace = -1;
    int free;
    int here;

    private final @Nullable Ask[] first;
    private @Nullable Ask @Nullable [] second;
    private final BitSet arrived;
    private int firstFree;
    private int firstAbsent;

    /** @param padding blocks that need not come */
    OpenPiece(int piece, int blocks, BitSet padding, boolean isSuspect, long now) {
        this.piece = piece;
        this.blocks = blocks;
        this.isSuspect = isSuspect;
        begun = touched = now;
        here = padding.cardinality();
        free = blocksToCome = blocks - here;
        first = new Ask[blocks];
        arrived = padding;
    }

    /**
     * Whether it is its holder's alone, though another peer has nothing else to do: with some bytes of each it would be
     * wrong for ever where there are many liars, and nobody to blame. Whoever does not go on, or takes long, loses it.
     */
    boolean isKeptFrom(Member to, long now) {
        boolean isHeld = isSuspect && holder != null && holder != to;
        return isHeld && !to.source.isHub() && now - touched < PATIENCE_NANOS && now - begun < ALONE_NANOS;
    }

    boolean isOpen() {
        return openPlace >= 0;
    }

    boolean isHere(int block) {
        return arrived.get(block);
    }

    boolean isFree(int block) {
        return first[block] == null && !arrived.get(block);
    }

    @Nullable
    Ask first(int block) {
        return first[block];
    }

    @Nullable
    Ask second(int block) {
        return second == null ? null : second[block];
    }

    /** Of the two it is asked of, the one that is not this one. */
    @Nullable
    Ask other(int block, Ask ask) {
        return first[block] == ask ? second(block) : first[block];
    }

    boolean isAskedAs(Ask ask, int block) {
        return first[block] == ask || second(block) == ask;
    }

    @Nullable
    Ask askOf(Member member, int block) {
        Ask one = first[block];
        if (one != null && one.of == member) return one;
        Ask two = second(block);
        return two != null && two.of == member ? two : null;
    }

    int asked() {
        return blocks - free - here;
    }

    /** The first that nobody was asked for; there must be one. */
    int firstFree() {
        while (!isFree(firstFree)) firstFree++;
        return firstFree;
    }

    /** The first from there on that is not free, or the number of blocks. */
    int endOfFree(int from) {
        int end = from;
        while (end < blocks && isFree(end)) end++;
        return end;
    }

    /** The first that is not here; there must be one. */
    int firstAbsent() {
        firstAbsent = arrived.nextClearBit(firstAbsent);
        return firstAbsent;
    }

    /** The second one may be asked only for a block that was asked for. */
    void ask(int block, Ask ask) {
        if (first[block] == null) {
            first[block] = ask;
            free--;
        } else {
            if (second == null) second = new Ask[blocks];
            second[block] = ask;
        }
        wasAskedOfOthers |= !ask.of.source.isHub();
        ask.left++;
    }

    /** Another one brings it instead. */
    void take(int block, Ask by) {
        first[block] = by;
        wasAskedOfOthers |= !by.of.source.isHub();
        by.left++;
    }

    void arrive(int block) {
        if (first[block] == null) free--;
        first[block] = null;
        if (second != null) second[block] = null;
        arrived.set(block);
        here++;
    }

    /** It came wrong. */
    void lose(int block) {
        arrived.clear(block);
        here--;
        free++;
        firstFree = Math.min(firstFree, block);
        firstAbsent = Math.min(firstAbsent, block);
    }

    /** It will not come from there. */
    void release(int block, Ask ask) {
        Ask other = second(block);
        if (second != null) second[block] = null;
        if (first[block] != ask) return;
        first[block] = other;
        if (other == null) {
            free++;
            firstFree = Math.min(firstFree, block);
        }
    }

    /** How many times its blocks are asked for. */
    int asks() {
        int asks = 0;
        for (int block = 0; block < blocks; block++) {
            asks += (first[block] == null ? 0 : 1) + (second(block) == null ? 0 : 1);
        }
        return asks;
    }

    void checkInvariants() {
        int frees = 0;
        for (int block = 0; block < blocks; block++) {
            Ask one = first[block];
            Ask two = second(block);
            if (isFree(block)) frees++;
            boolean isOdd = two != null && (one == null || one.of == two.of);
            if (isOdd || (isHere(block) && one != null))
                throw new AssertionError("block " + block + " of piece " + piece + " is in two states");
        }
        if (frees != free || here != arrived.cardinality() || here == blocks) {
            throw new AssertionError("piece " + piece + " is counted wrong");
        }
    }
}
