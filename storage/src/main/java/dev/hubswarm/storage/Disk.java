package dev.hubswarm.storage;

/** Where work on files is done, so that a slow disk never stalls an event loop. Thread-safe. */
public interface Disk {
    /** How many tasks run at the same time. */
    int size();

    /**
     * Runs a task, which must not throw, at some time on some thread.
     *
     * @param room if too much waits, the answer is no, and this is run on some thread once half of it is done
     */
    boolean execute(Runnable task, Runnable room);
}
