package dev.hubswarm.storage;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;

/**
 * The threads that touch files. Thread-safe: one monitor guards the queue, and is never held while a task runs.
 *
 * <p>They are never interrupted, since Java then closes the file that the thread is using under all others.
 */
public final class DiskPool implements Disk, AutoCloseable {
    private final int limit;
    private final List<Thread> threads = new ArrayList<>();
    private final Queue<Runnable> queue = new ArrayDeque<>();
    private final List<Runnable> refused = new ArrayList<>();
    private boolean closed;

    /** @param limit how many tasks may wait */
    public DiskPool(int size, int limit) {
        this.limit = limit;
        for (int i = 1; i <= size; i++) {
            Thread thread = new Thread(this::work, "hubswarm-disk-" + i);
            thread.setDaemon(true);
            threads.add(thread);
        }
        threads.forEach(Thread::start);
    }

    @Override
    public int size() {
        return threads.size();
    }

    @Override
    public boolean execute(Runnable task, Runnable room) {
        synchronized (queue) {
            if (queue.size() >= limit) {
                refused.add(room);
                return false;
            }
            queue.add(task);
            queue.notify();
            return true;
        }
    }

    private void work() {
        while (true) {
            Runnable task;
            List<Runnable> called = List.of();
            synchronized (queue) {
                while (queue.isEmpty() && !closed) {
                    try {
                        queue.wait();
                    } catch (InterruptedException e) {
                        throw new IllegalStateException("somebody else's thread", e);
                    }
                }
                task = closed ? null : queue.remove();
                if (queue.size() <= limit / 2 && !refused.isEmpty()) {
                    called = List.copyOf(refused);
                    refused.clear();
                }
            }
            called.forEach(Runnable::run);
            if (task == null) return;
            task.run();
        }
    }

    /** Lets running tasks end and drops those that have not begun. */
    @Override
    public void close() {
        synchronized (queue) {
            closed = true;
            queue.clear();
            queue.notifyAll();
        }
        boolean interrupted = false;
        for (Thread thread : threads) {
            while (thread.isAlive()) {
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) Thread.currentThread().interrupt();
    }
}
