package dev.hubswarm.storage;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The threads that hash, one per core, so that hashing never stalls an event loop or a disk thread. Thread-safe.
 *
 * <p>Its queue has no limit of its own: who submits work holds the buffer that is hashed, and buffers are limited.
 */
public final class HashPool implements AutoCloseable {
    private static final long CLOSE_SECONDS = 10;

    private final ExecutorService threads;
    private final int size;

    public HashPool(int size) {
        AtomicInteger number = new AtomicInteger();
        this.size = size;
        this.threads = Executors.newFixedThreadPool(size, task -> {
            Thread thread = new Thread(task, "hubswarm-hash-" + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        });
    }

    public static HashPool perCore() {
        return new HashPool(Runtime.getRuntime().availableProcessors());
    }

    public int size() {
        return size;
    }

    /** Runs a task, which must not throw, at some time on some thread. */
    public void execute(Runnable task) {
        threads.execute(task);
    }

    /** Lets running tasks end and drops those that have not begun. */
    @Override
    public void close() {
        threads.shutdownNow();
        try {
            if (!threads.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
                throw new IllegalStateException("A hash task has been running for more than " + CLOSE_SECONDS + " s");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
