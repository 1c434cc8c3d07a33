package dev.hubswarm.torrentcreator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.torrentcreator.ChunkSchedule.Claim;
import dev.hubswarm.torrentcreator.ChunkSchedule.Step;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ChunkScheduleTest {
    private static final int CHUNK = 16;

    @ParameterizedTest
    @CsvSource({"1,1,1", "1,4,1", "2,4,1", "2,4,8", "3,8,64", "5,2,3", "48,3,5"})
    void chunksAreDigestedInOrderWithAnyNumberOfBuffersAndWorkers(int buffers, int workers, int chunksPerUnit)
            throws Exception {
        long space = CHUNK * 1000 + 5;
        ChunkSchedule schedule = new ChunkSchedule(space, (long) chunksPerUnit * CHUNK, CHUNK, buffers, true);
        List<Long> digested = Collections.synchronizedList(new ArrayList<>());
        ExecutorService threads = Executors.newFixedThreadPool(workers);
        try {
            List<Future<?>> ends = new ArrayList<>();
            for (int i = 0; i < workers; i++) ends.add(threads.submit(() -> work(schedule, digested)));
            for (Future<?> end : ends) waitFor(end);
        } finally {
            threads.shutdownNow();
        }
        assertNull(schedule.awaitEnd());
        List<Long> inOrder = new ArrayList<>();
        for (long from = 0; from < space; from += CHUNK) inOrder.add(from);
        assertEquals(inOrder, digested);
    }

    /** A deadlock shows as a failure with a name, and not as a build that hangs. */
    private static void waitFor(Future<?> end) throws Exception {
        try {
            end.get(60, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new AssertionError("the workers wait for each other", e);
        }
    }

    private static @Nullable Void work(ChunkSchedule schedule, List<Long> digested) throws InterruptedException {
        Claim claim = Objects.requireNonNull(schedule.enter());
        while (true) {
            Step step = schedule.next(claim);
            if (step instanceof Step.Stop) break;
            if (step instanceof Step.Digest digest) {
                digested.add(digest.chunk().from());
                schedule.digested(digest.chunk());
            }
            if (step instanceof Step.Read read) {
                long from = claim.at();
                schedule.hashed(claim, new Chunk(from, read.buffer(), List.of()), Math.min(from + CHUNK, claim.end()));
            }
        }
        schedule.leave(claim);
        return null;
    }

    @Test
    void whoComesAfterTheEndGetsNothingToDo() {
        ChunkSchedule schedule = new ChunkSchedule(CHUNK, CHUNK, CHUNK, 1, false);
        schedule.stop(null);
        assertNull(schedule.enter());
    }

    @Test
    void aFailureStopsEverybodyAndIsReported() throws InterruptedException {
        ChunkSchedule schedule = new ChunkSchedule(CHUNK * 100, CHUNK, CHUNK, 4, false);
        Claim claim = Objects.requireNonNull(schedule.enter());
        IllegalStateException failure = new IllegalStateException("disk on fire");
        schedule.stop(failure);
        assertTrue(schedule.next(claim) instanceof Step.Stop);
        schedule.leave(claim);
        assertEquals(failure, schedule.awaitEnd());
    }
}
