package dev.hubswarm.storage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.testkit.LeakCheck;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(LeakCheck.class)
final class HashPoolTest {
    @Test
    void asManyTasksRunAtOnceAsThePoolIsLarge() throws Exception {
        Set<String> names = ConcurrentHashMap.newKeySet();
        CyclicBarrier together = new CyclicBarrier(4);
        try (HashPool pool = new HashPool(3)) {
            assertEquals(3, pool.size());
            for (int i = 0; i < 3; i++) {
                pool.execute(() -> {
                    names.add(Thread.currentThread().getName());
                    assertTrue(Thread.currentThread().isDaemon());
                    awaitQuietly(together);
                });
            }
            together.await(60, TimeUnit.SECONDS);
        }
        assertEquals(Set.of("hubswarm-hash-1", "hubswarm-hash-2", "hubswarm-hash-3"), names);
    }

    @Test
    void closingLetsRunningTasksEndAndDropsTheOthers() throws Exception {
        CountDownLatch began = new CountDownLatch(1);
        CountDownLatch ended = new CountDownLatch(1);
        boolean[] dropped = {true};
        HashPool pool = new HashPool(1);
        pool.execute(() -> {
            began.countDown();
            while (!Thread.currentThread().isInterrupted()) Thread.onSpinWait();
            ended.countDown();
        });
        pool.execute(() -> dropped[0] = false);
        assertTrue(began.await(60, TimeUnit.SECONDS));
        pool.close();
        assertEquals(0, ended.getCount());
        assertTrue(dropped[0]);
        assertFalse(Thread.currentThread().isInterrupted());
    }

    private static void awaitQuietly(CyclicBarrier barrier) {
        try {
            barrier.await(60, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }
}
