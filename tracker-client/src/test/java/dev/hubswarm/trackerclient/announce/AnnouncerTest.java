package dev.hubswarm.trackerclient.announce;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.base.TlsTrust;
import dev.hubswarm.base.UserError;
import dev.hubswarm.protocol.announce.PeerAddress;
import dev.hubswarm.protocol.announce.PeerId;
import dev.hubswarm.protocol.announce.SwarmKey;
import dev.hubswarm.protocol.metainfo.Hash;
import dev.hubswarm.testkit.Cost;
import dev.hubswarm.testkit.LeakCheck;
import dev.hubswarm.trackerclient.contact.TrackerHttp;
import dev.hubswarm.trackerclient.contact.TrackerUrl;
import dev.hubswarm.trackerclient.testing.BadServer;
import dev.hubswarm.trackerclient.testing.FakeTracker;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(LeakCheck.class)
class AnnouncerTest {
    private static final SwarmKey SWARM = SwarmKey.of(Hash.ofHex("00ff2b25207e41000000000000000000000000ff"));
    private static final PeerId PEER_ID = PeerId.of("-HS0001-abcdefghijkl".getBytes(ISO_8859_1));
    private static final Progress PROGRESS = new Progress(1, 2, 3);
    private static final int PORT = 6881;

    private final TrackerHttp http = new TrackerHttp("test/1", TlsTrust.ofRuntime());
    private final Announcer announcer = new Announcer(http, PEER_ID, PORT, any -> false, new Random(1));
    private final Recorded heard = new Recorded();

    @AfterEach
    void stop() {
        announcer.close();
        http.close();
    }

    private Announcement announce(String... urls) throws UserError {
        List<TrackerUrl> trackers = new ArrayList<>();
        for (String url : urls) trackers.add(TrackerUrl.parse(url));
        return announcer.announce(SWARM, trackers.stream().map(List::of).toList(), () -> PROGRESS, heard);
    }

    @Test
    void anHttpTrackerHearsOfUsAndTellsOfPeers() throws Exception {
        try (FakeTracker tracker = new FakeTracker()) {
            String peers = compact("203.0.113.1", 6882) + compact("203.0.113.2", 22);
            tracker.answer("GET /announce", 200, answer("5:peers12:" + peers));
            Announcement announcement = announce(tracker.url());
            assertEquals(List.of(peer("203.0.113.1", 6882)), heard.awaitPeers());
            String started = tracker.targets().get(0);
            assertTrue(
                    started.matches("/announce\\?info_hash=%00%FF%2B%25%20~A(%00){12}%FF&peer_id=-HS0001-abcdefghijkl"
                            + "&port=6881&uploaded=1&downloaded=2&left=3&compact=1&numwant=50&key=[0-9A-F]{8}"
                            + "&event=started"),
                    started);
            announcement.completed();
            assertEquals(1, heard.awaitPeers().size());
            announcement.close();
            announcer.close();
            assertEquals(List.of("started", "completed", "stopped"), events(tracker));
            assertEquals(
                    1,
                    tracker.targets().stream()
                            .map(AnnouncerTest::key)
                            .distinct()
                            .count());
        }
    }

    @Test
    void atAnAddressOfIpv6PeersOfIpv6AreHeardOf() throws Exception {
        ByteBuffer peer = ByteBuffer.allocate(18).put(peer("2001:db8::7", 6882).address());
        peer.putShort((short) 6882);
        try (FakeTracker tracker =
                new FakeTracker(InetAddress.getByAddress(peer("::1", 0).address()))) {
            tracker.answer("GET /announce", 200, answer("6:peers618:" + new String(peer.array(), ISO_8859_1)));
            announce(tracker.url());
            assertEquals(List.of(peer("2001:db8::7", 6882)), heard.awaitPeers());
            assertEquals(1, tracker.asked().size(), "by its family alone");
        }
    }

    @Test
    void closingSaysGoodbyeForAllTorrents() throws Exception {
        try (FakeTracker tracker = new FakeTracker()) {
            tracker.answer("GET /announce", 200, answer("5:peers0:"));
            announce(tracker.url());
            announce(tracker.url());
            heard.awaitPeers();
            heard.awaitPeers();
            announcer.close();
            List<String> targets = tracker.targets();
            assertEquals(
                    2,
                    targets.stream()
                            .filter(target -> target.endsWith("event=stopped"))
                            .count());
            assertNotEquals(key(targets.get(0)), key(targets.get(1)), "each torrent has its own key");
        }
    }

    @Test
    void aTrackerThatHangsHoldsUpNeitherOthersNorClosing() throws Exception {
        try (BadServer bad = new BadServer((server, out) -> {
                    throw BadServer.hanging();
                });
                FakeTracker good = new FakeTracker()) {
            good.answer("GET /announce", 200, answer("5:peers0:"));
            announce(bad.url());
            announce(good.url());
            assertEquals(List.of(), heard.awaitPeers());
            Cost cost = Cost.of(announcer::close);
            assertTrue(cost.time().toMillis() < 2_500, cost::toString);
        }
    }

    @Test
    void theNextTierHelpsWhereTheFirstFails() throws Exception {
        try (FakeTracker none = new FakeTracker();
                FakeTracker refusing = new FakeTracker();
                FakeTracker good = new FakeTracker()) {
            refusing.answer("GET /announce", 200, bytes("d14:failure reason9:get \u001blost8:retry in5:nevere"));
            good.answer("GET /announce", 200, answer("5:peers0:"));
            announce(none.url(), refusing.url(), good.url());
            assertEquals("the tracker answered with status 404", heard.awaitFailure());
            assertEquals("get ?lost", heard.awaitFailure());
            assertEquals(List.of(), heard.awaitPeers());
        }
    }

    @Test
    void aTrackerThatRepeatsASecretPathIsNotQuoted() throws Exception {
        try (FakeTracker tracker = new FakeTracker()) {
            tracker.answer("GET /t/secret/announce", 200, bytes("d14:failure reason9:no secrete"));
            announce(tracker.url() + "/t/secret");
            assertEquals("the tracker repeats its address", heard.awaitFailure());
        }
    }

    @Test
    void peersOfThisMachineComeOnlyFromATrackerOfThisMachineAndWeAreNotAmongThem() throws Exception {
        try (FakeTracker tracker = new FakeTracker()) {
            String ours = compact("127.0.0.1", PORT);
            String another = compact("127.0.0.1", 6882);
            String seenAs = "11:external ip4:" + compact("203.0.113.9", 0).substring(0, 4);
            String behindUs = compact("203.0.113.9", PORT);
            tracker.answer("GET /announce", 200, answer(seenAs, "5:peers18:" + ours + another + behindUs));
            announce(tracker.url());
            assertEquals(List.of(peer("127.0.0.1", 6882)), heard.awaitPeers());
            assertNull(announcer.externalAddress(false), "one tracker alone is not believed");
        }
    }

    @Test
    void moreThan30AnnouncesInAQuarterOfAnHourAreNotMadeAtATrackerOfOthers() throws Exception {
        try (FakeTracker tracker = new FakeTracker()) {
            tracker.answer("GET /announce", 200, answer("5:peers0:"));
            for (int i = 0; i < 40; i++) announce(tracker.url());
            for (int i = 0; i < 30; i++) heard.awaitPeers();
            // Whatever else was under way has been answered by the time of this one, from elsewhere.
            try (FakeTracker other = new FakeTracker()) {
                other.answer("GET /announce", 200, answer("5:peers0:"));
                announce(other.url());
                heard.awaitPeers();
            }
            assertEquals(30, tracker.asked().size());
        }
    }

    @Test
    void aUdpTrackerHearsOfUsAndTellsOfPeers() throws Exception {
        try (UdpPeer tracker = new UdpPeer()) {
            Announcement first = announce(tracker.url() + "/t/secret");
            tracker.serve(2);
            assertEquals(List.of(peer("127.0.0.1", 7000)), heard.awaitPeers());
            announce(tracker.url());
            tracker.serve(1);
            heard.awaitPeers();
            first.close();
            tracker.serve(1);
            assertEquals(
                    List.of("connect", "announce 2 /t/secret/announce", "announce 2 ", "announce 3 /t/secret/announce"),
                    List.copyOf(tracker.asked));
        }
    }

    /** A UDP tracker (BEP 15) by hand; serves when told, on the test's thread. */
    private static final class UdpPeer implements AutoCloseable {
        private final DatagramSocket socket;
        private final BlockingQueue<String> asked = new LinkedBlockingQueue<>();

        UdpPeer() throws SocketException {
            socket = new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            socket.setSoTimeout((int) TimeUnit.SECONDS.toMillis(60));
        }

        String url() {
            return "udp://127.0.0.1:" + socket.getLocalPort();
        }

        void serve(int count) throws Exception {
            for (int i = 0; i < count; i++) {
                DatagramPacket packet = new DatagramPacket(new byte[2000], 2000);
                socket.receive(packet);
                ByteBuffer in = ByteBuffer.wrap(packet.getData(), 0, packet.getLength());
                long id = in.getLong();
                int action = in.getInt();
                int transaction = in.getInt();
                ByteBuffer out = ByteBuffer.allocate(100).putInt(action).putInt(transaction);
                if (action == 0) {
                    assertEquals(0x41727101980L, id);
                    asked.add("connect");
                    out.putLong(77);
                } else {
                    assertEquals(77, id);
                    int event = in.getInt(80);
                    String path = packet.getLength() > 98
                            ? new String(packet.getData(), 100, packet.getLength() - 100, ISO_8859_1)
                            : "";
                    asked.add("announce " + event + " " + path);
                    out.putInt(1800).putInt(0).putInt(1).putInt(0x7f000001).putShort((short) 7000);
                }
                socket.send(new DatagramPacket(out.array(), out.position(), packet.getSocketAddress()));
            }
        }

        @Override
        public void close() {
            socket.close();
        }
    }

    /** A peer as 6 chars (BEP 23). */
    private static String compact(String host, int port) {
        ByteBuffer bytes =
                ByteBuffer.allocate(6).put(peer(host, port).address()).putShort((short) port);
        return new String(bytes.array(), ISO_8859_1);
    }

    private static byte[] answer(String... fields) {
        // Keys in order: external ip before interval before peers.
        String before =
                IntStream.range(0, fields.length - 1).mapToObj(i -> fields[i]).reduce("", String::concat);
        return bytes("d" + before + "8:intervali1800e12:min intervali900e" + fields[fields.length - 1] + "e");
    }

    private static byte[] bytes(String latin1) {
        return latin1.getBytes(ISO_8859_1);
    }

    private static List<String> events(FakeTracker tracker) {
        return tracker.targets().stream()
                .map(target -> find("&event=(.*)", target))
                .toList();
    }

    private static String key(String target) {
        return find("&key=([0-9A-F]{8})", target);
    }

    private static String find(String pattern, String in) {
        Matcher found = Pattern.compile(pattern).matcher(in);
        assertTrue(found.find(), in);
        return found.group(1);
    }

    private static PeerAddress peer(String host, int port) {
        return Objects.requireNonNull(PeerAddress.parse(host, port));
    }
}
