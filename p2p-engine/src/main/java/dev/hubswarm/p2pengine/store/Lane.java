package dev.hubswarm.p2pengine.store;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/** Tasks that run one after the other, on whatever threads. Thread-safe. */
final class Lane implements Runnable {
    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final AtomicInteger left = new AtomicInteger();

    /** Whether the lane was empty, so that somebody has to run it. */
    boolean add(Runnable task) {
        tasks.add(task);
        return left.getAndIncrement() == 0;
    }

    /** Runs all there is. */
    @Override
    public void run() {
        do {
            tasks.remove().run();
        } while (left.decrementAndGet() > 0);
    }
}
