package dev.hubswarm.p2pengine.swarm;

import dev.hubswarm.base.Loop;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Lets a test's thread ask what only a loop may know. Thread-safe. */
record OnLoop(Loop loop) {
    static final long PATIENCE_SECONDS = 60;

    <T> T inside(Callable<T> task) throws Exception {
        return post(task).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    <T> CompletableFuture<T> post(Callable<T> task) {
        CompletableFuture<T> result = new CompletableFuture<>();
        loop.execute(() -> {
            try {
                result.complete(task.call());
            } catch (Exception | Error e) {
                result.completeExceptionally(e);
            }
        });
        return result;
    }

    /** Which share of a core the loop takes in so much time from now on. */
    double busy(long nanos) throws Exception {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        long thread = inside(() -> Thread.currentThread().getId());
        long begun = System.nanoTime();
        long busy = -threads.getThreadCpuTime(thread);
        LockSupport.parkNanos(nanos);
        busy += threads.getThreadCpuTime(thread);
        return (double) busy / (System.nanoTime() - begun);
    }

    /**
     * Looks after every turn of the loop that it causes.
     *
     * @param otherwise what is said if it never comes to be so
     */
    void await(BooleanSupplier condition, Supplier<String> otherwise) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!inside(condition::getAsBoolean)) {
            if (System.nanoTime() > deadline) throw new TimeoutException(otherwise.get());
            LockSupport.parkNanos(500_000);
        }
    }
}
