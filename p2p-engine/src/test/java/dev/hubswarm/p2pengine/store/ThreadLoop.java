package dev.hubswarm.p2pengine.store;

import dev.hubswarm.base.Loop;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** A loop on a thread of its own, for stores whose disk is real. Thread-safe. */
final class ThreadLoop implements Loop, AutoCloseable {
    private static final long PATIENCE_SECONDS = 60;

    private final AtomicReference<@Nullable Thread> thread = new AtomicReference<>();
    private final AtomicReference<@Nullable Throwable> broken = new AtomicReference<>();
    private final ScheduledThreadPoolExecutor executor = new ScheduledThreadPoolExecutor(1, task -> {
        Thread made = new Thread(task, "hubswarm-test-loop");
        thread.set(made);
        return made;
    });

    @Override
    public long nowNanos() {
        return System.nanoTime();
    }

    @Override
    public void execute(Runnable task) {
        executor.execute(() -> {
            try {
                task.run();
            } catch (RuntimeException | Error e) {
                broken.compareAndSet(null, e);
            }
        });
    }

    @Override
    public Timer schedule(long delayNanos, Runnable task) {
        Future<?> timer = executor.schedule(() -> execute(task), delayNanos, TimeUnit.NANOSECONDS);
        return () -> timer.cancel(false);
    }

    @Override
    public boolean isInside() {
        return Thread.currentThread() == thread.get();
    }

    /** Runs it inside and hands on what it says or throws. */
    <T> T call(Callable<T> task) throws Exception {
        FutureTask<T> future = new FutureTask<>(task);
        executor.execute(future);
        try {
            return future.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Exception cause) throw cause;
            throw e;
        } finally {
            check();
        }
    }

    void run(Runnable task) throws Exception {
        call(() -> {
            task.run();
            return true;
        });
    }

    /** Waits until something is so, looking after every turn. */
    void await(BooleanSupplier condition) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!call(condition::getAsBoolean)) {
            if (System.nanoTime() > deadline) throw new TimeoutException("it never came to be so");
            // Not to be in the way of what is waited for.
            LockSupport.parkNanos(50_000);
        }
    }

    private void check() {
        Throwable failure = broken.get();
        if (failure != null) throw new AssertionError("the loop broke", failure);
    }

    @Override
    public void close() {
        executor.shutdownNow();
        try {
            // The turn that runs may be about to break it.
            if (!executor.awaitTermination(PATIENCE_SECONDS, TimeUnit.SECONDS))
                throw new AssertionError("a turn hangs");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        check();
    }
}
