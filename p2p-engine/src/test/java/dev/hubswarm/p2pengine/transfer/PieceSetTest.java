package dev.hubswarm.p2pengine.transfer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.BitSet;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PieceSetTest {
    private static final int PIECES = 200;

    private final SplittableRandom random = new SplittableRandom(1);

    @Test
    void findsWhatABitByBitSearchFinds() {
        for (int round = 0; round < 50; round++) {
            BitSet one = some();
            BitSet two = some();
            BitSet other = some();
            PieceSet first = PieceSet.of(one, PIECES);
            PieceSet second = PieceSet.of(two, PIECES);
            PieceSet both = PieceSet.of(other, PIECES);
            int from = random.nextInt(PIECES);
            for (int to = 0; to <= PIECES; to++) {
                assertEquals(first(from, to, one, one), first.next(null, from, to));
                assertEquals(first(from, to, one, other), first.next(both, from, to));
                BitSet either = (BitSet) one.clone();
                either.or(two);
                assertEquals(first(from, to, either, other), PieceSet.next(first, second, both, from, to));
                assertEquals(last(to, one, one), first.previous(null, to));
                assertEquals(last(to, one, other), first.previous(both, to));
            }
            int[] inOrder = one.stream().toArray();
            for (int i = 0; i < inOrder.length; i++) assertEquals(inOrder[i], first.at(i));
            assertTrue(first.at(inOrder.length) >= PIECES);
        }
    }

    @Test
    void keepsWhatWasAddedUntilItIsRemoved() {
        PieceSet set = new PieceSet(65);
        set.add(64);
        set.add(0);
        set.add(0);
        assertEquals(64, set.next(null, 1, 65));
        set.remove(64);
        set.remove(64);
        assertEquals(0, set.previous(null, 65));
        assertEquals(-1, set.next(null, 1, 65));
    }

    private BitSet some() {
        double share = Math.pow(random.nextDouble(), 4);
        BitSet some = new BitSet();
        for (int piece = 0; piece < PIECES; piece++) some.set(piece, random.nextDouble() < share);
        return some;
    }

    private static int first(int from, int to, BitSet one, BitSet other) {
        return IntStream.range(from, to)
                .filter(piece -> one.get(piece) && other.get(piece))
                .findFirst()
                .orElse(-1);
    }

    private static int last(int to, BitSet one, BitSet other) {
        return IntStream.range(0, to)
                .filter(piece -> one.get(piece) && other.get(piece))
                .max()
                .orElse(-1);
    }
}
