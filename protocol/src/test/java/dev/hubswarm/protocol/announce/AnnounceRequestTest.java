package dev.hubswarm.protocol.announce;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
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
    /** Of a torrent that was given to all clients. */
    private static final SwarmKey REAL_SWARM = SwarmKey.of(Hash.ofHex("48a66937aed67fc1b96a23f7471d8c476a8c9011"));

    private static final String GOOD = "info_hash=" + ESCAPED_HASH + "&peer_id=-LT1230-abcdefghijkl&port=6881";

    private static AnnounceRequest parse(String query) throws AnnounceException {
        return AnnounceRequest.parse(query, 0);
    }

    private static PeerId peerId(String latin) {
        return PeerId.of(latin.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** As 2.0.8 sent it: escapes in lower case and not of parentheses. */
    @Test
    void libtorrentIsUnderstood() throws AnnounceException {
        assertEquals(
                new AnnounceRequest(
                        REAL_SWARM,
                        peerId("-LT2080-mPQBxq)4qhq3"),
                        6889,
                        0,
                        0,
                        40000,
                        AnnounceEvent.STARTED,
                        200,
                        0x372c55ab,
                        true,
                        null),
                AnnounceRequest.parse(
                        "/announce?info_hash=H%a6i7%ae%d6%7f%c1%b9j%23%f7G%1d%8cGj%8c%90%11"
                                + "&peer_id=-LT2080-mPQBxq)4qhq3&port=6889&uploaded=0&downloaded=0&left=40000&corrupt=0"
                                + "&key=372C55AB&event=started&numwant=200&compact=1&no_peer_id=1&supportcrypto=1"
                                + "&redundant=0",
                        10));
    }

    /** As 1.36.0 sent it: the key is the binary end of the peer id, the port stands late. */
    @Test
    void aria2IsUnderstood() throws AnnounceException {
        String query = "info_hash=H%A6i7%AE%D6%7F%C1%B9j%23%F7G%1D%8CGj%8C%90%11"
                + "&peer_id=A2-1-36-0-a%BDq%40%B3%8E%BD%A3N%D6&uploaded=0&downloaded=0&left=40000&compact=1"
                + "&key=q%40%B3%8E%BD%A3N%D6&numwant=50&no_peer_id=1&port=6938&event=started&supportcrypto=1";
        AnnounceRequest request = parse(query);
        assertEquals(
                new AnnounceRequest(
                        REAL_SWARM,
                        peerId("A2-1-36-0-a\u00bdq@\u00b3\u008e\u00bd\u00a3N\u00d6"),
                        6938,
                        0,
                        0,
                        40000,
                        AnnounceEvent.STARTED,
                        50,
                        request.key(),
                        true,
                        null),
                request);
        assertEquals(request.key(), parse(query).key());
        assertNotEquals(request.key(), parse(query.replace("key=q", "key=r")).key());
    }

    /** As 3.00 sent it. */
    @Test
    void transmissionIsUnderstood() throws AnnounceException {
        String query = "info_hash=H%a6i7%ae%d6%7f%c1%b9j%23%f7G%1d%8cGj%8c%90%11&peer_id=-TR3000-e3ej2nwt9fuq"
                + "&port=51413&uploaded=0&downloaded=0&left=40000&numwant=80&key=4a3db05c&compact=1&supportcrypto=1"
                + "&event=started";
        assertEquals(
                new AnnounceRequest(
                        REAL_SWARM,
                        peerId("-TR3000-e3ej2nwt9fuq"),
                        51413,
                        0,
                        0,
                        40000,
                        AnnounceEvent.STARTED,
                        80,
                        0x4a3db05c,
                        true,
                        null),
                parse(query));
        assertEquals(
                AnnounceEvent.STOPPED,
                parse(query.replace("=started", "=stopped")).event());
    }

    /** As transmission writes them for a magnet link, whose size is not known yet. */
    @Test
    void theLargestNumbersAreRead() throws AnnounceException {
        AnnounceRequest request = parse(GOOD + "&left=9223372036854775807&key=FFFFFFFE");
        assertEquals(AnnounceRequest.UNKNOWN_LEFT, request.left());
        assertEquals(-2, request.key());
        assertFalse(request.isSeeder());
        assertTrue(parse(GOOD + "&left=0").isSeeder());
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
