package dev.hubswarm.e2e;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** Whose connections our engine says are over. Thread-safe. */
final class Closings extends Handler implements AutoCloseable {
    private static final long PATIENCE_SECONDS = 60;

    private final Logger logger = Logger.getLogger("dev.hubswarm.p2pengine.swarm.PeerChannel");
    private final List<String> lines = new CopyOnWriteArrayList<>();

    Closings() {
        logger.setLevel(Level.FINE);
        logger.addHandler(this);
    }

    long count(InetSocketAddress peer) {
        String address = peer.getAddress().getHostAddress() + ":" + peer.getPort();
        return lines.stream().filter(line -> line.contains(address)).count();
    }

    void await(InetSocketAddress peer) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (count(peer) == 0) {
            assertTrue(System.nanoTime() < deadline, lines::toString);
            LockSupport.parkNanos(10_000_000);
        }
    }

    @Override
    public void publish(LogRecord entry) {
        lines.add(entry.getMessage());
    }

    @Override
    public void flush() {}

    @Override
    public void close() {
        logger.removeHandler(this);
        logger.setLevel(null);
    }
}
