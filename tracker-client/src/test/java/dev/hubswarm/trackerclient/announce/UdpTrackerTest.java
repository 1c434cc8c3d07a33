package dev.hubswarm.trackerclient.announce;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.protocol.announce.AnnounceEvent;
import dev.hubswarm.protocol.announce.AnnounceRequest;
import dev.hubswarm.protocol.announce.AnnounceResponse;
import dev.hubswarm.protocol.announce.PeerId;
import dev.hubswarm.protocol.announce.SwarmKey;
import dev.hubswarm.testkit.Cost;
import dev.hubswarm.testkit.LeakCheck;
import dev.hubswarm.trackerclient.contact.Family;
import dev.hubswarm.trackerclient.contact.NoAnswer;
import dev.hubswarm.trackerclient.contact.TrackerUrl;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Whatever comes by UDP, and whatever does not. */
@ExtendWith(LeakCheck.class)
class UdpTrackerTest {
    private static final AnnounceRequest REQUEST = new AnnounceRequest(
            new SwarmKey(1, 2, 3), new PeerId(4, 5, 6), 6881, 0, 0, 1, AnnounceEvent.STARTED, 50, 7, true, null);
    /** As long as a datagram can be (RFC 768), with ten thousand peers. */
    private static final int LONGEST = 20 + 6 * 10_000;

    private final AnnounceLoop loop = new AnnounceLoop();

    @AfterEach
    void stop() {
        loop.close();
    }

    private CompletableFuture<Heard> announce(Executor threads, String url, Duration timeout) throws Exception {
        return new UdpTracker(loop, threads, new Random(1))
                .announce(TrackerUrl.parse(url), Family.V4, REQUEST, timeout.toNanos());
    }

    @Test
    void aNameServiceThatHangsHoldsOneThreadAndUpNobody() throws Exception {
        List<Runnable> hanging = new ArrayList<>();
        UdpTracker tracker = new UdpTracker(loop, hanging::add, new Random(1));
        List<CompletableFuture<Heard>> asked = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            TrackerUrl url = TrackerUrl.parse("udp://tracker.invalid:" + (6969 + i % 3));
            asked.add(tracker.announce(url, Family.V4, REQUEST, TimeUnit.MILLISECONDS.toNanos(200)));
        }
        Cost cost = Cost.of(() -> {
            for (CompletableFuture<Heard> one : asked) {
                CompletionException failure = assertThrows(CompletionException.class, one::join);
                assertEquals("the tracker did not answer in time", NoAnswer.why(failure));
            }
        });
        assertTrue(cost.time().toMillis() < 1000, cost::toString);
        assertEquals(1, hanging.size());
    }

    @Test
    void onlyTheTrackersAnswerCountsAndNoMoreThan200PeersOfIt() throws Exception {
        InetAddress here = InetAddress.getLoopbackAddress();
        try (DatagramSocket tracker = new DatagramSocket(new InetSocketAddress(here, 0));
                DatagramSocket stranger = new DatagramSocket(new InetSocketAddress(here, 0))) {
            tracker.setSoTimeout(60_000);
            CompletableFuture<Heard> heard =
                    announce(Runnable::run, "udp://127.0.0.1:" + tracker.getLocalPort(), Duration.ofSeconds(20));
            DatagramPacket connect = receive(tracker);
            int transaction = ByteBuffer.wrap(connect.getData()).getInt(12);
            ByteBuffer connected =
                    ByteBuffer.allocate(16).putInt(0).putInt(transaction).putLong(77);
            SocketAddress client = connect.getSocketAddress();
            send(stranger, client, connected.array(), 16);
            for (int i = 1; i < 100; i++) {
                connected.putInt(4, transaction + i);
                send(tracker, client, connected.array(), 16);
            }
            connected.putInt(4, transaction);
            for (int length = 0; length < 16; length++) send(tracker, client, connected.array(), length);
            assertFalse(heard.isDone());
            send(tracker, client, connected.array(), 16);
            DatagramPacket announce = receive(tracker);
            assertEquals(98, announce.getLength());
            int next = ByteBuffer.wrap(announce.getData()).getInt(12);
            ByteBuffer announced = ByteBuffer.allocate(LONGEST).putInt(1).putInt(next);
            announced.putInt(Integer.MIN_VALUE).putInt(-1).putInt(-1);
            for (int i = 0; i < 10_000; i++) announced.putInt(0xcb007100 + i).putShort((short) 7000);
            send(stranger, client, announced.array(), LONGEST);
            send(tracker, client, announced.array(), 19);
            assertFalse(heard.isDone());
            send(tracker, client, announced.array(), LONGEST);
            AnnounceResponse response = heard.get(60, TimeUnit.SECONDS).response();
            assertEquals(AnnounceResponse.MAX_PEERS, response.peers().count());
            assertEquals(0, response.interval());
            assertEquals(0, response.complete());
        }
    }

    @Test
    void aTrackerThatIsSilentIsNoWaitBeyondItsTime() throws Exception {
        try (DatagramSocket silent = new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))) {
            CompletableFuture<Heard> heard =
                    announce(Runnable::run, "udp://127.0.0.1:" + silent.getLocalPort(), Duration.ofMillis(300));
            Cost cost = Cost.of(() -> assertThrows(CompletionException.class, heard::join));
            assertTrue(cost.time().toMillis() < 1000, cost::toString);
        }
    }

    private static DatagramPacket receive(DatagramSocket socket) throws Exception {
        DatagramPacket packet = new DatagramPacket(new byte[2000], 2000);
        socket.receive(packet);
        return packet;
    }

    private static void send(DatagramSocket from, SocketAddress to, byte[] bytes, int length) throws Exception {
        from.send(new DatagramPacket(bytes, length, to));
    }
}
