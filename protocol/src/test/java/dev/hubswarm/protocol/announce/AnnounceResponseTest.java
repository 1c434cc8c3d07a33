package dev.hubswarm.protocol.announce;

import static dev.hubswarm.protocol.announce.PeerAddressTest.address;
import static dev.hubswarm.protocol.testing.Bencoding.dict;
import static dev.hubswarm.protocol.testing.Bencoding.encode;
import static dev.hubswarm.protocol.testing.Bencoding.latin;
import static dev.hubswarm.protocol.testing.Bencoding.list;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.protocol.testing.Bencoding;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AnnounceResponseTest {
    private static final PeerAddress V4 = address("10.1.2.3", 6881);
    private static final PeerAddress V6 = address("2001:db8::1", 65535);
    private static final String COMPACT_V4 = "\n\u0001\u0002\u0003\u001a\u00e1";

    private static AnnounceResponse decode(byte[] body) throws AnnounceException {
        return assertInstanceOf(AnnounceResponse.class, AnnounceResponse.decode(body));
    }

    private static AnnounceResponse decode(Object... keysAndValues) throws AnnounceException {
        return decode(encode(dict(keysAndValues)));
    }

    private static byte[] encoded(AnnounceResponse response, boolean compact) {
        ByteBuffer out = ByteBuffer.allocate(response.maxLength(compact));
        response.encode(compact, out);
        byte[] bytes = new byte[out.flip().remaining()];
        out.get(bytes);
        return bytes;
    }

    private static String latinOf(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    /** Other than one record equals another, since peers compare by identity. */
    private static void assertSame(AnnounceResponse expected, AnnounceResponse actual) {
        assertEquals(expected.peers().toList(), actual.peers().toList());
        CompactPeers none = CompactPeers.NONE;
        assertEquals(with(expected, none), with(actual, none));
    }

    private static AnnounceResponse with(AnnounceResponse of, CompactPeers peers) {
        return new AnnounceResponse(
                of.interval(),
                of.minInterval(),
                of.complete(),
                of.incomplete(),
                peers,
                of.externalAddress(),
                of.trackerId(),
                of.warning());
    }

    @Test
    void theCompactFormIsWritten() {
        AnnounceResponse response = new AnnounceResponse(
                1800, 900, 1, 20, CompactPeersTest.of(V6, V4), address("1.2.3.4", 5), "t\u00ff", "w");
        assertEquals(
                "d8:completei1e11:external ip4:\u0001\u0002\u0003\u000410:incompletei20e8:intervali1800e"
                        + "12:min intervali900e5:peers6:" + COMPACT_V4 + "6:peers618: \u0001\r\u00b8"
                        + "\0".repeat(11) + "\u0001\u00ff\u00ff10:tracker id2:t\u00ff15:warning message1:we",
                latinOf(encoded(response, true)));
    }

    @Test
    void theListFormIsWritten() {
        AnnounceResponse response = new AnnounceResponse(1800, 0, 0, 0, CompactPeersTest.of(V6, V4));
        assertEquals(
                "d8:completei0e10:incompletei0e8:intervali1800e5:peersl"
                        + "d2:ip8:10.1.2.34:porti6881eed2:ip20:2001:db8:0:0:0:0:0:14:porti65535eeee",
                latinOf(encoded(response, false)));
    }

    @Test
    void noPeersAreAnEmptyString() {
        assertEquals(
                "d8:intervali1800e5:peers0:e",
                latinOf(encoded(new AnnounceResponse(1800, 0, -1, -1, CompactPeers.NONE), true)));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whatIsWrittenIsCanonicalAndRead(boolean compact) throws Exception {
        CompactPeers peers = new CompactPeers(AnnounceResponse.MAX_PEERS);
        // The longest text of an address, so that the room is seen to suffice.
        for (int i = 0; !peers.isFull(); i++) peers.add(new PeerAddress(-1, -1 - i, 65535));
        AnnounceResponse response = new AnnounceResponse(
                86_400, 86_400, Integer.MAX_VALUE, Integer.MAX_VALUE, peers, address("2001:db8::2", 0), "id", "é");
        byte[] body = encoded(response, compact);
        assertEquals(latinOf(body), latinOf(encode(Bencoding.decode(body))));
        assertSame(response, decode(body));
    }

    @Test
    void numbersOfEachLengthAreWritten() throws AnnounceException {
        for (int complete : new int[] {0, 1, 9, 10, 99, 100, 101, 999_999_999, 1_000_000_000, Integer.MAX_VALUE}) {
            AnnounceResponse response = new AnnounceResponse(1, 0, complete, 0, CompactPeers.NONE);
            assertEquals(complete, decode(encoded(response, true)).complete());
        }
    }

    @Test
    void aListOfPeersIsRead() throws AnnounceException {
        AnnounceResponse response = decode(
                "interval",
                900,
                "peers",
                list(
                        dict("ip", "10.1.2.3", "peer id", "-LT1230-abcdefghijkl", "port", 6881),
                        dict("ip", "2001:db8::1", "port", 65535),
                        // llmpt's.
                        dict("ip", "10.1.2.3", "peer id", "", "port", 1)));
        assertEquals(List.of(V4, V4.withPort(1), V6), response.peers().toList());
        assertEquals(AnnounceResponse.UNSAID, response.complete());
        assertEquals(0, response.minInterval());
    }

    @Test
    void namesAndNonsenseInAListAreLeftOut() throws AnnounceException {
        AnnounceResponse response = decode(
                "peers",
                list(
                        dict("ip", "peer.example.org", "port", 6881),
                        dict("ip", "10.1.2.3", "port", 65536),
                        dict("ip", "10.1.2.3", "port", -1),
                        dict("ip", "10.1.2.3"),
                        dict("port", 6881),
                        dict("ip", 1, "port", 6881),
                        dict("ip", "10.1.2.3", "port", list()),
                        17,
                        list(dict()),
                        dict("ip", "10.1.2.3", "port", 6881)));
        assertEquals(List.of(V4), response.peers().toList());
    }

    @Test
    void valuesOfAnotherKindCountAsUnsaid() throws AnnounceException {
        AnnounceResponse response = decode(
                "complete",
                "many",
                "external ip",
                "12345",
                "incomplete",
                list(1),
                "interval",
                dict("a", 1),
                "min interval",
                "0",
                "peers",
                7,
                "peers6",
                dict("ip", 1),
                "tracker id",
                list(),
                "unknown",
                list(dict("x", list())),
                "warning message",
                3);
        assertSame(new AnnounceResponse(1800, 0, -1, -1, CompactPeers.NONE), response);
    }

    @Test
    void numbersAreCutToWhatMakesSense() throws AnnounceException {
        AnnounceResponse response = decode(
                "complete", -1, "incomplete", Long.MAX_VALUE, "interval", 1_000_000, "min interval", Long.MAX_VALUE);
        assertEquals(AnnounceResponse.UNSAID, response.complete());
        assertEquals(Integer.MAX_VALUE, response.incomplete());
        assertEquals(86_400, response.interval());
        assertEquals(86_400, response.minInterval());
        assertEquals(1800, decode("interval", -5).interval());
    }

    @Test
    void unsortedKeysAreRead() throws AnnounceException {
        assertEquals(900, decode(latin("d5:peers0:8:intervali900ee")).interval());
    }

    @Test
    void onlySoManyPeersAreKept() throws AnnounceException {
        AnnounceResponse response = decode("peers", COMPACT_V4.repeat(201), "peers6", new byte[18 * 300]);
        assertEquals(200, response.peers().count());
        Object[] many = new Object[1000];
        for (int i = 0; i < many.length; i++) many[i] = dict("ip", "1.2.3.4", "port", i);
        assertEquals(200, decode("peers", list(many)).peers().count());
    }

    @Test
    void whatIsForPeopleIsMadeHarmless() throws AnnounceException {
        assertEquals(
                "a?[31mb?c", decode("warning message", "a\u001b[31mb\u202ec").warning());
        assertEquals(
                200,
                String.valueOf(decode("warning message", "x".repeat(5000)).warning())
                        .length());
        // No half of a character is left over.
        assertEquals(
                "x" + "\ud83d\ude00".repeat(99),
                decode("warning message", "x" + "\ud83d\ude00".repeat(150)).warning());
        assertNull(decode("tracker id", "x".repeat(129)).trackerId());
    }

    @Test
    void aFailureIsRead() throws AnnounceException {
        // What else the answer says does not count.
        byte[] never = latin("d14:failure reason13:not a tracker8:intervali9e8:retry in5:nevere");
        assertEquals(new TrackerFailure("not a tracker", TrackerFailure.NEVER), AnnounceResponse.decode(never));
        assertEquals(
                new TrackerFailure("busy", 5),
                AnnounceResponse.decode(encode(dict("failure reason", "busy", "retry in", 5))));
        assertEquals(
                new TrackerFailure("busy"),
                AnnounceResponse.decode(encode(dict("failure reason", "busy", "retry in", "later"))));
        assertEquals(new TrackerFailure("", -1), AnnounceResponse.decode(encode(dict("failure reason", list(1)))));
    }

    @Test
    void aFailureIsWritten() throws AnnounceException {
        for (TrackerFailure failure : List.of(
                new TrackerFailure("é".repeat(40)),
                new TrackerFailure("later", 5),
                new TrackerFailure("", TrackerFailure.NEVER))) {
            ByteBuffer out = ByteBuffer.allocate(failure.maxLength());
            failure.encode(out);
            byte[] body = new byte[out.flip().remaining()];
            out.get(body);
            assertEquals(failure, AnnounceResponse.decode(body));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "<html>",
                "le",
                "i1e",
                "4:peer",
                "d",
                "d8:interval",
                "d8:intervali1e",
                "d5:peers99999999999:e",
                "d5:peers7:e",
                "d5:peersl",
                "di1ei2ee",
                "d5:peersld2:ipee"
            })
    void whatIsNotBencodedIsRefused(String body) {
        assertThrows(AnnounceException.class, () -> AnnounceResponse.decode(latin(body)));
    }

    @Test
    void aDeepAnswerIsRefused() {
        byte[] deep = latin("d1:a" + "l".repeat(20_000));
        assertTrue(assertThrows(AnnounceException.class, () -> AnnounceResponse.decode(deep))
                .reason()
                .contains("nested"));
    }

    @Test
    void aLongAnswerIsRefusedUnread() {
        byte[] body = encode(dict("x", new byte[AnswerReader.MAX_LENGTH]));
        assertEquals(
                "the answer is too long",
                assertThrows(AnnounceException.class, () -> AnnounceResponse.decode(body))
                        .reason());
    }
}
