package dev.hubswarm.p2pengine.transfer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class RarityTest {
    private static final int PIECES = 30;

    private final Rarity rarity = new Rarity(PIECES);

    @Test
    void keepsListedPiecesInTheOrderOfTheirCounts() {
        SplittableRandom random = new SplittableRandom(1);
        int[] counts = new int[PIECES];
        boolean[] isListed = new boolean[PIECES];
        for (int step = 0; step < 20_000; step++) {
            int piece = random.nextInt(PIECES);
            switch (random.nextInt(4)) {
                case 0 -> {
                    if (!isListed[piece]) rarity.list(piece);
                    isListed[piece] = true;
                }
                case 1 -> {
                    if (isListed[piece]) rarity.unlist(piece);
                    isListed[piece] = false;
                }
                case 2 -> {
                    rarity.more(piece);
                    counts[piece]++;
                }
                default -> {
                    if (counts[piece] == 0) continue;
                    rarity.fewer(piece);
                    counts[piece]--;
                }
            }
            rarity.checkInvariants();
            agrees(counts, isListed);
        }
    }

    private void agrees(int[] counts, boolean[] isListed) {
        int most = Arrays.stream(counts).max().orElse(0);
        for (int count = 0; count <= most; count++) {
            Set<Integer> expected = new HashSet<>();
            for (int piece = 0; piece < PIECES; piece++) {
                if (isListed[piece] && counts[piece] == count) expected.add(piece);
            }
            Set<Integer> found = new HashSet<>();
            for (int at = rarity.start(count); at < rarity.start(count + 1); at++) found.add(rarity.at(at));
            assertEquals(expected, found);
        }
        for (int piece = 0; piece < PIECES; piece++) {
            assertEquals(counts[piece], rarity.of(piece));
            assertEquals(isListed[piece], rarity.isListed(piece));
        }
    }

    @Test
    void countsWhatIsNotListed() {
        rarity.more(3);
        rarity.more(3);
        rarity.list(3);
        rarity.list(4);
        assertEquals(4, rarity.at(rarity.start(0)));
        assertEquals(3, rarity.at(rarity.start(2)));
        assertEquals(PIECES, rarity.start(3));
    }
}
