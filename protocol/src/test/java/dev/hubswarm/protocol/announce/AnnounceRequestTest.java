package dev.hubswarm.protocol.announce;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.protocol.metainfo.Hash;
import dev.hubswarm.testkit.SeededBytes;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class AnnounceRequestTest {
    private static final String HASH = "123456789abcdef123456789abcdef123456789a";
    private static final String ESCAPED_HASH = "%124Vx%9A%BC%DE%F1%23Eg%89%AB%CD%EF%124Vx%9A";
    private static final SwarmKey SWARM = SwarmKey.of(Hash.ofHex(HASH));
    private static final String GOOD = "info_hash=" + ESCAPED_HASH + "&peer_id=-LT1230-abcdefghijkl&port=6881";

    private static AnnounceRequest parse(String query) throws AnnounceException {
        return AnnounceRequest.parse(query, 0);
    }

    private static PeerId peerId(String latin) {
        return PeerId.of(latin.getBytes(StandardCharsets.ISO_8859_1));
    }

    @Test
    void libtorrentIsUnderstood() throws AnnounceException {
        // 2.0: escapes in lower case, a key of eight digits, its addresses of all interfaces.
        AnnounceRequest request = AnnounceRequest.parse(
                "/announce?info_hash=%124Vx%9a%bc%de%f1%23Eg%89%ab%cd%ef%124Vx%9a&peer_id=-LT20B0-%00*%28abcd~ijkl"
                        + "&port=6881&uploaded=1&downloaded=2&left=3&corrupt=0&key=0A1B2C3D&event=started&numwant=200"
                        + "&compact=1&no_peer_id=1&supportcrypto=1&redundant=0&trackerid=a%20b"
                        + "&ipv4=10.0.0.1&ipv6=2001%3adb8%3a%3a1&ipv6=fe80%3a%3a1",
                10);
        assertEquals(
                new AnnounceRequest(
                        SWARM,
                        peerId("-LT20B0-\0*(abcd~ijkl"),
                        6881,
                        1,
                        2,
                        3,
                        AnnounceEvent.STARTED,
                        200,
                        0x0a1b2c3d,
                        true,
                        "a b"),
                request);
    }

    @Test
    void aria2IsUnderstood() throws AnnounceException {
        // 1.36: the key is the end of the peer id, the port stands behind.
        String query = "info_hash=" + ESCAPED_HASH + "&peer_id=A2-1-36-0-%AE%01%ffxyz%2B%26%3D%25"
                + "&uploaded=0&downloaded=0&left=0&compact=1&key=yz%2B%26%3D%25&numwant=0&no_peer_id=1"
                + "&port=51413&event=completed&supportcrypto=1&ip=192.0.2.1";
        AnnounceRequest request = parse(query);
        assertEquals(peerId("A2-1-36-0-\u00ae\u0001\u00ffxyz+&=%"), request.peerId());
        assertEquals(51413, request.port());
        assertEquals(0, request.numWant());
        assertEquals(AnnounceEvent.COMPLETED, request.event());
        assertTrue(request.isSeeder());
        assertEquals(parse(query).key(), request.key());
        assertTrue(request.key() != 0
                && request.key() != parse(query.replace("key=y", "key=z")).key());
    }

    @Test
    void transmissionIsUnderstood() throws AnnounceException {
        AnnounceRequest request = parse("info_hash=" + ESCAPED_HASH + "&peer_id=-TR4060-abcdefghijkl&port=51413"
                + "&uploaded=0&downloaded=0&left=9223372036854775807&numwant=80&key=FFFFFFFE&compact=1"
                + "&supportcrypto=1&requirecrypto=1&corrupt=16384&event=stopped");
        assertEquals(AnnounceRequest.UNKNOWN_LEFT, request.left());
        assertEquals(-2, request.key());
        assertEquals(AnnounceEvent.STOPPED, request.event());
        assertFalse(request.isSeeder());
    }

    @ParameterizedTest
    @ValueSource(strings = {HASH, "123456789ABCDEF123456789ABCDEF123456789A"})
    void llmptIsUnderstood(String hash) throws AnnounceException {
        AnnounceRequest request = parse("info_hash=" + hash + "&peer_id=-LL0001-abcdefghijkl&port=6882&uploaded=0"
                + "&downloaded=0&left=1024&event=started&compact=1&numwant=50");
        assertEquals(SWARM, request.swarm());
        assertEquals(1024, request.left());
    }

    @Test
    void whatIsNotSaidHasAMeaning() throws AnnounceException {
        AnnounceRequest request = parse(GOOD);
        assertEquals(0, request.uploaded());
        assertEquals(0, request.downloaded());
        assertEquals(AnnounceRequest.UNKNOWN_LEFT, request.left());
        assertFalse(request.isSeeder());
        assertEquals(AnnounceEvent.NONE, request.event());
        assertEquals(AnnounceRequest.UNSAID, request.numWant());
        assertEquals(0, request.key());
        assertTrue(request.compact());
        assertNull(request.trackerId());
    }

    @Test
    void theFirstOfANameCounts() throws AnnounceException {
        AnnounceRequest request =
                parse(GOOD + "&left=x&left=0&port=1&info_hash=%00&peer_id=%zz&key=1&key=2&event=stopped&event=started"
                        + "&compact=0&compact=1&numwant=3&numwant=4");
        assertEquals(SWARM, request.swarm());
        assertEquals(6881, request.port());
        assertEquals(AnnounceRequest.UNKNOWN_LEFT, request.left());
        assertEquals(1, request.key());
        assertEquals(AnnounceEvent.STOPPED, request.event());
        assertFalse(request.compact());
        assertEquals(3, request.numWant());
    }

    @ParameterizedTest
    @CsvSource({
        "-1,                    9223372036854775807",
        "'',                    9223372036854775807",
        "abc,                   9223372036854775807",
        "1e3,                   9223372036854775807",
        "99999999999999999999,  9223372036854775807",
        "9223372036854775807,   9223372036854775807",
        "9223372036854775806,   9223372036854775806",
        "000000000000000000007, 7",
        "0,                     0"
    })
    void anyNumberIsLeft(String text, long left) throws AnnounceException {
        assertEquals(left, parse(GOOD + "&left=" + text).left());
    }

    @Test
    void numbersBeyondTheirRangeAreCut() throws AnnounceException {
        AnnounceRequest request = parse(GOOD + "&numwant=99999999999&uploaded=-5&downloaded=18446744073709551616");
        assertEquals(Integer.MAX_VALUE, request.numWant());
        assertEquals(0, request.uploaded());
        assertEquals(Long.MAX_VALUE, request.downloaded());
        assertEquals(AnnounceRequest.UNSAID, parse(GOOD + "&numwant=-1").numWant());
        assertEquals(AnnounceEvent.NONE, parse(GOOD + "&event=paused").event());
    }

    @Test
    void aPlusIsAPlus() throws AnnounceException {
        assertEquals(
                peerId("++++++++++++++++++++"),
                parse("info_hash=" + HASH + "&peer_id=++++++++++%2B%2B%2B%2B%2B%2B%2B%2B%2B%2B&port=1")
                        .peerId());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''                                                       | info_hash is missing",
                "peer_id=-LT1230-abcdefghijkl&port=1                      | info_hash is missing",
                "info_hash=%00&peer_id=-LT1230-abcdefghijkl&port=1        | info_hash is not 20 bytes",
                "info_hash=&peer_id=-LT1230-abcdefghijkl&port=1           | info_hash is not 20 bytes",
                "info_hash=%0&peer_id=-LT1230-abcdefghijkl&port=1         | a percent sign without two hex digits",
                "info_hash=%0g                                            | a percent sign without two hex digits",
                "info_hash=%                                              | a percent sign without two hex digits",
                "info_hash=xyz456789abcdef123456789abcdef123456789a&port=1| info_hash is not 20 bytes",
                "info_hash=漢&port=1                                      | the query is not bytes",
            })
    void aBadHashIsRefused(String query, String reason) {
        assertEquals(
                reason,
                assertThrows(AnnounceException.class, () -> parse(query)).reason());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "&port=", "&port=x", "&port=-1", "&port=65536", "&port=99999999999999999999"})
    void aBadPortIsRefused(String port) {
        String query = GOOD.substring(0, GOOD.indexOf("&port")) + port;
        assertEquals(
                "port is not a number up to 65535",
                assertThrows(AnnounceException.class, () -> parse(query)).reason());
    }

    @Test
    void aBadPeerIdIsRefused() {
        for (String id : new String[] {"&peer_id=short", "&peer_id=-LT1230-abcdefghijkl1", "&peer_id", ""}) {
            AnnounceException refused =
                    assertThrows(AnnounceException.class, () -> parse("info_hash=" + HASH + "&port=1" + id));
            assertTrue(refused.reason().startsWith("peer_id is "), refused.reason());
        }
    }

    @Test
    void aLongQueryIsRefusedUnread() {
        AnnounceException refused =
                assertThrows(AnnounceException.class, () -> parse(GOOD + "&x=".repeat(QueryReader.MAX_LENGTH / 3)));
        assertEquals("the query is too long", refused.reason());
        assertEquals(0, refused.getStackTrace().length);
    }

    @Test
    void emptyParametersArePassedOver() throws AnnounceException {
        assertEquals(parse(GOOD), parse("&&=&=x&a&" + GOOD + "&"));
    }

    @Test
    void aLongTrackerIdIsNotRead() throws AnnounceException {
        assertNull(parse(GOOD + "&trackerid=" + "x".repeat(129)).trackerId());
        assertEquals(
                "x".repeat(128), parse(GOOD + "&trackerid=" + "x".repeat(128)).trackerId());
    }

    @ParameterizedTest
    @EnumSource
    void whatIsWrittenIsRead(AnnounceEvent event) throws AnnounceException {
        AnnounceRequest request = new AnnounceRequest(
                SwarmKey.of(Hash.of(SeededBytes.of(1, 20))),
                PeerId.of(SeededBytes.of(2, 20)),
                65535,
                1,
                Long.MAX_VALUE,
                0,
                event,
                50,
                -1,
                false,
                "\u0000+&=%\u00ff");
        assertEquals(request, parse(request.toQuery()));
    }

    /** What other servers want is in peer-systems.md section 4.9. */
    @Test
    void aQueryIsWrittenAsOtherTrackersWantIt() {
        AnnounceRequest request = new AnnounceRequest(
                SWARM,
                peerId("-HS0100-+++++ abcdef"),
                6881,
                0,
                0,
                7,
                AnnounceEvent.NONE,
                AnnounceRequest.UNSAID,
                0,
                true,
                null);
        assertEquals(
                "info_hash=" + ESCAPED_HASH + "&peer_id=-HS0100-%2B%2B%2B%2B%2B%20abcdef&port=6881"
                        + "&uploaded=0&downloaded=0&left=7&compact=1",
                request.toQuery());
    }

    @Test
    void impossibleNumbersAreMistakes() throws AnnounceException {
        AnnounceRequest good = parse(GOOD);
        for (long[] n : new long[][] {
            {-1, 0, 0, 0, 0},
            {65536, 0, 0, 0, 0},
            {1, -1, 0, 0, 0},
            {1, 0, -1, 0, 0},
            {1, 0, 0, -1, 0},
            {1, 0, 0, 0, -2}
        }) {
            assertThrows(
                    IllegalArgumentException.class,
                    () -> new AnnounceRequest(
                            SWARM,
                            good.peerId(),
                            (int) n[0],
                            n[1],
                            n[2],
                            n[3],
                            good.event(),
                            (int) n[4],
                            0,
                            true,
                            null));
        }
    }
}
