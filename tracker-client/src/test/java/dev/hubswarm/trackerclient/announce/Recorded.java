package dev.hubswarm.trackerclient.announce;

import static org.junit.jupiter.api.Assertions.assertNotNull;

import dev.hubswarm.protocol.announce.PeerAddress;
import dev.hubswarm.trackerclient.contact.TrackerUrl;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Keeps what it hears until a test asks. Thread-safe. */
final class Recorded implements AnnounceListener {
    private final BlockingQueue<List<PeerAddress>> peers = new LinkedBlockingQueue<>();
    private final BlockingQueue<String> failures = new LinkedBlockingQueue<>();

    @Override
    public void peers(TrackerUrl tracker, List<PeerAddress> some) {
        peers.add(some);
    }

    @Override
    public void failed(TrackerUrl tracker, String why) {
        failures.add(why);
    }

    List<PeerAddress> awaitPeers() throws InterruptedException {
        return await(peers);
    }

    String awaitFailure() throws InterruptedException {
        return await(failures);
    }

    private static <T> T await(BlockingQueue<T> queue) throws InterruptedException {
        T first = queue.poll(60, TimeUnit.SECONDS);
        assertNotNull(first, "nothing was heard");
        return first;
    }
}
