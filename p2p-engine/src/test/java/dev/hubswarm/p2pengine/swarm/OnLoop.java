package dev.hubswarm.p2pengine.swarm;

import dev.hubswarm.base.Loop;
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
