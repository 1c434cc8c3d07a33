package dev.hubswarm.p2pengine.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.base.UserError;
import dev.hubswarm.base.UserError.Kind;
import dev.hubswarm.storage.DiskPool;
import dev.hubswarm.testkit.LeakCheck;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(LeakCheck.class)
final class DiskTasksTest {
    private final ThreadLoop loop = new ThreadLoop();
    private final DiskPool disk = new DiskPool(1, 2);
    private final DiskTasks tasks = new DiskTasks(loop, disk);
    private final List<String> ended = new ArrayList<>();

    @AfterEach
    void close() {
        disk.close();
    }

    private void run(DiskTasks.Work<String> work) {
        tasks.run(null, work, ended::add, failure -> ended.add(String.valueOf(failure.getMessage())));
    }

    @Test
    void whatThePoolHasNoRoomForWaitsAndEndsInOrder() throws Exception {
        Semaphore gate = new Semaphore(0);
        loop.run(() -> {
            for (int i = 0; i < 20; i++) {
                String name = String.valueOf(i);
                run(() -> {
                    gate.acquireUninterruptibly();
                    return name;
                });
            }
            tasks.whenIdle(() -> ended.add("idle"));
        });
        assertEquals(List.of(), loop.call(() -> List.copyOf(ended)));
        gate.release(20);
        loop.await(() -> ended.contains("idle"));
        List<String> all =
                new ArrayList<>(IntStream.range(0, 20).mapToObj(String::valueOf).toList());
        all.add("idle");
        assertEquals(all, ended);
        loop.close();
    }

    @Test
    void aFailureIsToldOnTheLoop() throws Exception {
        loop.run(() -> run(() -> {
            assertTrue(!loop.isInside());
            throw new UserError(Kind.FAILED, "No.", "Yes.");
        }));
        loop.await(() -> ended.equals(List.of("No. Yes.")));
        loop.close();
    }

    @Test
    void whatIsOurBugReachesTheLoopsLastHandlerAndEndsAllTheSame() throws Exception {
        Semaphore idle = new Semaphore(0);
        // Not by run(), which might find the loop broken already.
        loop.execute(() -> {
            run(() -> {
                throw new IllegalArgumentException("a bug");
            });
            tasks.whenIdle(idle::release);
        });
        idle.acquire();
        assertThrows(AssertionError.class, loop::close);
    }
}
