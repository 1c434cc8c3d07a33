package dev.hubswarm.testkit;

import java.lang.management.ManagementFactory;
import java.time.Duration;

/** What a piece of work took: time, and memory allocated by its thread. Immutable. */
public record Cost(Duration time, long allocatedBytes) {
    /** Work that may fail in any way. */
    @FunctionalInterface
    public interface Work {
        void run() throws Exception;
    }

    /** Runs the work on this thread. */
    public static Cost of(Work work) throws Exception {
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long allocated = threads.getCurrentThreadAllocatedBytes();
        long started = System.nanoTime();
        work.run();
        long nanos = System.nanoTime() - started;
        return new Cost(Duration.ofNanos(nanos), threads.getCurrentThreadAllocatedBytes() - allocated);
    }
}
