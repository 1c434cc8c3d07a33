package dev.hubswarm.protocol.announce;

import static dev.hubswarm.protocol.testing.Bencoding.dict;
import static dev.hubswarm.protocol.testing.Bencoding.encode;
import static dev.hubswarm.protocol.testing.Bencoding.latin;
import static dev.hubswarm.protocol.testing.Bencoding.list;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.hubswarm.protocol.metainfo.Hash;
import dev.hubswarm.protocol.testing.Bencoding;
import dev.hubswarm.protocol.testing.Dict;
import dev.hubswarm.testkit.SeededBytes;
import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ScrapeTest {
    private static final SwarmKey DOTS = SwarmKey.of(Hash.of(latin(".".repeat(20))));

    static SwarmKey key(int seed) {
        return SwarmKey.of(Hash.of(SeededBytes.of(seed, 20)));
    }

    static ScrapeRequest of(int count) {
        return new ScrapeRequest(
                IntStream.range(0, count).mapToObj(ScrapeTest::key).toList());
    }

    private static ScrapeResponse decode(byte[] body) throws AnnounceException {
        return assertInstanceOf(ScrapeResponse.class, ScrapeResponse.decode(body));
    }

    private static byte[] encoded(ScrapeResponse response) {
        ByteBuffer out = ByteBuffer.allocate(response.maxLength());
        response.encode(out);
        byte[] bytes = new byte[out.flip().remaining()];
        out.get(bytes);
        return bytes;
    }

    @Test
    void aQueryOfSeveralSwarmsIsWrittenAndRead() throws AnnounceException {
        ScrapeRequest request = of(ScrapeRequest.MAX_SWARMS);
        assertEquals(request, ScrapeRequest.parse("/scrape?" + request.toQuery(), 8));
        assertEquals("info_hash=....................", new ScrapeRequest(List.of(DOTS)).toQuery());
        assertEquals(
                new ScrapeRequest(List.of(DOTS)), ScrapeRequest.parse("x=1&info_hash=" + "2e".repeat(20) + "&y", 0));
    }

    @Test
    void swarmsBeyondTheLimitAreNotRead() throws AnnounceException {
        String query = "info_hash=....................&".repeat(200);
        assertEquals(
                Collections.nCopies(70, DOTS), ScrapeRequest.parse(query, 0).swarms());
    }

    @Test
    void nobodyIsToldOfAllSwarms() {
        for (String query : new String[] {"", "info_hash", "info_hash=", "x=y", "info_hash=%"}) {
            assertThrows(AnnounceException.class, () -> ScrapeRequest.parse(query, 0), query);
        }
        assertThrows(IllegalArgumentException.class, () -> new ScrapeRequest(List.of()));
        assertThrows(IllegalArgumentException.class, () -> of(71));
    }

    /** The example that descriptions of scrape give. */
    @Test
    void theExampleIsReadAndWritten() throws AnnounceException {
        byte[] example = latin("d5:filesd20:....................d8:completei5e10:downloadedi50e10:incompletei10eeee");
        ScrapeResponse response = decode(example);
        assertEquals(Map.of(DOTS, new SwarmStats(5, 50, 10)), response.swarms());
        assertArrayEquals(example, encoded(response));
    }

    @Test
    void whatIsWrittenIsCanonicalAndRead() throws Exception {
        Map<SwarmKey, SwarmStats> swarms = new HashMap<>();
        for (SwarmKey key : of(70).swarms()) {
            swarms.put(key, new SwarmStats(Integer.MAX_VALUE, Integer.MAX_VALUE, Integer.MAX_VALUE));
        }
        ScrapeResponse response = new ScrapeResponse(swarms);
        byte[] body = encoded(response);
        assertArrayEquals(encode(Bencoding.decode(body)), body);
        assertEquals(response, decode(body));
        assertArrayEquals(latin("d5:filesdee"), encoded(new ScrapeResponse(Map.of())));
    }

    @Test
    void nonsenseIsPassedOver() throws AnnounceException {
        Dict files =
                dict(DOTS.bytes(), dict("complete", -1, "downloaded", "x", "incomplete", Long.MAX_VALUE, "name", "n"));
        files.append(key(1).bytes(), list(1));
        files.append(latin("short"), dict("complete", 1));
        assertEquals(
                Map.of(DOTS, new SwarmStats(0, 0, Integer.MAX_VALUE), key(1), SwarmStats.EMPTY),
                decode(encode(dict("files", files, "flags", dict("min_request_interval", 1))))
                        .swarms());
        assertEquals(Map.of(), decode(encode(dict("files", 5))).swarms());
        assertEquals(Map.of(), decode(encode(dict())).swarms());
    }

    @Test
    void onlySoManySwarmsAreKept() throws AnnounceException {
        Dict files = dict();
        for (int i = 0; i < 1000; i++) files.append(key(i).bytes(), dict("complete", i));
        assertEquals(70, decode(encode(dict("files", files))).swarms().size());
    }

    @Test
    void aFailureIsRead() throws AnnounceException {
        assertEquals(new TrackerFailure("no"), ScrapeResponse.decode(encode(dict("failure reason", "no"))));
        assertThrows(AnnounceException.class, () -> ScrapeResponse.decode(latin("d5:filesd20:")));
    }
}
