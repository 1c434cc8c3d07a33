package dev.hubswarm.cli;

import dev.hubswarm.base.UserError;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Turns Ctrl-C into an interrupt of the main thread, and gives that a while to put things in order, or until a
 * second Ctrl-C. Stateless.
 */
final class InterruptGuard {
    /** Something that takes long. */
    @FunctionalInterface
    interface Task<T> {
        T run() throws UserError, InterruptedException;
    }

    private InterruptGuard() {}

    static <T> T run(long seconds, Task<T> task) throws UserError, InterruptedException {
        Thread worker = Thread.currentThread();
        CountDownLatch ended = new CountDownLatch(1);
        Thread hook = new Thread(() -> await(worker, ended, seconds), "hubswarm-interrupt");
        Runtime.getRuntime().addShutdownHook(hook);
        try {
            return task.run();
        } finally {
            ended.countDown();
            try {
                Runtime.getRuntime().removeShutdownHook(hook);
            } catch (IllegalStateException e) {
                // It runs: the program is being stopped.
            }
        }
    }

    private static void await(Thread worker, CountDownLatch ended, long seconds) {
        // The JVM passes over every further one.
        Signals.on("INT", () -> Runtime.getRuntime().halt(ExitCode.INTERRUPTED));
        worker.interrupt();
        try {
            if (!ended.await(seconds, TimeUnit.SECONDS)) {
                System.getLogger(InterruptGuard.class.getName())
                        .log(System.Logger.Level.WARNING, () -> "stopped in the middle of writing");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
