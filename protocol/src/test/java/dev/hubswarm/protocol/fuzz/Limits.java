package dev.hubswarm.protocol.fuzz;

import java.lang.management.ManagementFactory;
import org.jspecify.annotations.Nullable;

/** What every parser must keep to, whatever the input. Stateless. */
final class Limits {
    /**
     * Beside twice the input, for what does not grow with it (exceptions with their stacks, readers, digests) or is
     * bounded otherwise: hints, names beyond ASCII.
     */
    static final long ALLOWANCE = 128 * 1024;

    private static final long MAX_NANOS = 100_000_000;
    private static final int MAX_TRIES = 3;

    private static final com.sun.management.ThreadMXBean THREADS =
            (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();

    /** A parser at work on one input. */
    @FunctionalInterface
    interface Work {
        void run() throws Exception;
    }

    private Limits() {}

    /**
     * Runs the parser. Processor time counts, since the machine may be busy with other things; and what exceeds a
     * limit is tried again, since loading and compiling classes is charged to whoever comes first.
     */
    static void check(int inputLength, Work parser) throws Exception {
        check(inputLength, ALLOWANCE, parser);
    }

    static void check(int inputLength, long allowance, Work parser) throws Exception {
        String exceeded = measure(inputLength, allowance, parser);
        for (int again = 0; exceeded != null && again < MAX_TRIES; again++) {
            exceeded = measure(inputLength, allowance, parser);
        }
        if (exceeded != null) throw new AssertionError(exceeded);
    }

    /** A tracker answers with the reason, and logs have it, so none of the sender's bytes may be in it. */
    static void checkReason(Exception refused) {
        String reason = String.valueOf(refused.getMessage());
        boolean ours = reason.length() <= 100 && reason.chars().allMatch(c -> c >= ' ' && c < 0x7f);
        if (!ours) throw new AssertionError("not our words: " + reason);
    }

    static long cpuNanos() {
        return THREADS.getCurrentThreadCpuTime();
    }

    private static @Nullable String measure(int inputLength, long allowance, Work parser) throws Exception {
        long allocated = THREADS.getCurrentThreadAllocatedBytes();
        long nanos = cpuNanos();
        parser.run();
        nanos = cpuNanos() - nanos;
        allocated = THREADS.getCurrentThreadAllocatedBytes() - allocated;
        if (nanos > MAX_NANOS) return "took " + nanos / 1_000_000 + " ms";
        if (allocated > 2L * inputLength + allowance) return "allocated " + allocated + " bytes for " + inputLength;
        return null;
    }
}
