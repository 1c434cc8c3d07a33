package dev.hubswarm.storage;

/** Threads whose work nobody waits for. Stateless. */
public final class BackgroundThread {
    private BackgroundThread() {}

    /** Starts one that runs when nobody else wants the processor, as far as the system can be told so. */
    public static Thread start(String name, Runnable work) {
        Thread thread = new Thread(
                () -> {
                    // Java's own priorities mean nothing on Linux.
                    CLibrary.beNice();
                    work.run();
                },
                name);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }
}
