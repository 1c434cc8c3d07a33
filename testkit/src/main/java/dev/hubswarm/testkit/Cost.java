package dev.hubswarm.testkit;

import java.lang.management.ManagementFactory;
import java.time.Duration;

/** What a piece of work took: time, and of its thread processor time and allocated memory. Immutable. */
public record Cost(Duration time, Duration processor, long allocatedBytes) {
    /** Work that may fail in any way. */
    @FunctionalInterface
    public interface Work {
        void run() throws Exception;
    }

    /** Runs the work on this thread. */
    public static Cost of(Work work) throws Exception {
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long allocated = threads.getCurrentThreadAllocatedBytes();
        long computed = threads.getCurrentThreadCpuTime();
        long started = System.nanoTime();
        work.run();
        long nanos = System.nanoTime() - started;
        computed = threads.getCurrentThreadCpuTime() - computed;
        allocated = threads.getCurrentThreadAllocatedBytes() - allocated;
        return new Cost(Duration.ofNanos(nanos), Duration.ofNanos(computed), allocated);
    }
}
