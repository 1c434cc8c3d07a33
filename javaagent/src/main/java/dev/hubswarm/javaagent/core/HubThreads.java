package dev.hubswarm.javaagent.core;

import java.util.concurrent.Executor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Threads for clients that do not lend theirs: one per file on its way, none otherwise. They keep neither the JVM nor
 * any of the host's loaders alive. Thread-safe.
 */
public final class HubThreads {
    private static final AtomicInteger MADE = new AtomicInteger();
    private static final Executor THREADS =
            new ThreadPoolExecutor(0, Integer.MAX_VALUE, 5, TimeUnit.SECONDS, new SynchronousQueue<>(), task -> {
                Thread thread = new Thread(null, task, "hubswarm-file-" + MADE.incrementAndGet(), 0, false);
                thread.setDaemon(true);
                thread.setContextClassLoader(null);
                return thread;
            });

    private HubThreads() {}

    public static void run(Runnable task) {
        THREADS.execute(task);
    }
}
