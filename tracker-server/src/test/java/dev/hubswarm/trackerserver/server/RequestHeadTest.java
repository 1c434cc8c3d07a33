package dev.hubswarm.trackerserver.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RequestHeadTest {
    private static final String REQUEST =
            "PUT /api/v2/x?a=b HTTP/1.1\r\nHost: h\r\nX-Two:\t1 \r\nx-two: 2\r\nContent-Length: 3\r\n\r\n";

    private final RequestHead head = new RequestHead();

    private boolean read(String request) throws BadRequestException {
        return head.read(Unpooled.copiedBuffer(request, ISO_8859_1));
    }

    private int refusal(String request) {
        return assertThrows(BadRequestException.class, () -> read(request)).status;
    }

    @Test
    void readsWhatStandsInAHead() throws Exception {
        ByteBuf in = Unpooled.copiedBuffer(REQUEST + "abc", ISO_8859_1);
        assertTrue(head.read(in));
        assertEquals("abc", in.toString(ISO_8859_1));
        assertEquals("PUT", head.method());
        assertEquals("/api/v2/x", head.path());
        assertEquals("a=b", head.queryText());
        assertEquals("a=b", head.subSequence(head.query(), head.length()));
        assertEquals(3, head.contentLength());
        assertEquals(Map.of("host", "h", "x-two", "1", "content-length", "3"), head.fields());
        assertTrue(head.isKeepAlive());
    }

    @Test
    void takesNothingUntilAllIsThere() throws Exception {
        for (int length = 0; length < REQUEST.length(); length++) {
            ByteBuf in = Unpooled.copiedBuffer(REQUEST.substring(0, length), ISO_8859_1);
            assertFalse(head.read(in));
            assertEquals(length, in.readableBytes());
        }
        assertTrue(read("\r\n" + REQUEST));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET\r\n\r\n",
                "GET /\r\n\r\n",
                " GET / HTTP/1.1\r\n\r\n",
                "GET  / HTTP/1.1\r\n\r\n",
                "GET / HTTP/1.1 \r\n\r\n",
                "GET / HTTP/2.0\r\n\r\n",
                "GET / http/1.1\r\n\r\n",
                "GET x HTTP/1.1\r\n\r\n",
                "GET http://h HTTP/1.1\r\n\r\n",
                "GET /a\tb HTTP/1.1\r\n\r\n",
                "G@T / HTTP/1.1\r\n\r\n",
                "GET / HTTP/1.1\nHost: h\n\n",
                "GET / HTTP/1.1\r\nHost h\r\n\r\n",
                "GET / HTTP/1.1\r\nHost : h\r\n\r\n",
                "GET / HTTP/1.1\r\n: h\r\n\r\n",
                "GET / HTTP/1.1\r\nA: b\r\n folded\r\n\r\n",
                "GET / HTTP/1.1\r\nA: b\rc\r\n\r\n",
                "GET / HTTP/1.1\r\nA: b\0c\r\n\r\n",
                "\n",
                "\u0016\u0003\u0001",
            })
    void refusesWhatIsNoRequest(String request) {
        assertEquals(400, refusal(request));
    }

    @Test
    void refusesTooMuch() {
        assertEquals(431, refusal("GET /" + "a".repeat(RequestHead.MAX_LENGTH)));
        assertEquals(431, refusal("GET / HTTP/1.1\r\n" + "a: b\r\n".repeat(101) + "\r\n"));
    }

    @ParameterizedTest
    @CsvSource({
        "Transfer-Encoding: chunked, 411",
        "Content-Length: -1, 400",
        "Content-Length: +1, 400",
        "Content-Length: 0x1, 400",
        "'Content-Length: 1, 1', 400",
        "Content-Length:, 400",
        "Content-Length: 9999999999999999999, 400",
    })
    void refusesABodyOfDoubtfulLength(String field, int status) throws Exception {
        assertTrue(read("PUT / HTTP/1.1\r\n" + field + "\r\n\r\n"));
        assertEquals(status, assertThrows(BadRequestException.class, head::contentLength).status);
        assertTrue(read("PUT / HTTP/1.1\r\nContent-Length: 1\r\ncontent-length: 1\r\n\r\n"));
        assertEquals(400, assertThrows(BadRequestException.class, head::contentLength).status);
    }

    @ParameterizedTest
    @CsvSource({
        "1.1, X: y, true",
        "1.1, Connection: close, false",
        "1.1, 'Connection: Upgrade, Close', false",
        "1.0, X: y, false",
        "1.0, Connection: Keep-Alive, true",
    })
    void knowsWhetherMoreIsToCome(String version, String field, boolean keepAlive) throws Exception {
        assertTrue(read("GET / HTTP/" + version + "\r\n" + field + "\r\n\r\n"));
        assertEquals(keepAlive, head.isKeepAlive());
    }

    @ParameterizedTest
    @CsvSource({
        "/announce?info_hash=1, /announce",
        "/announce, /announce",
        "http://host:1/announce, /announce",
        "/scrape?, /scrape",
        "/t/x/scrape, /scrape",
        "/t/x/y/announce, /announce",
        "/t/announce, /announce",
        "/t/x,",
        "/announces,",
        "/x/announce,",
        "/?/announce,",
        "/ANNOUNCE,",
    })
    void findsAnnouncesAndScrapes(String target, String expected) throws Exception {
        assertTrue(read("GET " + target + " HTTP/1.1\r\n\r\n"));
        if (expected == null) assertNull(head.announcePath());
        else assertEquals(expected, head.announcePath());
    }
}
