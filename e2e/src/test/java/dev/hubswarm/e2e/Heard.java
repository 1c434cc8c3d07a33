package dev.hubswarm.e2e;

import static org.junit.jupiter.api.Assertions.assertNotNull;

import dev.hubswarm.protocol.announce.PeerAddress;
import dev.hubswarm.trackerclient.announce.AnnounceListener;
import dev.hubswarm.trackerclient.contact.TrackerUrl;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Keeps what our announcer hears until the test asks. Thread-safe. */
final class Heard implements AnnounceListener {
    private final BlockingQueue<Object> heard = new LinkedBlockingQueue<>();

    @Override
    public void peers(TrackerUrl tracker, List<PeerAddress> peers) {
        heard.add(peers);
    }

    @Override
    public void failed(TrackerUrl tracker, String why) {
        heard.add(why);
    }

    /** A list of peers, or why there is none. */
    Object next() throws InterruptedException {
        Object next = heard.poll(60, TimeUnit.SECONDS);
        assertNotNull(next, "nothing was heard");
        return next;
    }
}
