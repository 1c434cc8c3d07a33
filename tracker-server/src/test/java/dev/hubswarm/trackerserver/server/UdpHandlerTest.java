package dev.hubswarm.trackerserver.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.base.Redacted;
import dev.hubswarm.protocol.announce.AnnounceEvent;
import dev.hubswarm.protocol.announce.AnnounceRequest;
import dev.hubswarm.protocol.announce.ConnectionIds;
import dev.hubswarm.protocol.announce.PeerAddress;
import dev.hubswarm.protocol.announce.PeerId;
import dev.hubswarm.protocol.announce.ScrapeRequest;
import dev.hubswarm.protocol.announce.SwarmKey;
import dev.hubswarm.protocol.announce.SwarmStats;
import dev.hubswarm.protocol.announce.UdpRequest;
import dev.hubswarm.protocol.announce.UdpResponse;
import dev.hubswarm.trackerserver.swarm.SwarmConfig;
import dev.hubswarm.trackerserver.swarm.SwarmTable;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.DatagramPacket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UdpHandlerTest {
    private static final SwarmKey SWARM = new SwarmKey(1, 2, 3);
    private static final InetSocketAddress TRACKER = new InetSocketAddress(InetAddress.getLoopbackAddress(), 1);
    /** Packets for S30; a million with {@code -Dhubswarm.long=true}. */
    private static final int PACKETS = Boolean.getBoolean("hubswarm.long") ? 1_000_000 : 20_000;

    private final TrackerCounters counters = new TrackerCounters();
    private final SwarmTable swarms = new SwarmTable(SwarmConfig.DEFAULT.withOpen(true), report -> {});
    private EmbeddedChannel channel = channel(List.of());

    private EmbeddedChannel channel(List<Redacted> tokens) {
        ServerConfig config = new ServerConfig(TRACKER, true, tokens, List.of(), ServerLimits.DEFAULT);
        Tracker tracker = new Tracker(swarms, config, counters, System.nanoTime());
        return new EmbeddedChannel(new UdpHandler(tracker, new ConnectionIds(5, 6)));
    }

    @AfterEach
    void noBufferIsLeft() {
        assertTrue(!channel.finish(), "an answer that nobody looked at");
    }

    private static InetSocketAddress sender(String address, int port) throws Exception {
        PeerAddress parsed = PeerAddress.parse(address, port);
        assertNotNull(parsed);
        return new InetSocketAddress(InetAddress.getByAddress(parsed.address()), port);
    }

    /** The answer's bytes, or none. */
    private ByteBuffer exchange(InetSocketAddress from, ByteBuffer request) {
        ByteBuf content = Unpooled.buffer(2048).writeBytes(request);
        channel.writeInbound(new DatagramPacket(content, TRACKER, from));
        assertEquals(0, content.refCnt());
        DatagramPacket answer = channel.readOutbound();
        if (answer == null) return ByteBuffer.allocate(0);
        assertEquals(from, answer.recipient());
        ByteBuffer bytes = ByteBuffer.allocate(answer.content().readableBytes());
        answer.content().readBytes(bytes);
        answer.release();
        return bytes.flip();
    }

    private UdpResponse exchange(InetSocketAddress from, UdpRequest request) throws Exception {
        return UdpResponse.decode(
                exchange(from, bytes(request)), from.getAddress().getAddress().length == 16);
    }

    private static ByteBuffer bytes(UdpRequest request) {
        ByteBuffer out = ByteBuffer.allocate(2048);
        request.encode(out);
        return out.flip();
    }

    private long connect(InetSocketAddress from) throws Exception {
        UdpResponse response = exchange(from, new UdpRequest.Connect(9));
        return assertInstanceOf(UdpResponse.Connected.class, response).connectionId();
    }

    private static UdpRequest.Announce announce(long id, int port, String urlData) {
        AnnounceRequest request = new AnnounceRequest(
                SWARM, new PeerId(1, 2, port), port, 0, 0, 5, AnnounceEvent.NONE, -1, 7, true, null);
        return new UdpRequest.Announce(77, id, request, urlData);
    }

    @ParameterizedTest
    @ValueSource(strings = {"9.8.7.6", "2001:db8::7"})
    void answersInTheFamilyOfTheAsker(String address) throws Exception {
        InetSocketAddress first = sender(address, 1000);
        long id = connect(first);
        exchange(first, announce(id, 5001, ""));
        // A router may have changed the port on the way.
        InetSocketAddress second = sender(address, 2000);
        UdpResponse.Announced announced =
                assertInstanceOf(UdpResponse.Announced.class, exchange(second, announce(id, 5002, "")));
        assertEquals(77, announced.transactionId());
        assertEquals(
                Collections.singletonList(PeerAddress.parse(address, 5001)),
                announced.response().peers().toList());
        assertEquals(new SwarmStats(0, 0, 2), swarms.stats(SWARM));
    }

    @Test
    void givesAScrapeAnEntryForEachSwarm() throws Exception {
        InetSocketAddress from = sender("9.8.7.6", 1000);
        long id = connect(from);
        exchange(from, announce(id, 5001, ""));
        ScrapeRequest request = new ScrapeRequest(Collections.nCopies(ScrapeRequest.MAX_SWARMS, SWARM));
        UdpResponse.Scraped scraped =
                assertInstanceOf(UdpResponse.Scraped.class, exchange(from, new UdpRequest.Scrape(5, id, request)));
        assertEquals(Collections.nCopies(70, new SwarmStats(0, 0, 1)), scraped.swarms());
    }

    @Test
    void limitsAnnouncesAndScrapesOfOne() throws Exception {
        InetSocketAddress from = sender("9.8.7.6", 1000);
        long id = connect(from);
        UdpRequest scrape = new UdpRequest.Scrape(5, id, new ScrapeRequest(List.of(SWARM)));
        for (UdpRequest request : List.of(scrape, announce(id, 5001, ""))) {
            UdpResponse response = exchange(from, request);
            for (int i = 0;
                    i < 2 * ServerLimits.DEFAULT.requestBurst() && !(response instanceof UdpResponse.Failed);
                    i++) {
                response = exchange(from, request);
            }
            UdpResponse.Failed failed = assertInstanceOf(UdpResponse.Failed.class, response);
            assertEquals("your address asks too often", failed.reason());
        }
        assertEquals(2, counters.rateLimited.sum());
    }

    @Test
    void idsOfOthersAreWorthNothing() throws Exception {
        long id = connect(sender("9.8.7.6", 1000));
        UdpResponse refused = exchange(sender("9.8.7.5", 1000), announce(id, 5001, ""));
        assertEquals(new UdpResponse.Failed(77, "connect again"), refused);
        assertEquals(SwarmStats.EMPTY, swarms.stats(SWARM));
        assertEquals(1, counters.udpBadIds.sum());
    }

    @Test
    void wantsAReadTokenIfThereIsOne() throws Exception {
        channel.finish();
        channel = channel(List.of(new Redacted("s3cret")));
        InetSocketAddress from = sender("9.8.7.6", 1000);
        long id = connect(from);
        for (String path : List.of("", "/announce", "/t/other/announce")) {
            assertInstanceOf(UdpResponse.Failed.class, exchange(from, announce(id, 5001, path)));
        }
        ScrapeRequest scrape = new ScrapeRequest(List.of(SWARM));
        assertInstanceOf(UdpResponse.Failed.class, exchange(from, new UdpRequest.Scrape(5, id, scrape)));
        assertEquals(0, swarms.peers());
        assertInstanceOf(UdpResponse.Announced.class, exchange(from, announce(id, 5001, "/t/s3cret/announce?x=y")));
    }

    @Test
    void saysNothingToPortZero() throws Exception {
        assertEquals(
                0,
                exchange(sender("9.8.7.6", 0), bytes(new UdpRequest.Connect(1))).remaining());
    }

    /** S30: whatever comes without a valid id, no more goes out than came in. */
    @Test
    void amplifiesNothing() throws Exception {
        Random random = new Random(1);
        InetSocketAddress victim = sender("9.8.7.6", 53);
        ScrapeRequest scrape = new ScrapeRequest(Collections.nCopies(70, SWARM));
        int peers = 60;
        for (int i = 0; i < peers; i++) {
            InetSocketAddress peer = sender("9.8.6." + i, 1000);
            exchange(peer, announce(connect(peer), 5001, ""));
        }
        // Worth the forgery: whoever has an id gets more than he sent.
        ByteBuffer honest = bytes(announce(connect(sender("9.8.6.0", 1000)), 5001, ""));
        assertTrue(honest.remaining()
                < exchange(sender("9.8.6.0", 1000), honest.duplicate()).remaining());
        long in = 0;
        long out = 0;
        int[] answers = new int[4];
        for (int i = 0; i < PACKETS; i++) {
            int kind = random.nextInt(4);
            ByteBuffer packet = switch (kind) {
                case 0 -> bytes(new UdpRequest.Connect(i));
                case 1 -> bytes(announce(random.nextLong(), 5001, random.nextBoolean() ? "" : "/announce"));
                case 2 -> bytes(new UdpRequest.Scrape(i, random.nextLong(), scrape));
                default -> ByteBuffer.allocate(random.nextInt(300));
            };
            // Some are cut, and some of their bytes wrong.
            if (random.nextInt(4) == 0) packet.limit(random.nextInt(packet.limit() + 1));
            if (packet.hasRemaining() && random.nextInt(4) == 0) {
                packet.put(random.nextInt(packet.limit()), (byte) random.nextInt());
            }
            int length = packet.remaining();
            int answer = exchange(victim, packet).remaining();
            assertTrue(answer <= length, () -> answer + " bytes for " + length);
            in += length;
            out += answer;
            if (answer > 0) answers[kind]++;
        }
        assertTrue(out <= in);
        for (int kind = 0; kind < 3; kind++) assertTrue(answers[kind] > PACKETS / 8, "one kind got no answers");
        assertTrue(counters.udpBadIds.sum() > PACKETS / 4 && counters.udpDropped.sum() > PACKETS / 8);
        assertEquals(peers, swarms.peers());
    }
}
