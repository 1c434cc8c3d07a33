package dev.hubswarm.storage;

import java.util.ArrayDeque;
import java.util.Queue;
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

    /** Returns a lane: its tasks run in the order they were submitted, one at a time. */
    public Lane newLane() {
        return new Lane();
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

    /** A sequence of tasks, for a digest that must see its bytes in order. Thread-safe. */
    public final class Lane {
        private final Queue<Runnable> waiting = new ArrayDeque<>();
        private boolean running;

        private Lane() {}

        public void execute(Runnable task) {
            synchronized (waiting) {
                waiting.add(task);
                if (running) return;
                running = true;
            }
            threads.execute(this::drain);
        }

        private void drain() {
            while (true) {
                Runnable task;
                synchronized (waiting) {
                    task = waiting.poll();
                    if (task == null) {
                        running = false;
                        return;
                    }
                }
                task.run();
            }
        }
    }
}
