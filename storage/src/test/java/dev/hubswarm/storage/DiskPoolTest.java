package dev.hubswarm.storage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.testkit.LeakCheck;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(LeakCheck.class)
final class DiskPoolTest {
    private static void acquire(Semaphore semaphore, int count) {
        try {
            assertTrue(semaphore.tryAcquire(count, 60, TimeUnit.SECONDS));
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void whatFindsNoRoomIsCalledOnceHalfIsDone() {
        Semaphore gate = new Semaphore(0);
        Semaphore began = new Semaphore(0);
        Semaphore called = new Semaphore(0);
        AtomicInteger ran = new AtomicInteger();
        Runnable task = () -> {
            began.release();
            acquire(gate, 1);
            ran.incrementAndGet();
        };
        try (DiskPool pool = new DiskPool(1, 4)) {
            assertTrue(pool.execute(task, called::release));
            acquire(began, 1);
            for (int i = 0; i < 4; i++) assertTrue(pool.execute(task, called::release));
            assertFalse(pool.execute(task, called::release));
            assertFalse(pool.execute(task, called::release));
            gate.release(1);
            acquire(began, 1);
            assertEquals(0, called.availablePermits());
            gate.release(1);
            acquire(called, 2);
            assertTrue(pool.execute(task, called::release));
            gate.release(10);
            acquire(began, 4);
        }
        assertEquals(6, ran.get());
        assertEquals(0, called.availablePermits());
    }

    @Test
    void closingLetsRunningTasksEndUninterruptedAndDropsTheOthers() throws Exception {
        CountDownLatch began = new CountDownLatch(1);
        Semaphore gate = new Semaphore(0);
        boolean[] state = new boolean[2];
        DiskPool pool = new DiskPool(1, 2);
        assertEquals(1, pool.size());
        pool.execute(
                () -> {
                    began.countDown();
                    acquire(gate, 1);
                    state[0] = !Thread.currentThread().isInterrupted();
                },
                () -> {});
        pool.execute(() -> state[1] = true, () -> {});
        assertTrue(began.await(60, TimeUnit.SECONDS));
        Thread closer = new Thread(pool::close);
        closer.start();
        // Closing drops what waits before it waits itself.
        while (closer.getState() != Thread.State.WAITING) Thread.onSpinWait();
        gate.release();
        closer.join();
        assertTrue(state[0]);
        assertFalse(state[1]);
    }
}
