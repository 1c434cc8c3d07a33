package dev.hubswarm.hub.download;

import dev.hubswarm.base.UserError;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Tells workers to stop, and wakes those that wait. Thread-safe.
 *
 * <p>Only where they wait are they interrupted: an interrupt in the middle of reading or writing a file would close
 * its channel for everybody (see {@link java.nio.channels.InterruptibleChannel}).
 */
public final class StopSignal {
    /** Something that may take long and can be interrupted. */
    @FunctionalInterface
    public interface Waiting<T> {
        T run() throws UserError, InterruptedException;
    }

    private final Set<Thread> waiting = new HashSet<>();
    private boolean stopped;

    public synchronized boolean isStopped() {
        return stopped;
    }

    public synchronized void stop() {
        stopped = true;
        waiting.forEach(Thread::interrupt);
        notifyAll();
    }

    public <T> T interruptibly(Waiting<T> task) throws UserError, InterruptedException {
        synchronized (this) {
            if (stopped) throw new InterruptedException();
            waiting.add(Thread.currentThread());
        }
        try {
            return task.run();
        } finally {
            synchronized (this) {
                waiting.remove(Thread.currentThread());
                // One that came too late for the task must not hit what follows.
                if (stopped) Thread.interrupted();
            }
        }
    }

    /** @throws InterruptedException if it is time to stop */
    public synchronized void pause(long nanos) throws InterruptedException {
        long deadline = System.nanoTime() + nanos;
        while (!stopped) {
            long left = deadline - System.nanoTime();
            if (left <= 0) return;
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
        throw new InterruptedException();
    }
}
