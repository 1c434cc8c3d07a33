package dev.hubswarm.protocol.announce;

import static dev.hubswarm.protocol.announce.PeerAddressTest.address;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.hubswarm.testkit.SeededBytes;
import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class UdpTest {
    private static final long CONNECTION = 0x1122334455667788L;
    private static final int TRANSACTION = 0x99aabbcc;
    private static final String HASH = "000102030405060708090a0b0c0d0e0f10111213";
    private static final String PEER = "202122232425262728292a2b2c2d2e2f30313233";
    private static final PeerAddress V4 = address("10.1.2.3", 6881);
    private static final PeerAddress V6 = address("2001:db8::1", 65535);

    /** An announce by the table in BEP 15, written by hand; the address that it claims is 9.9.9.9. */
    private static final String ANNOUNCE = "1122334455667788" + "00000001" + "99aabbcc" + HASH + PEER
            + "0000000000000002" + "0000000000000003" + "0000000000000001" + "00000002" + "09090909" + "0a0b0c0d"
            + "ffffffff" + "1ae1";

    private static final AnnounceRequest REQUEST = new AnnounceRequest(
            SwarmKey.read(bytes(HASH)),
            PeerId.read(bytes(PEER)),
            6881,
            1,
            2,
            3,
            AnnounceEvent.STARTED,
            AnnounceRequest.UNSAID,
            0x0a0b0c0d,
            true,
            null);

    private static ByteBuffer bytes(String hex) {
        return ByteBuffer.wrap(HexFormat.of().parseHex(hex.replace(" ", "")));
    }

    private static ByteBuffer written(Consumer<ByteBuffer> message) {
        ByteBuffer out = ByteBuffer.allocate(8192);
        message.accept(out);
        return out.flip();
    }

    private static String hex(Consumer<ByteBuffer> message) {
        ByteBuffer out = written(message);
        byte[] bytes = new byte[out.remaining()];
        out.get(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    private static UdpRequest.Announce announce(String options) throws AnnounceException {
        return assertInstanceOf(UdpRequest.Announce.class, UdpRequest.decode(bytes(ANNOUNCE + options)));
    }

    @Test
    void aConnectIsAsInTheTable() throws AnnounceException {
        UdpRequest.Connect request = new UdpRequest.Connect(TRANSACTION);
        assertEquals("0000041727101980" + "00000000" + "99aabbcc", hex(request::encode));
        assertEquals(request, UdpRequest.decode(written(request::encode)));
        UdpResponse.Connected response = new UdpResponse.Connected(TRANSACTION, CONNECTION);
        assertEquals("00000000" + "99aabbcc" + "1122334455667788", hex(response::encode));
        assertEquals(response, UdpResponse.decode(written(response::encode), false));
    }

    @Test
    void anAnnounceIsAsInTheTable() throws AnnounceException {
        UdpRequest.Announce request = new UdpRequest.Announce(TRANSACTION, CONNECTION, REQUEST, "");
        assertEquals(request, announce(""));
        assertEquals(98, written(request::encode).remaining());
        assertEquals(ANNOUNCE.replace("09090909", "00000000"), hex(request::encode));
    }

    /** As they were sent: libtorrent 2.0.8, with the path of the tracker's URL, and transmission 3.00. */
    @ParameterizedTest
    @CsvSource({
        "2d4c54323038302d494a767e58497a546b506647, 00000002 00000000 537d200c 000000c8 1ae9, 020d2f616e6e6f756e63653f6b3d76",
        "2d5452333030302d6d626f7067746370376c7476, 00000002 00000000 5af6eeca 00000050 c8d5, ''"
    })
    void otherClientsAreUnderstood(String peerId, String end, String options) throws AnnounceException {
        String datagram =
                "1111111111111111" + "00000001" + "7f402198" + "48a66937aed67fc1b96a23f7471d8c476a8c9011" + peerId
                        + "0000000000000000" + "0000000000009c40" + "0000000000000000" + end.replace(" ", "") + options;
        UdpRequest.Announce request = (UdpRequest.Announce) UdpRequest.decode(bytes(datagram));
        assertEquals(0x1111111111111111L, request.connectionId());
        assertEquals(40000, request.request().left());
        assertEquals(AnnounceEvent.STARTED, request.request().event());
        assertEquals(options.isEmpty() ? "" : "/announce?k=v", request.urlData());
        assertEquals(datagram, hex(request::encode));
    }

    @ParameterizedTest
    @EnumSource
    void eventsHaveNumbers(AnnounceEvent event) throws AnnounceException {
        String number = String.format(
                Locale.ROOT,
                "%08x",
                List.of("NONE", "COMPLETED", "STARTED", "STOPPED").indexOf(event.name()));
        String datagram = ANNOUNCE.replace("0000000209090909", number + "00000000");
        UdpRequest.Announce request = (UdpRequest.Announce) UdpRequest.decode(bytes(datagram));
        assertEquals(event, request.request().event());
        assertEquals(datagram, hex(request::encode));
    }

    @Test
    void numbersOutOfRangeAreCut() throws AnnounceException {
        AnnounceRequest request = ((UdpRequest.Announce) UdpRequest.decode(
                        bytes("1122334455667788" + "00000001" + "99aabbcc" + HASH + PEER + "ffffffffffffffff".repeat(3)
                                + "00000004" + "00000000" + "ffffffff" + "80000000" + "ffff")))
                .request();
        assertEquals(0, request.downloaded());
        assertEquals(0, request.uploaded());
        assertEquals(AnnounceRequest.UNKNOWN_LEFT, request.left());
        assertEquals(AnnounceEvent.NONE, request.event());
        assertEquals(-1, request.key());
        assertEquals(AnnounceRequest.UNSAID, request.numWant());
        assertEquals(65535, request.port());
    }

    /** In one piece and in several (BEP 41), among other options, and broken off. */
    @ParameterizedTest
    @CsvSource({
        "'',                                                    ''",
        "02 0c 2f6469723f613d6226633d64,                        /dir?a=b&c=d",
        "02 05 2f6469723f 02 07 613d6226633d64,                 /dir?a=b&c=d",
        "01 01 02 05 2f6469723f 01 02 07 613d6226633d64 00 02,  /dir?a=b&c=d",
        "07 03 aabbcc 02 01 2f,                                 /",
        "02 01 2f 00 02 01 2f,                                  /",
        "02 00,                                                 ''",
        "02,                                                    ''",
        "02 05 2f,                                              ''",
        "02 01 2f 07 ff 00,                                     /"
    })
    void urlDataIsJoined(String options, String urlData) throws AnnounceException {
        assertEquals(urlData, announce(options).urlData());
    }

    @Test
    void longUrlDataIsSplit() throws AnnounceException {
        String urlData = "/t/" + "x".repeat(509);
        UdpRequest.Announce request = new UdpRequest.Announce(TRANSACTION, CONNECTION, REQUEST, urlData);
        assertEquals(98 + 512 + 6, written(request::encode).remaining());
        assertEquals(request, UdpRequest.decode(written(request::encode)));
        UdpRequest.Announce longer = new UdpRequest.Announce(TRANSACTION, CONNECTION, REQUEST, urlData + "x");
        assertThrows(AnnounceException.class, () -> UdpRequest.decode(written(longer::encode)));
    }

    @Test
    void aScrapeIsAsInTheTable() throws AnnounceException {
        ScrapeRequest swarms = new ScrapeRequest(List.of(REQUEST.swarm(), SwarmKey.read(bytes(PEER))));
        UdpRequest.Scrape request = new UdpRequest.Scrape(TRANSACTION, CONNECTION, swarms);
        assertEquals("1122334455667788" + "00000002" + "99aabbcc" + HASH + PEER, hex(request::encode));
        assertEquals(request, UdpRequest.decode(written(request::encode)));
        UdpResponse.Scraped response =
                new UdpResponse.Scraped(TRANSACTION, List.of(new SwarmStats(1, 2, 3), SwarmStats.EMPTY));
        assertEquals(
                "00000002" + "99aabbcc" + "000000010000000200000003" + "000000000000000000000000",
                hex(response::encode));
        assertEquals(response, UdpResponse.decode(written(response::encode), true));
    }

    @Test
    void aScrapeIsOfSoManySwarms() throws AnnounceException {
        String head = "1122334455667788" + "00000002" + "99aabbcc";
        UdpRequest.Scrape request = (UdpRequest.Scrape) UdpRequest.decode(bytes(head + HASH.repeat(74) + "00"));
        assertEquals(Collections.nCopies(70, REQUEST.swarm()), request.request().swarms());
        UdpResponse.Scraped response = (UdpResponse.Scraped)
                UdpResponse.decode(bytes("00000002" + "99aabbcc" + "ffffffff7fffffff00000001".repeat(100)), false);
        assertEquals(Collections.nCopies(70, new SwarmStats(0, Integer.MAX_VALUE, 1)), response.swarms());
    }

    @Test
    void anAnswerHasThePeersOfItsFamily() throws AnnounceException {
        AnnounceResponse found = new AnnounceResponse(1800, 0, 5, 7, CompactPeersTest.of(V4, V6));
        String head = "00000001" + "99aabbcc" + "00000708" + "00000007" + "00000005";
        UdpResponse.Announced v4 = new UdpResponse.Announced(TRANSACTION, found, false);
        UdpResponse.Announced v6 = new UdpResponse.Announced(TRANSACTION, found, true);
        assertEquals(head + "0a0102031ae1", hex(v4::encode));
        assertEquals(head + "20010db8000000000000000000000001ffff", hex(v6::encode));
        for (UdpResponse.Announced sent : List.of(v4, v6)) {
            UdpResponse.Announced read = (UdpResponse.Announced) UdpResponse.decode(written(sent::encode), sent.v6());
            assertEquals(List.of(sent.v6() ? V6 : V4), read.response().peers().toList());
            assertEquals(1800, read.response().interval());
            assertEquals(5, read.response().complete());
            assertEquals(7, read.response().incomplete());
            assertEquals(TRANSACTION, read.transactionId());
        }
    }

    @Test
    void anAnswerIsReadWithLimits() throws AnnounceException {
        String negative = "00000001" + "99aabbcc" + "80000000" + "ffffffff" + "ffffffff";
        AnnounceResponse none =
                ((UdpResponse.Announced) UdpResponse.decode(bytes(negative + "0a0102"), false)).response();
        assertEquals(0, none.interval());
        assertEquals(0, none.complete());
        assertEquals(0, none.incomplete());
        assertEquals(0, none.peers().count());
        String huge = "00000001" + "99aabbcc" + "7fffffff" + "00000000" + "00000000" + "0a0102031ae1".repeat(300);
        AnnounceResponse many = ((UdpResponse.Announced) UdpResponse.decode(bytes(huge), false)).response();
        assertEquals(86_400, many.interval());
        assertEquals(200, many.peers().count());
    }

    @Test
    void anErrorIsAsInTheTable() throws AnnounceException {
        UdpResponse.Failed response = new UdpResponse.Failed(TRANSACTION, "no");
        assertEquals("00000003" + "99aabbcc" + "6e6f", hex(response::encode));
        assertEquals(response, UdpResponse.decode(written(response::encode), false));
        assertEquals(
                new UdpResponse.Failed(TRANSACTION, "?[2J"),
                UdpResponse.decode(bytes("00000003" + "99aabbcc" + "1b5b324a"), false));
        assertEquals(
                new UdpResponse.Failed(TRANSACTION, "x".repeat(200)),
                UdpResponse.decode(bytes("00000003" + "99aabbcc" + "78".repeat(1000)), false));
    }

    /** An error may answer a datagram without a valid id (reliability.md T30). */
    @Test
    void anErrorIsNoLongerThanTheRoom() {
        ByteBuffer room = ByteBuffer.allocate(16);
        new UdpResponse.Failed(TRANSACTION, "a reason that takes more than there is").encode(room);
        assertEquals("0000000399aabbcc6120726561736f6e", HexFormat.of().formatHex(room.array()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "0000041727101980 00000000 99aabb",
                "0000041727101981 00000000 99aabbcc",
                "1122334455667788 00000001 99aabbcc",
                "1122334455667788 00000002 99aabbcc",
                "1122334455667788 00000002 99aabbcc 000102",
                "1122334455667788 00000003 99aabbcc",
                "1122334455667788 ffffffff 99aabbcc",
                "0000041727101980 00000100 99aabbcc"
            })
    void aRequestThatIsNoneIsRefused(String datagram) {
        assertThrows(AnnounceException.class, () -> UdpRequest.decode(bytes(datagram)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "00000000 99aabb",
                "00000000 99aabbcc 11223344556677",
                "00000001 99aabbcc 00000000 00000000 000000",
                "00000004 99aabbcc",
                "03000000 99aabbcc"
            })
    void anAnswerThatIsNoneIsRefused(String datagram) {
        assertThrows(AnnounceException.class, () -> UdpResponse.decode(bytes(datagram), false));
    }

    @Test
    void everyBeginningOfAnAnnounceIsRefused() {
        for (int length = 0; length < 98; length++) {
            ByteBuffer part = bytes(ANNOUNCE.substring(0, 2 * length));
            assertThrows(AnnounceException.class, () -> UdpRequest.decode(part), "of " + length);
        }
    }

    @Test
    void aDatagramMayStandAmongOthers() throws AnnounceException {
        ByteBuffer around = ByteBuffer.allocate(1000).put(SeededBytes.of(1, 1000));
        around.position(7).put(bytes(ANNOUNCE)).limit(around.position()).position(7);
        assertEquals(REQUEST, ((UdpRequest.Announce) UdpRequest.decode(around)).request());
    }

    @Test
    void messagesFindTheirHandlers() {
        UdpRequest.Handler<String> requests = new UdpRequest.Handler<>() {
            @Override
            public String connect(UdpRequest.Connect request) {
                return "connect";
            }

            @Override
            public String announce(UdpRequest.Announce request) {
                return "announce";
            }

            @Override
            public String scrape(UdpRequest.Scrape request) {
                return "scrape";
            }
        };
        assertEquals("connect", new UdpRequest.Connect(1).accept(requests));
        assertEquals("announce", new UdpRequest.Announce(1, 2, REQUEST, "").accept(requests));
        assertEquals("scrape", new UdpRequest.Scrape(1, 2, ScrapeTest.of(1)).accept(requests));
        UdpResponse.Handler<String> responses = new UdpResponse.Handler<>() {
            @Override
            public String connected(UdpResponse.Connected response) {
                return "connected";
            }

            @Override
            public String announced(UdpResponse.Announced response) {
                return "announced";
            }

            @Override
            public String scraped(UdpResponse.Scraped response) {
                return "scraped";
            }

            @Override
            public String failed(UdpResponse.Failed response) {
                return "failed";
            }
        };
        AnnounceResponse none = new AnnounceResponse(1, 0, 0, 0, CompactPeers.NONE);
        assertEquals("connected", new UdpResponse.Connected(1, 2).accept(responses));
        assertEquals("announced", new UdpResponse.Announced(1, none, false).accept(responses));
        assertEquals("scraped", new UdpResponse.Scraped(1, List.of()).accept(responses));
        assertEquals("failed", new UdpResponse.Failed(1, "").accept(responses));
        assertEquals(
                20, written(new UdpResponse.Announced(1, none, false)::encode).remaining());
    }
}
