package dev.hubswarm.p2pengine.transfer;

import java.util.Arrays;

/**
 * How many have each piece, and the listed pieces in that order. Who has everything is not counted: that changes no
 * piece's place. Confined to its owner.
 *
 * <p>The listed pieces lie in one array, those that equally many have side by side, so that a piece changes its bucket
 * by changing places with one at the border. The array fills from its end: what leaves is mostly among the rarest, and
 * then crosses few borders on its way out at the front.
 */
public final class Rarity {
    private final char[] count;
    private final int[] order;
    private final int[] place;
    /** Where the pieces begin that so many or more have. */
    private int[] starts = new int[8];

    private int most;

    public Rarity(int pieces) {
        count = new char[pieces];
        order = new int[pieces];
        place = new int[pieces];
        Arrays.fill(place, -1);
        Arrays.fill(starts, pieces);
    }

    public int of(int piece) {
        return count[piece];
    }

    /** The highest count there has been. */
    public int most() {
        return most;
    }

    /** The first place in the order of a piece that exactly so many have; they end where those begin that one more has. */
    public int start(int of) {
        return of > most ? order.length : starts[of];
    }

    public int at(int index) {
        return order[index];
    }

    public boolean isListed(int piece) {
        return place[piece] >= 0;
    }

    public void list(int piece) {
        int at = --starts[0];
        for (int bucket = 1; bucket <= count[piece]; bucket++) {
            int last = --starts[bucket];
            if (last != at) put(order[last], at);
            at = last;
        }
        put(piece, at);
    }

    public void unlist(int piece) {
        int hole = place[piece];
        for (int bucket = count[piece]; bucket >= 0; bucket--) {
            int first = starts[bucket]++;
            if (first != hole) put(order[first], hole);
            hole = first;
        }
        place[piece] = -1;
    }

    public void more(int piece) {
        int was = count[piece]++;
        if (was == most) grow();
        if (place[piece] >= 0) swap(place[piece], --starts[was + 1]);
    }

    public void fewer(int piece) {
        int was = count[piece]--;
        if (place[piece] >= 0) swap(place[piece], starts[was]++);
    }

    private void grow() {
        most++;
        if (most == starts.length) {
            starts = Arrays.copyOf(starts, 2 * most);
            Arrays.fill(starts, most, starts.length, order.length);
        }
    }

    private void swap(int one, int two) {
        int piece = order[one];
        put(order[two], one);
        put(piece, two);
    }

    private void put(int piece, int at) {
        order[at] = piece;
        place[piece] = at;
    }

    void checkInvariants() {
        for (int bucket = 0; bucket <= most; bucket++) {
            for (int at = starts[bucket]; at < start(bucket + 1); at++) {
                check(count[order[at]] == bucket && place[order[at]] == at, order[at]);
            }
        }
        int listed = 0;
        for (int at : place) listed += at >= 0 ? 1 : 0;
        check(listed == order.length - starts[0], -1);
    }

    private static void check(boolean ok, int piece) {
        if (!ok) throw new AssertionError("piece " + piece + " is out of order");
    }
}
