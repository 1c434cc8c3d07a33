package dev.hubswarm.seeder;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.hubswarm.protocol.metainfo.Hash;
import dev.hubswarm.seeder.SeedPolicy.Standing;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class SeedPolicyTest {
    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");
    private static final long SIZE = 10 << 20;

    private static Hash digest(int number) {
        return Hash.ofHex(String.format("%064x", number));
    }

    private static Standing standing(int number, int seeders, boolean isShared) {
        return new Standing(digest(number), SIZE, 0, NOW, seeders, NOW, isShared);
    }

    private static SeedPolicy slots(int slots) {
        return new SeedPolicy(slots, 0, Duration.ZERO, 0);
    }

    @Test
    void withoutLimitsEverythingIsShared() {
        List<Standing> all = List.of(standing(1, 100, false), standing(2, 0, true));
        assertEquals(Set.of(digest(1), digest(2)), SeedPolicy.DEFAULT.choose(all, NOW));
    }

    @Test
    void whatFewHaveGoesFirst() {
        List<Standing> all = List.of(standing(1, 9, false), standing(2, 3, false), standing(3, 30, false));
        assertEquals(Set.of(digest(1), digest(2)), slots(2).choose(all, NOW));
    }

    @Test
    void whatIsSharedStaysUnlessAnotherIsMuchScarcer() {
        List<Standing> close = List.of(standing(1, 4, true), standing(2, 3, false));
        assertEquals(Set.of(digest(1)), slots(1).choose(close, NOW));
        List<Standing> far = List.of(standing(1, 6, true), standing(2, 3, false));
        assertEquals(Set.of(digest(2)), slots(1).choose(far, NOW));
    }

    @Test
    void whatWasCountedLongAgoComesToItsTurnAgain() {
        Standing shared = standing(1, 5, true);
        Standing rests = new Standing(digest(2), SIZE, 0, NOW, 8, NOW, false);
        assertEquals(Set.of(digest(1)), slots(1).choose(List.of(shared, rests), NOW));
        Instant later = NOW.plus(Duration.ofHours(12));
        Standing fresh = new Standing(digest(1), SIZE, 0, NOW, 5, later, true);
        assertEquals(Set.of(digest(2)), slots(1).choose(List.of(fresh, rests), later));
    }

    @Test
    void theOrderOfTheQuestionMakesNoDifference() {
        List<Standing> all = new ArrayList<>();
        for (int i = 0; i < 50; i++) all.add(standing(i, i % 5, i % 3 == 0));
        Set<Hash> chosen = slots(10).choose(all, NOW);
        assertEquals(10, chosen.size());
        Random random = new Random(1);
        for (int i = 0; i < 20; i++) {
            Collections.shuffle(all, random);
            assertEquals(chosen, slots(10).choose(all, NOW));
        }
    }

    @Test
    void whatWasGivenAsOftenAsItIsToBeIsDone() {
        SeedPolicy twice = new SeedPolicy(0, 2, Duration.ZERO, 0);
        Standing almost = new Standing(digest(1), SIZE, 2 * SIZE - 1, NOW, 0, NOW, true);
        Standing done = new Standing(digest(2), SIZE, 2 * SIZE, NOW, 0, NOW, true);
        assertEquals(Set.of(digest(1)), twice.choose(List.of(almost, done), NOW));
    }

    @Test
    void whatWasGivenAsLongAsItIsToBeIsDone() {
        SeedPolicy hour = new SeedPolicy(0, 0, Duration.ofHours(1), 0);
        List<Standing> all = List.of(standing(1, 0, true));
        assertEquals(Set.of(digest(1)), hour.choose(all, NOW.plusSeconds(3_599)));
        assertEquals(Set.of(), hour.choose(all, NOW.plusSeconds(3_600)));
    }

    @Test
    void limitsThatMakeNoSenseAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> slots(-1));
        assertThrows(IllegalArgumentException.class, () -> new SeedPolicy(0, -0.5, Duration.ZERO, 0));
        assertThrows(IllegalArgumentException.class, () -> new SeedPolicy(0, 0, Duration.ofHours(-1), 0));
        assertThrows(IllegalArgumentException.class, () -> new SeedPolicy(0, 0, Duration.ZERO, -1));
    }
}
