package dev.hubswarm.hub.origin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.base.UserError;
import dev.hubswarm.hub.origin.RateBudget.Kind;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class RateBudgetTest {
    private final VirtualClock clock = new VirtualClock();
    private final RateBudget budget = new RateBudget(clock, new Random(1));

    @Test
    void nothingIsWaitedForUntilTheHubSaysSo() throws Exception {
        for (int i = 0; i < 10_000; i++) budget.acquire(Kind.API);
        assertEquals(0, clock.nanoTime());
    }

    @Test
    void whatIsLeftIsSpentAndThenTheWindowIsWaitedFor() throws Exception {
        answered(Kind.RESOLVERS, 200, "RateLimit", "\"resolvers\";r=3;t=172");
        for (int i = 0; i < 3; i++) budget.acquire(Kind.RESOLVERS);
        assertEquals(0, clock.nanoTime());
        budget.acquire(Kind.API);
        assertEquals(0, clock.nanoTime());
        budget.acquire(Kind.RESOLVERS);
        assertTrue(
                clock.nanoTime() >= seconds(173) && clock.nanoTime() < seconds(174),
                clock.sleeps().toString());
        for (int i = 0; i < 10; i++) budget.acquire(Kind.RESOLVERS);
        assertEquals(1, clock.sleeps().size());
    }

    /** Requests that are under way were not counted by the Hub yet when it answered an earlier one. */
    @Test
    void anOldAnswerGivesNothingBack() throws Exception {
        answered(Kind.API, 200, "RateLimit", "\"api\";r=2;t=10");
        budget.acquire(Kind.API);
        budget.acquire(Kind.API);
        answered(Kind.API, 200, "RateLimit", "\"api\";r=1;t=10");
        budget.acquire(Kind.API);
        assertEquals(1, clock.sleeps().size());
    }

    @Test
    void theHeaderNamesTheWindow() throws Exception {
        answered(Kind.API, 200, "RateLimit", "\"api\";r=5;t=10, \"resolvers\"; r=0; t=20");
        budget.acquire(Kind.API);
        assertEquals(0, clock.nanoTime());
        budget.acquire(Kind.RESOLVERS);
        assertTrue(clock.nanoTime() >= seconds(21));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "x",
                "\"api\"",
                "\"api\";r=0",
                "\"api\";t=5;r=-1",
                "\"api\";r=99999999999999999999;t=1",
                "\"other\";r=0;t=9"
            })
    void whatIsNoLimitIsIgnored(String header) throws Exception {
        answered(Kind.API, 200, "RateLimit", header);
        budget.acquire(Kind.API);
        assertEquals(0, clock.nanoTime());
    }

    @Test
    void retryAfterClosesTheWindowForAWhile() throws Exception {
        answered(Kind.API, 200, "Retry-After", "50");
        budget.acquire(Kind.API);
        assertEquals(0, clock.nanoTime());
        answered(Kind.API, 429, "Retry-After", "50");
        answered(Kind.API, 429, "Retry-After", "20");
        budget.acquire(Kind.API);
        assertTrue(clock.nanoTime() >= seconds(50) && clock.nanoTime() < seconds(51));
    }

    @Test
    void nobodyIsMadeToWaitForHours() {
        answered(Kind.API, 429, "Retry-After", "7200");
        UserError error = assertThrows(UserError.class, () -> budget.acquire(Kind.API));
        assertTrue(String.valueOf(error.getMessage()).contains("120 minutes"), error.getMessage());
        assertEquals(0, clock.sleeps().size());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "0|0",
                " 120 |120",
                "999999999|999999999",
                "Wed, 21 Oct 2015 07:28:00 GMT|61",
                "Wed, 21 Oct 2015 07:26:00 GMT|0",
                "Fri, 31 Dec 9999 23:59:59 GMT|999999999",
                "-5|0",
                "soon|0",
                "''|0",
                "99999999999|0"
            })
    void retryAfterIsSecondsOrADate(String value, long seconds) {
        Duration asked = Backoff.retryAfter(value, Instant.parse("2015-10-21T07:27:00Z"));
        assertEquals(seconds, asked == null ? 0 : asked.toSeconds());
    }

    @Test
    void waitsDoubleUpToEightSecondsAndDiffer() {
        Random random = new Random(3);
        long[] whole = {1, 2, 4, 8, 8, 8};
        for (int failures = 1; failures <= whole.length; failures++) {
            long delay = Backoff.delayNanos(failures, random);
            long most = seconds(whole[failures - 1]);
            assertTrue(delay >= most / 2 && delay < most, failures + ": " + delay);
        }
        assertTrue(Backoff.delayNanos(1, random) != Backoff.delayNanos(1, random));
    }

    private void answered(Kind kind, int status, String name, String value) {
        budget.answered(kind, status, Map.of(name, value)::get);
    }

    private static long seconds(long seconds) {
        return Duration.ofSeconds(seconds).toNanos();
    }
}
