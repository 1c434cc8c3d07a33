package dev.hubswarm.base;

/**
 * One thread's turns. What runs here owns its state without locks, and reads the time here, so that a test can own
 * both: there is one on Netty and one on a clock that a test moves.
 */
public interface Loop {
    /** Something to be run later. Confined to its loop. */
    interface Timer {
        /** Does nothing if it ran already. */
        void cancel();
    }

    /** A clock that never goes back; only differences mean something. */
    long nowNanos();

    /** Runs it soon, after what was given before. Thread-safe. */
    void execute(Runnable task);

    /** Runs it once, not before so much time has passed. For callers inside. */
    Timer schedule(long delayNanos, Runnable task);

    boolean isInside();

    default void assertInside() {
        if (!isInside()) throw new IllegalStateException("called from outside its loop");
    }
}
