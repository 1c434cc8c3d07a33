package dev.hubswarm.p2pengine.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class LaneTest {
    @Test
    void onlyWhoeverFindsItEmptyHasToRunIt() {
        Lane lane = new Lane();
        List<Integer> ran = new ArrayList<>();
        assertTrue(lane.add(() -> {
            ran.add(1);
            assertFalse(lane.add(() -> ran.add(3)));
        }));
        assertFalse(lane.add(() -> ran.add(2)));
        lane.run();
        assertEquals(List.of(1, 2, 3), ran);
        assertTrue(lane.add(() -> ran.add(4)));
    }

    @Test
    void tasksRunInOrderAndNeverTwoAtOnceOnHoweverManyThreads() throws Exception {
        Lane lane = new Lane();
        List<Integer> ran = new ArrayList<>();
        AtomicBoolean busy = new AtomicBoolean();
        ExecutorService threads = Executors.newFixedThreadPool(3);
        for (int i = 0; i < 10_000; i++) {
            int number = i;
            boolean isFirst = lane.add(() -> {
                assertFalse(busy.getAndSet(true));
                ran.add(number);
                busy.set(false);
            });
            if (isFirst) threads.execute(lane);
        }
        threads.shutdown();
        assertTrue(threads.awaitTermination(60, TimeUnit.SECONDS));
        assertEquals(IntStream.range(0, 10_000).boxed().toList(), ran);
    }
}
