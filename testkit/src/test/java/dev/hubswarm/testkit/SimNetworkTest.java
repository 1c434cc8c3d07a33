package dev.hubswarm.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.testkit.SimNetwork.Connection;
import dev.hubswarm.testkit.SimNetwork.Host;
import dev.hubswarm.testkit.SimNetwork.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class SimNetworkTest {
    private static final long MILLI = 1_000_000;
    private static final long SECOND = 1000 * MILLI;
    private static final int MEGA = 1_000_000;
    private static final Path NEAR = new Path(0, 0);

    private VirtualLoop loop = new VirtualLoop();
    private SimNetwork network = new SimNetwork(loop, new Random(1));

    /** Notes what it hears, and when. */
    private final class Ear implements SimNetwork.End {
        final List<Object> heard = new ArrayList<>();
        final List<Object> sent = new ArrayList<>();
        long last;
        boolean isClosed;

        @Override
        public void received(Object message) {
            heard.add(message);
            last = loop.elapsedNanos();
        }

        @Override
        public void sent(Object message) {
            sent.add(message);
        }

        @Override
        public void closed() {
            isClosed = true;
        }
    }

    private final Ear here = new Ear();
    private final Ear there = new Ear();

    private static void send(Connection connection, int count, int length) {
        for (int i = 0; i < count; i++) connection.send(true, i, length);
    }

    private void assertNear(double seconds, long nanos) {
        assertEquals(seconds, (double) nanos / SECOND, 0.02 * seconds);
    }

    @Test
    void theSlowerLineAndTheDelaySayWhenSomethingComes() {
        Host fast = network.host(10 * MEGA, 10 * MEGA);
        Host slow = network.host(MEGA, 2 * MEGA);
        Connection connection = fast.connect(slow, new Path(50 * MILLI, 0), here, there);
        send(connection, 200, 10_000);
        loop.advance(9 * SECOND);
        assertEquals(200, there.heard.size());
        assertNear(1.05, there.last);
        connection.send(false, "back", MEGA);
        long begun = loop.elapsedNanos();
        loop.advance(9 * SECOND);
        assertEquals(List.of("back"), here.heard);
        assertNear(1.15, here.last - begun);
        assertEquals(2 * MEGA, fast.bytesSent());
        assertEquals(2 * MEGA, slow.bytesReceived());
    }

    @Test
    void aLineIsSharedFairlyWhateverTheLengthOfMessages() {
        Host from = network.host(MEGA, MEGA);
        Host to = network.host(100 * MEGA, 100 * MEGA);
        send(from.connect(to, NEAR, here, here), 100, 128 << 10);
        send(from.connect(to, NEAR, there, there), 100_000, 100);
        loop.advance(4 * SECOND);
        assertNear(2, (long) there.heard.size() * 100 * 1000);
        loop = new VirtualLoop();
        network = new SimNetwork(loop, new Random(1));
        there.heard.clear();
        Host one = network.host(100 * MEGA, MEGA);
        Host slow = network.host(MEGA, MEGA);
        send(one.connect(slow, NEAR, here, here), 100, 128 << 10);
        send(network.host(9 * MEGA, MEGA).connect(slow, NEAR, there, there), 100_000, 100);
        loop.advance(4 * SECOND);
        assertNear(2, (long) there.heard.size() * 100 * 1000);
    }

    @Test
    void aSlowReceiverHoldsItsSenderBackAndNobodyElse() {
        Host from = network.host(10 * MEGA, MEGA);
        Connection toSlow = from.connect(network.host(MEGA, MEGA / 10), NEAR, here, here);
        Connection toFast = from.connect(network.host(MEGA, 100 * MEGA), NEAR, there, there);
        send(toSlow, 1000, 16 << 10);
        send(toFast, 5000, 10_000);
        assertTrue(loop.runUntil(() -> there.heard.size() == 5000, 7 * SECOND));
        assertTrue(toSlow.unsent(true) > 10 << 20);
        assertEquals(0, toFast.unsent(true));
    }

    @Test
    void senderHearsWhatHasLeft() {
        Host from = network.host(MEGA, MEGA);
        Connection connection = from.connect(network.host(MEGA, MEGA), new Path(SECOND, 0), here, there);
        send(connection, 3, MEGA);
        loop.advance(2 * SECOND);
        assertEquals(List.of(0, 1), here.sent);
        assertEquals(MEGA, connection.unsent(true));
        assertEquals(List.of(), there.heard);
    }

    @Test
    void lossMakesLateAndKeepsTheOrder() {
        Host from = network.host(MEGA, MEGA);
        Host to = network.host(MEGA, MEGA);
        send(from.connect(to, new Path(100 * MILLI, 0.02), here, there), 1000, 100);
        loop.advance(SECOND / 10);
        assertTrue(there.heard.size() < 1000);
        loop.advance(9 * SECOND);
        assertEquals(IntStream.range(0, 1000).boxed().toList(), there.heard);
        assertTrue(there.last >= 300 * MILLI, () -> "nothing was lost until " + there.last);
    }

    @Test
    void afterTheEndNothingComes() {
        Host from = network.host(MEGA, MEGA);
        Host to = network.host(MEGA, MEGA);
        Connection connection = from.connect(to, new Path(MILLI, 0), here, there);
        send(connection, 10, MEGA / 10);
        loop.advance(SECOND / 2);
        int before = there.heard.size();
        connection.close(true);
        connection.send(false, "too late", 1);
        loop.advance(9 * SECOND);
        assertEquals(before, there.heard.size());
        assertEquals(List.of(), here.heard);
        assertTrue(there.isClosed);
        assertFalse(here.isClosed);
        Connection broken = from.connect(to, NEAR, here, there);
        broken.cut();
        loop.turn();
        assertTrue(here.isClosed);
    }

    private long run(int seed) {
        loop = new VirtualLoop();
        network = new SimNetwork(loop, new Random(seed));
        Host from = network.host(MEGA, MEGA);
        Host to = network.host(MEGA, MEGA);
        send(from.connect(to, new Path(MILLI, 0.01), here, there), 500, 1000);
        send(to.connect(from, new Path(MILLI, 0.01), here, there), 500, 1000);
        loop.advance(9 * SECOND);
        assertEquals(1000, network.delivered());
        return network.eventHash();
    }

    /** S64. */
    @Test
    void equalSeedsGiveEqualEvents() {
        assertEquals(run(3), run(3));
        assertNotEquals(run(3), run(4));
    }
}
