package dev.hubswarm.trackerclient.announce;

import static java.util.concurrent.TimeUnit.NANOSECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.base.UserError;
import dev.hubswarm.protocol.announce.AnnounceEvent;
import dev.hubswarm.protocol.announce.AnnounceResponse;
import dev.hubswarm.protocol.announce.CompactPeers;
import dev.hubswarm.protocol.announce.TrackerFailure;
import dev.hubswarm.trackerclient.announce.AnnounceSchedule.Due;
import dev.hubswarm.trackerclient.contact.TrackerUrl;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class AnnounceScheduleTest {
    /** Near the end of what a clock counts to, which must make no difference. */
    private static final long START = Long.MAX_VALUE - SECONDS.toNanos(100);

    private static final TrackerUrl A = url("http://a");
    private static final TrackerUrl B = url("http://b");
    private static final TrackerUrl C = url("udp://c:1");

    private long now = START;

    @Test
    void itBeginsWithStartedAndGoesOnAtTheTrackersInterval() {
        AnnounceSchedule schedule = schedule(A);
        assertEquals(new Due(A, AnnounceEvent.STARTED, null), schedule.next(now));
        assertNull(schedule.next(now), "one at a time");
        schedule.answered(response(1800, 0), now);
        assertNull(schedule.next(now));
        long wait = NANOSECONDS.toSeconds(schedule.wakeNanos(now) - now);
        assertTrue(wait >= 1800 && wait <= 1913, () -> "waits " + wait);
        now = schedule.wakeNanos(now);
        assertEquals(new Due(A, AnnounceEvent.NONE, null), schedule.next(now));
    }

    @Test
    void itComesEarlierWhereATrackerSaysThatItMay() {
        // As llmpt's, which forgets the only seeder after those 1800 s.
        long wait = waitAfter(response(1800, 900));
        assertTrue(wait >= 1500 && wait <= 1600, () -> "waits " + wait);
    }

    @Test
    void itNeverComesBeforeTheLeastIntervalNorAllTheTime() {
        long wait = waitAfter(response(60, 3600));
        assertTrue(wait >= 3600 && wait <= 3825, () -> "waits " + wait);
        long least = waitAfter(response(0, 0));
        assertTrue(least >= 30 && least <= 32, () -> "waits " + least);
    }

    private long waitAfter(AnnounceResponse response) {
        AnnounceSchedule schedule = schedule(A);
        next(schedule);
        schedule.answered(response, now);
        return NANOSECONDS.toSeconds(schedule.wakeNanos(now) - now);
    }

    @Test
    void oneOfATierThatAnswersIsItsFirstFromThenOn() {
        Set<TrackerUrl> firsts = new HashSet<>();
        for (int seed = 0; seed < 20; seed++) {
            AnnounceSchedule schedule = new AnnounceSchedule(List.of(List.of(A, B), List.of(C)), new Random(seed), now);
            TrackerUrl first = next(schedule).tracker();
            firsts.add(first);
            schedule.failed(TrackerFailure.UNSAID, now);
            TrackerUrl second = next(schedule).tracker();
            assertEquals(first.equals(A) ? B : A, second, "the tier before the next tier");
            schedule.answered(response(1800, 0), now);
            long later = schedule.wakeNanos(now);
            assertEquals(new Due(second, AnnounceEvent.NONE, null), schedule.next(later));
        }
        assertEquals(Set.of(A, B), firsts, "tiers are shuffled");
    }

    @Test
    void theNextTierIsForWhenAllBeforeFailAndOnlyUntilTheyAreBack() {
        AnnounceSchedule schedule = schedule(A, C);
        next(schedule);
        schedule.failed(TrackerFailure.UNSAID, now);
        assertEquals(C, next(schedule).tracker());
        schedule.answered(response(1800, 0), now);
        now = schedule.wakeNanos(now);
        assertEquals(new Due(A, AnnounceEvent.STARTED, null), schedule.next(now));
    }

    @Test
    void whoFailsIsLeftAloneTwiceAsLongEachTimeUpToAnHour() {
        AnnounceSchedule schedule = schedule(A);
        for (long wanted : new long[] {15, 30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600}) {
            next(schedule);
            schedule.failed(TrackerFailure.UNSAID, now);
            long wait = NANOSECONDS.toSeconds(schedule.wakeNanos(now) - now);
            assertTrue(wait >= wanted && wait <= wanted * 5 / 4, () -> wait + " instead of " + wanted);
            assertNull(schedule.next(now + SECONDS.toNanos(wanted) - 1));
            now = schedule.wakeNanos(now);
        }
        next(schedule);
        schedule.answered(response(1800, 0), now);
        now = schedule.wakeNanos(now);
        next(schedule);
        schedule.failed(TrackerFailure.UNSAID, now);
        assertTrue(schedule.wakeNanos(now) - now < SECONDS.toNanos(20), "an answer wipes the slate clean");
    }

    @Test
    void aTrackerSaysWhenToComeAgainOrNever() {
        AnnounceSchedule schedule = schedule(A);
        next(schedule);
        schedule.failed(7, now);
        assertTrue(schedule.wakeNanos(now) - now >= SECONDS.toNanos(420));
        now = schedule.wakeNanos(now);
        next(schedule);
        schedule.failed(TrackerFailure.NEVER, now);
        assertNull(schedule.next(now + SECONDS.toNanos(100_000)));
        assertEquals(List.of(), schedule.stop());
    }

    @Test
    void completedIsSaidAtOnceAndOnce() {
        AnnounceSchedule schedule = schedule(A);
        next(schedule);
        schedule.answered(response(1800, 900), now);
        schedule.completed(now);
        assertEquals(AnnounceEvent.COMPLETED, next(schedule).event());
        schedule.failed(TrackerFailure.UNSAID, now);
        now = schedule.wakeNanos(now);
        assertEquals(AnnounceEvent.COMPLETED, next(schedule).event(), "until it was heard");
        schedule.answered(response(1800, 900), now);
        now = schedule.wakeNanos(now);
        assertEquals(AnnounceEvent.NONE, next(schedule).event());
    }

    @Test
    void completedIsSaidAfterAnAnnounceUnderWay() {
        AnnounceSchedule schedule = schedule(A);
        assertEquals(AnnounceEvent.STARTED, next(schedule).event());
        schedule.completed(now);
        schedule.answered(response(1800, 900), now);
        assertEquals(AnnounceEvent.COMPLETED, next(schedule).event());
    }

    @Test
    void morePeersAreAskedForAsEarlyAsIsWelcome() {
        AnnounceSchedule schedule = schedule(A);
        next(schedule);
        schedule.answered(response(1800, 600), now);
        schedule.wantPeers(now);
        assertEquals(SECONDS.toNanos(600), schedule.wakeNanos(now) - now);
        now = schedule.wakeNanos(now);
        next(schedule);
        schedule.answered(response(1800, 0), now);
        schedule.wantPeers(now);
        assertEquals(SECONDS.toNanos(300), schedule.wakeNanos(now) - now, "five minutes if it does not say");
    }

    @Test
    void whoRefusedItIsAskedAgainAtOnceIfItIsRenewed() {
        AnnounceSchedule schedule = schedule(A);
        next(schedule);
        schedule.failed(TrackerFailure.NEVER, now);
        assertNull(schedule.next(now + SECONDS.toNanos(100_000)));
        schedule.renew(now);
        assertEquals(AnnounceEvent.STARTED, next(schedule).event());
        schedule.renew(now);
        assertNull(schedule.next(now), "one at a time");
        schedule.failed(TrackerFailure.UNSAID, now);
        assertEquals(AnnounceEvent.STARTED, next(schedule).event(), "that one came too early");
        schedule.answered(response(1800, 0), now);
        assertNull(schedule.next(now));
    }

    @Test
    void goodbyeIsSaidToAllWhoMayKnowOfUs() {
        AnnounceSchedule schedule = schedule(A, B, C);
        next(schedule);
        schedule.answered(new AnnounceResponse(30, 0, 0, 0, CompactPeers.NONE, null, "id", null), now);
        now = schedule.wakeNanos(now);
        next(schedule);
        schedule.failed(TrackerFailure.UNSAID, now);
        assertEquals(B, next(schedule).tracker());
        assertEquals(List.of(new Due(B, AnnounceEvent.STOPPED, null)), schedule.stop());
        assertNull(schedule.next(now + SECONDS.toNanos(100_000)));
    }

    @Test
    void aTrackersIdIsSentBackToIt() {
        AnnounceSchedule schedule = schedule(A);
        next(schedule);
        schedule.answered(new AnnounceResponse(30, 0, 0, 0, CompactPeers.NONE, null, "id", null), now);
        now = schedule.wakeNanos(now);
        assertEquals(new Due(A, AnnounceEvent.NONE, "id"), schedule.next(now));
        schedule.answered(response(30, 0), now);
        assertEquals(List.of(new Due(A, AnnounceEvent.STOPPED, "id")), schedule.stop());
    }

    private Due next(AnnounceSchedule schedule) {
        @Nullable Due due = schedule.next(now);
        assertNotNull(due);
        return due;
    }

    /** Each in a tier of its own. */
    private AnnounceSchedule schedule(TrackerUrl... trackers) {
        List<List<TrackerUrl>> tiers = Arrays.stream(trackers).map(List::of).toList();
        return new AnnounceSchedule(tiers, new Random(1), now);
    }

    private static AnnounceResponse response(int interval, int least) {
        return new AnnounceResponse(interval, least, 0, 0, CompactPeers.NONE);
    }

    private static TrackerUrl url(String text) {
        try {
            return TrackerUrl.parse(text);
        } catch (UserError e) {
            throw new IllegalArgumentException(e);
        }
    }
}
