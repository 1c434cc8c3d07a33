package dev.hubswarm.trackerserver.catalogue;

import dev.hubswarm.protocol.announce.PeerAddress;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Map;
import java.util.concurrent.Semaphore;

/**
 * Finds out whether a client can be called by others: at its own address, since whoever could name another would have
 * it called by us. Thread-safe; it waits for seconds, and so for few at a time.
 */
final class PortProbe {
    private static final int MOST_AT_ONCE = 2;
    private static final int TIMEOUT_MILLIS = 3000;
    /** Below it are the services of others (reliability.md T28). */
    static final int LEAST_PORT = 1024;

    private final Semaphore free = new Semaphore(MOST_AT_ONCE);

    /** Whether somebody answers there. */
    boolean reaches(PeerAddress client) throws ApiException {
        if (!free.tryAcquire())
            throw new ApiException(503, "busy", "Others are being called. Ask again.", Map.of("Retry-After", "5"));
        try (Socket socket = new Socket()) {
            socket.connect(
                    new InetSocketAddress(InetAddress.getByAddress(client.address()), client.port()), TIMEOUT_MILLIS);
            return true;
        } catch (IOException e) {
            return false;
        } finally {
            free.release();
        }
    }
}
