package dev.hubswarm.testkit;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.atomic.AtomicInteger;

/** Ports for programs that have to be told one. Thread-safe. */
public final class FreePort {
    /** Below those that the system gives away by itself, so that a free one stays free. */
    private static final AtomicInteger NEXT =
            new AtomicInteger(10_000 + (int) (ProcessHandle.current().pid() % 200) * 100);

    private FreePort() {}

    /** Returns one that nobody has and that was not returned before. */
    public static int at(InetAddress host) {
        for (int tries = 0; tries < 200; tries++) {
            int port = NEXT.getAndIncrement();
            try (ServerSocket free = new ServerSocket(port, 1, host)) {
                return free.getLocalPort();
            } catch (IOException e) {
                // Somebody else has it.
            }
        }
        throw new IllegalStateException("no free port");
    }
}
