package dev.hubswarm.storage;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** Threads whose work nobody waits for. Stateless. */
public final class BackgroundThread {
    private static final long IDLE_SECONDS = 5;

    private BackgroundThread() {}

    /** Starts one that runs when nobody else wants the processor, as far as the system can be told so. */
    public static Thread start(String name, Runnable work) {
        Thread thread = of(name, work);
        thread.start();
        return thread;
    }

    /** One such thread for tasks, one after the other, while there are any. */
    public static ExecutorService executor(String name) {
        ThreadPoolExecutor executor = new ThreadPoolExecutor(
                1, 1, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), work -> of(name, work));
        executor.allowCoreThreadTimeOut(true);
        return executor;
    }

    private static Thread of(String name, Runnable work) {
        Thread thread = new Thread(
                () -> {
                    // Java's own priorities mean nothing on Linux.
                    CLibrary.beNice();
                    work.run();
                },
                name);
        thread.setDaemon(true);
        return thread;
    }
}
