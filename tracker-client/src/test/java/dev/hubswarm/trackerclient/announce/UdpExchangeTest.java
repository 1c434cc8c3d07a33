package dev.hubswarm.trackerclient.announce;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.hubswarm.protocol.announce.AnnounceEvent;
import dev.hubswarm.protocol.announce.AnnounceRequest;
import dev.hubswarm.protocol.announce.PeerAddress;
import dev.hubswarm.protocol.announce.PeerId;
import dev.hubswarm.protocol.announce.SwarmKey;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Datagrams are written by hand, after the tables of BEP 15. */
class UdpExchangeTest {
    private static final long START = Long.MAX_VALUE - SECONDS.toNanos(20);
    private static final long ID = 0x1122334455667788L;
    private static final InetSocketAddress TRACKER = new InetSocketAddress(InetAddress.getLoopbackAddress(), 6969);
    private static final AnnounceRequest REQUEST = new AnnounceRequest(
            new SwarmKey(1, 2, 3),
            new PeerId(4, 5, 6),
            6881,
            7,
            8,
            9,
            AnnounceEvent.STARTED,
            50,
            0xabcdef01,
            true,
            null);

    private final UdpConnections connections = new UdpConnections();
    private final UdpExchange exchange = exchange("");

    private UdpExchange exchange(String urlData) {
        return new UdpExchange(
                TRACKER, false, REQUEST, urlData, connections, new Random(1), START + SECONDS.toNanos(60));
    }

    @Test
    void itConnectsThenAnnounces() {
        ByteBuffer connect = poll(exchange, 0);
        assertEquals(16, connect.remaining());
        assertEquals(0x41727101980L, connect.getLong());
        assertEquals(0, connect.getInt());
        receive(exchange, 1, connected(connect.getInt(), ID));
        ByteBuffer announce = poll(exchange, 1);
        assertEquals(98, announce.remaining());
        assertEquals(ID, announce.getLong());
        assertEquals(1, announce.getInt());
        int transaction = announce.getInt();
        byte[] body = new byte[82];
        announce.get(body);
        ByteBuffer wanted = ByteBuffer.allocate(82);
        wanted.putLong(1).putLong(2).putInt(3).putLong(4).putLong(5).putInt(6);
        wanted.putLong(8).putLong(9).putLong(7);
        wanted.putInt(2).putInt(0).putInt(0xabcdef01).putInt(50).putShort((short) 6881);
        assertEquals(ByteBuffer.wrap(wanted.array()), ByteBuffer.wrap(body));
        receive(exchange, 2, announced(transaction));
        assertNotNull(exchange.response());
        assertEquals(1800, exchange.response().interval());
        assertEquals(
                List.of(PeerAddress.v4(0xcb007101, 6881)),
                exchange.response().peers().toList());
        assertNull(exchange.failure());
        assertFalse(poll(exchange, 20).hasRemaining());
    }

    @Test
    void anIdIsUsedForAMinuteByAllTorrents() {
        connections.put(TRACKER, ID, START);
        assertEquals(ID, poll(exchange, 59).getLong());
        UdpExchange later =
                new UdpExchange(TRACKER, false, REQUEST, "", connections, new Random(2), START + SECONDS.toNanos(90));
        assertEquals(0x41727101980L, poll(later, 60).getLong());
    }

    @Test
    void whatIsLostIsSentAgainAfter15Then30Seconds() {
        ByteBuffer first = poll(exchange, 0);
        assertEquals(START + SECONDS.toNanos(15), exchange.wakeNanos());
        assertFalse(poll(exchange, 14).hasRemaining());
        assertEquals(first, poll(exchange, 15));
        assertEquals(START + SECONDS.toNanos(45), exchange.wakeNanos());
        assertEquals(first, poll(exchange, 45));
        assertEquals(START + SECONDS.toNanos(60), exchange.wakeNanos());
        assertFalse(poll(exchange, 60).hasRemaining());
        assertInstanceOf(SocketTimeoutException.class, exchange.failure());
    }

    @Test
    void anIdThatIsTooOldByTheTimeOfSendingAgainIsReplaced() {
        connections.put(TRACKER, ID, START - SECONDS.toNanos(50));
        assertEquals(ID, poll(exchange, 0).getLong());
        assertEquals(0x41727101980L, poll(exchange, 15).getLong());
    }

    @Test
    void onlyTheTrackersOwnAnswerToTheLastQuestionCounts() {
        int transaction = poll(exchange, 0).getInt(12);
        InetSocketAddress elsewhere = new InetSocketAddress(InetAddress.getLoopbackAddress(), 6970);
        assertFalse(exchange.receive(elsewhere, connected(transaction, ID), START));
        assertFalse(receive(exchange, 0, connected(transaction + 1, ID)));
        assertFalse(receive(exchange, 0, announced(transaction)));
        assertFalse(receive(exchange, 0, ByteBuffer.allocate(7)));
        assertFalse(receive(exchange, 0, ByteBuffer.allocate(200).putInt(0, 77).putInt(4, transaction)));
        assertNull(connections.find(TRACKER, START));
        assertFalse(poll(exchange, 0).hasRemaining());
        receive(exchange, 0, connected(transaction, ID));
        int next = poll(exchange, 0).getInt(12);
        assertNotEquals(transaction, next);
        assertFalse(receive(exchange, 0, connected(next, 5)));
        assertFalse(receive(exchange, 0, announced(transaction)));
        assertNull(exchange.response());
        assertEquals(ID, connections.find(TRACKER, START));
        receive(exchange, 0, announced(next));
        assertNotNull(exchange.response());
    }

    @Test
    void aNoMayMeanThatTheIdIsForgottenAndASecondNoIsOne() {
        connections.put(TRACKER, ID, START);
        receive(exchange, 0, error(poll(exchange, 0).getInt(12), "Connection ID mismatch."));
        ByteBuffer connect = poll(exchange, 0);
        assertEquals(0x41727101980L, connect.getLong(0));
        receive(exchange, 0, connected(connect.getInt(12), ID + 1));
        receive(exchange, 0, error(poll(exchange, 0).getInt(12), "unregistered torrent"));
        RefusedException refused = assertInstanceOf(RefusedException.class, exchange.failure());
        assertEquals("unregistered torrent", refused.getMessage());
    }

    @Test
    void thePathIsAnOption() {
        connections.put(TRACKER, ID, START);
        String path = "/t/secret/announce";
        ByteBuffer announce = poll(exchange(path), 0);
        assertEquals(98 + 2 + path.length(), announce.remaining());
        assertEquals(2, announce.get(98));
        assertEquals(path.length(), announce.get(99));
        byte[] data = new byte[path.length()];
        announce.position(100).get(data);
        assertEquals(path, new String(data, StandardCharsets.US_ASCII));
    }

    private static ByteBuffer poll(UdpExchange exchange, long seconds) {
        ByteBuffer out = ByteBuffer.allocate(1000);
        exchange.poll(START + SECONDS.toNanos(seconds), out);
        return out.flip();
    }

    private static boolean receive(UdpExchange exchange, long seconds, ByteBuffer datagram) {
        return exchange.receive(TRACKER, datagram, START + SECONDS.toNanos(seconds));
    }

    private static ByteBuffer connected(int transaction, long id) {
        return ByteBuffer.allocate(16).putInt(0).putInt(transaction).putLong(id).flip();
    }

    private static ByteBuffer announced(int transaction) {
        ByteBuffer out = ByteBuffer.allocate(26).putInt(1).putInt(transaction).putInt(1800);
        return out.putInt(3).putInt(4).putInt(0xcb007101).putShort((short) 6881).flip();
    }

    private static ByteBuffer error(int transaction, String reason) {
        byte[] text = reason.getBytes(StandardCharsets.US_ASCII);
        return ByteBuffer.allocate(8 + text.length)
                .putInt(3)
                .putInt(transaction)
                .put(text)
                .flip();
    }
}
