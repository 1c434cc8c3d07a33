package dev.hubswarm.seeder;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.base.ContentDigest;
import dev.hubswarm.hub.origin.Openness;
import dev.hubswarm.hub.origin.RemoteFile;
import dev.hubswarm.hub.request.RepoRef;
import dev.hubswarm.hub.request.RepoType;
import java.time.Duration;
import java.time.Instant;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

final class OriginTest {
    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");

    private static Origin confirmed(int number) {
        String digest = String.format("%08x", new Random(number).nextInt()).repeat(8);
        RemoteFile file = new RemoteFile(
                new RepoRef(RepoType.MODEL, "a/b"), "c".repeat(40), "x", ContentDigest.of(digest), 1 << 20);
        return new Origin(file, NOW, NOW);
    }

    private static Instant after(double hours) {
        return NOW.plusSeconds((long) (hours * 3600));
    }

    @Test
    void itVouchesForADay() {
        assertTrue(confirmed(1).vouches(after(23.99)));
        assertFalse(confirmed(1).vouches(after(24)));
    }

    @Test
    void aClockThatWasPutBackEndsIt() {
        assertTrue(confirmed(1).vouches(after(-1)));
        assertFalse(confirmed(1).vouches(after(-13)));
    }

    @Test
    void itIsAskedAgainInTimeAndSpread() {
        Set<Instant> times = new TreeSet<>();
        for (int i = 0; i < 200; i++) {
            Instant next = confirmed(i).next();
            assertTrue(!next.isBefore(after(12)) && next.isBefore(after(18)), next.toString());
            times.add(next);
        }
        assertTrue(times.size() > 190, "spread over " + times.size() + " times");
    }

    @Test
    void aNoEndsItAndADoubtDoesNot() {
        Origin origin = confirmed(1);
        assertFalse(origin.answered(Openness.CLOSED, after(1)).vouches(after(1)));
        Origin doubted = origin.answered(Openness.UNKNOWN, after(13));
        assertTrue(doubted.vouches(after(23)));
        assertFalse(doubted.vouches(after(24)));
        assertTrue(doubted.next().isBefore(after(14.01)));
        assertTrue(doubted.answered(Openness.OPEN, after(23)).vouches(after(46)));
    }

    @Test
    void fromTheLastYesToTheNextQuestionThereIsNeverADay() {
        Origin origin = confirmed(7);
        Duration longest = Duration.between(NOW, origin.next());
        assertTrue(longest.compareTo(Duration.ofHours(24)) < 0);
        assertEquals(origin.next(), origin.answered(Openness.OPEN, NOW).next());
    }
}
