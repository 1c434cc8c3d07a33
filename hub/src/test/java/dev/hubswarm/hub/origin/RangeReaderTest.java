package dev.hubswarm.hub.origin;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.base.TlsTrust;
import dev.hubswarm.base.UserError;
import dev.hubswarm.hub.origin.RangeException.Kind;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Against a server that answers each request with the next of the answers it was given, byte by byte as they are. */
final class RangeReaderTest {
    private static final byte[] FILE = new byte[300_000];

    static {
        new Random(1).nextBytes(FILE);
    }

    private final BlockingQueue<byte[]> answers = new LinkedBlockingQueue<>();
    private final List<String> requests = Collections.synchronizedList(new ArrayList<>());
    private final List<Integer> connections = Collections.synchronizedList(new ArrayList<>());
    private final ByteArrayOutputStream got = new ByteArrayOutputStream();
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 16);
    private final RangeReader reader = reader(Duration.ofSeconds(5), System::nanoTime);
    private ServerSocket server;
    private Thread serving;

    RangeReaderTest() throws UserError {}

    private static RangeReader reader(Duration timeout, LongSupplier nanoTime) throws UserError {
        OriginConfig config = new OriginConfig(
                OriginConfig.HUGGING_FACE, null, ProxyRules.NONE, null, false, "test/1", timeout, timeout, 0);
        return new RangeReader(config, TlsTrust.of(null), nanoTime);
    }

    @BeforeEach
    void serve() throws IOException {
        server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        serving = new Thread(this::acceptAll, "answers");
        serving.start();
    }

    @AfterEach
    void stop() throws Exception {
        reader.close();
        server.close();
        serving.interrupt();
        serving.join();
    }

    private void acceptAll() {
        try {
            while (true) {
                try (Socket socket = server.accept()) {
                    connections.add(socket.getPort());
                    while (readRequest(socket.getInputStream())) {
                        byte[] answer = answers.take();
                        socket.getOutputStream().write(answer);
                        socket.getOutputStream().flush();
                        if (new String(answer, ISO_8859_1).contains("X-Then: hang up")) break;
                    }
                }
            }
        } catch (IOException | InterruptedException e) {
            // The test is over, or broke off the connection itself.
            if (!server.isClosed()) acceptAll();
        }
    }

    private boolean readRequest(InputStream in) throws IOException {
        StringBuilder request = new StringBuilder();
        while (request.indexOf("\r\n\r\n") < 0) {
            int next = in.read();
            if (next < 0) return false;
            request.append((char) next);
        }
        requests.add(request.toString());
        return true;
    }

    private void answer(String head, int from, int to) {
        byte[] start = (head.replace("\n", "\r\n") + "\r\n\r\n").getBytes(ISO_8859_1);
        byte[] answer = Arrays.copyOf(start, start.length + to - from);
        System.arraycopy(FILE, from, answer, start.length, to - from);
        answers.add(answer);
    }

    private void answerRange(int from, int to) {
        answer(rangeHead(from, to), from, to);
    }

    private static String rangeHead(int from, int to) {
        return "HTTP/1.1 206 Partial Content\nContent-Length: " + (to - from) + "\nContent-Range: bytes " + from + "-"
                + (to - 1) + "/" + FILE.length;
    }

    private void read(int from, int to) throws Exception {
        read(from, to, to);
    }

    private URI uri() {
        return URI.create("http://127.0.0.1:" + server.getLocalPort() + "/a%20b?x=%2F");
    }

    private void read(int from, int to, int wanted) throws Exception {
        reader.read(uri(), Map.of("Authorization", "Bearer t"), from, to, FILE.length, buffer, (bytes, at) -> {
            assertEquals(from + got.size(), at);
            byte[] taken = new byte[bytes.remaining()];
            bytes.get(taken);
            got.writeBytes(taken);
            return wanted;
        });
    }

    private void assertGot(int from, int to) {
        assertArrayEquals(Arrays.copyOfRange(FILE, from, to), got.toByteArray());
    }

    /** Where the parts begin in which the whole file but its first bytes is handed on. */
    private List<Long> begins(LongSupplier nanoTime) throws Exception {
        ByteBuffer large = ByteBuffer.allocateDirect(1 << 18);
        List<Long> begins = new ArrayList<>();
        try (RangeReader timed = reader(Duration.ofSeconds(5), nanoTime)) {
            timed.read(uri(), Map.of(), 100, FILE.length, FILE.length, large, (bytes, at) -> {
                begins.add(at);
                byte[] taken = new byte[bytes.remaining()];
                bytes.get(taken);
                got.writeBytes(taken);
                return FILE.length;
            });
        } catch (RangeException e) {
            assertEquals(Kind.AGAIN, e.kind());
        }
        return begins;
    }

    /** Whoever stores it has borders there, and need not copy. */
    @Test
    void itIsHandedOnInPartsThatEndAtRoundOffsets() throws Exception {
        answerRange(100, FILE.length);
        assertEquals(List.of(100L, 1L << 18), begins(() -> 0));
        assertGot(100, FILE.length);
    }

    @Test
    void whatComesSlowlyIsHandedOnInWholeBlocks() throws Exception {
        answer(rangeHead(100, FILE.length) + "\nX-Then: hang up", 100, 40_000);
        AtomicLong now = new AtomicLong();
        List<Long> begins = begins(() -> now.addAndGet(1_000_000_000));
        assertEquals(32_768, begins.get(begins.size() - 1), begins::toString);
        for (long begin : begins.subList(1, begins.size())) assertEquals(0, begin % 16_384);
        assertGot(100, 40_000);
    }

    @Test
    void readsARangeAndKeepsTheConnection() throws Exception {
        answerRange(100, 200_000);
        answerRange(200_000, 300_000);
        read(100, 200_000);
        assertGot(100, 200_000);
        got.reset();
        read(200_000, 300_000);
        assertGot(200_000, 300_000);
        assertEquals(1, connections.size());
        assertEquals(
                "GET /a%20b?x=%2F HTTP/1.1\r\nHost: 127.0.0.1:" + server.getLocalPort() + "\r\nUser-Agent: test/1\r\n"
                        + "Accept-Encoding: identity\r\nRange: bytes=100-199999\r\nAuthorization: Bearer t\r\n\r\n",
                requests.get(0));
    }

    @Test
    void asksAgainIfAKeptConnectionWasClosedMeanwhile() throws Exception {
        answer(rangeHead(0, 10) + "\nX-Then: hang up", 0, 10);
        answerRange(10, 20);
        read(0, 10);
        got.reset();
        read(10, 20);
        assertGot(10, 20);
        assertEquals(2, connections.size());
    }

    @Test
    void stopsEarlyWhenNoMoreIsWanted() throws Exception {
        answerRange(0, 300_000);
        answerRange(0, 10);
        read(0, 300_000, 50_000);
        assertTrue(got.size() >= 50_000 && got.size() < 200_000, got.size() + " bytes");
        got.reset();
        read(0, 10);
        assertEquals(2, connections.size(), "what was on its way is not taken for the next answer");
    }

    @Test
    void aServerWithoutRangesStillServes() throws Exception {
        answer("HTTP/1.1 200 OK\nContent-Length: 300000", 0, 300_000);
        read(150_000, 200_000);
        assertGot(150_000, 200_000);
    }

    @Test
    void interimAnswersAreSkipped() throws Exception {
        answer("HTTP/1.1 103 Early Hints\nLink: x\n\n" + rangeHead(0, 10), 0, 10);
        read(0, 10);
        assertGot(0, 10);
    }

    @Test
    void aRangeThatWasCutIsNoSuccess() throws Exception {
        answerRange(0, 10);
        assertEquals(Kind.AGAIN, failure(0, 20).kind());
        assertGot(0, 10);
    }

    @Test
    void whatCameBeforeTheConnectionBrokeIsKept() throws Exception {
        answer(rangeHead(0, 200_000) + "\nX-Then: hang up", 0, 123_456);
        assertEquals(Kind.AGAIN, failure(0, 200_000).kind());
        assertGot(0, 123_456);
    }

    @ParameterizedTest
    @CsvSource({"301,STALE", "403,STALE", "404,STALE", "416,STALE", "429,LATER", "503,LATER", "500,AGAIN", "204,NEVER"})
    void refusalsSayWhatMayHelp(int status, Kind kind) throws Exception {
        answer("HTTP/1.1 " + status + " No\nContent-Length: 0\nRetry-After: 7", 0, 0);
        RangeException failure = failure(0, 10);
        assertEquals(kind, failure.kind());
        assertEquals(Duration.ofSeconds(7), failure.retryAfter());
        assertEquals(0, got.size());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 206 Ok\nContent-Length: 10\nContent-Range: bytes 1-10/300000",
                "HTTP/1.1 206 Ok\nContent-Length: 10\nContent-Range: bytes 0-9/300001",
                "HTTP/1.1 206 Ok\nContent-Length: 10\nContent-Range: bytes 0-10/300000",
                "HTTP/1.1 206 Ok\nContent-Length: 30\nContent-Range: bytes 0-29/300000",
                "HTTP/1.1 206 Ok\nContent-Length: 10",
                "HTTP/1.1 206 Ok\nContent-Range: bytes 0-9/300000",
                "HTTP/1.1 206 Ok\nContent-Length: -10\nContent-Range: bytes 0-9/300000",
                "HTTP/1.1 206 Ok\nContent-Length: 10, 10\nContent-Range: bytes 0-9/300000",
                "HTTP/1.1 206 Ok\nContent-Length: 10\nContent-Range: bytes 0-9/300000\nContent-Encoding: gzip",
                "HTTP/1.1 206 Ok\nTransfer-Encoding: chunked\nContent-Range: bytes 0-9/300000",
                "HTTP/1.1 200 Ok\nContent-Length: 299999",
                "HTTP/1.1 200 Ok",
                "HTTP/2.0 200 Ok\nContent-Length: 300000",
                "SSH-2.0-OpenSSH_9",
                "HTTP/1.1 2x6 Ok\nContent-Length: 10\nContent-Range: bytes 0-9/300000",
                "HTTP/1.1 206 Ok\nno colon\nContent-Length: 10\nContent-Range: bytes 0-9/300000"
            })
    void anAnswerThatDoesNotFitGivesNoByte(String head) throws Exception {
        answer(head, 0, 100);
        assertEquals(Kind.AGAIN, failure(0, 10).kind());
        assertEquals(0, got.size());
    }

    @Test
    void aHeaderWithoutEndIsNotReadForEver() throws Exception {
        answer("HTTP/1.1 206 Ok\nX: " + "x".repeat(1 << 17), 0, 0);
        assertTrue(String.valueOf(failure(0, 10).getMessage()).contains("longer"));
    }

    @Test
    void aServerThatIsNotThereIsNamedWithoutTheAddressQuery() throws Exception {
        server.close();
        RangeException failure = failure(0, 10);
        assertEquals(Kind.AGAIN, failure.kind());
        assertFalse(String.valueOf(failure.getMessage()).contains("x="), failure.getMessage());
    }

    @Test
    void closingEndsAReadThatWaits() throws Exception {
        answer(rangeHead(0, 200_000), 0, 100_000);
        Thread closer = new Thread(() -> {
            while (got.size() == 0) Thread.onSpinWait();
            reader.close();
        });
        closer.start();
        assertEquals(Kind.AGAIN, failure(0, 200_000).kind());
        closer.join();
    }

    @Test
    void silenceEnds() throws Exception {
        try (RangeReader impatient = reader(Duration.ofMillis(50), System::nanoTime)) {
            URI uri = URI.create("http://127.0.0.1:" + server.getLocalPort() + "/");
            RangeException silent = assertThrows(
                    RangeException.class,
                    () -> impatient.read(uri, Map.of(), 0, 10, FILE.length, buffer, (bytes, at) -> 10));
            assertEquals(Kind.AGAIN, silent.kind());
        }
    }

    private byte @Nullable [] readWhole(int size) throws Exception {
        URI uri = URI.create("http://127.0.0.1:" + server.getLocalPort() + "/small");
        RateBudget budget = new RateBudget(new Random(1));
        return reader.readWhole(uri, Map.of("Authorization", "Bearer t"), size, buffer, budget);
    }

    @Test
    void aSmallFileIsReadWholeOverAKeptConnection() throws Exception {
        answer("HTTP/1.1 307 Go\nContent-Length: 5\nLocation: /cache/small?x=1", 0, 5);
        answer("HTTP/1.1 200 Ok\nContent-Length: 100000", 0, 100_000);
        assertArrayEquals(Arrays.copyOf(FILE, 100_000), readWhole(100_000));
        assertEquals(1, connections.size());
        assertTrue(requests.get(1).startsWith("GET /cache/small?x=1 HTTP/1.1\r\n"), requests.get(1));
        assertTrue(requests.get(1).contains("Bearer t"), requests.get(1));
        assertFalse(requests.get(1).contains("Range:"), requests.get(1));
    }

    @Test
    void theTokenStaysWithTheHub() throws Exception {
        String there = "HTTP/1.1 302 Go\nContent-Length: 0\nX-Then: hang up\nLocation: http://";
        answer(there + "localhost:" + server.getLocalPort() + "/signed", 0, 0);
        answer(there + "127.0.0.1:" + server.getLocalPort() + "/back", 0, 0);
        answer("HTTP/1.1 200 Ok\nContent-Length: 10", 0, 10);
        assertArrayEquals(Arrays.copyOf(FILE, 10), readWhole(10));
        assertTrue(requests.get(0).contains("Bearer t"), requests.get(0));
        assertFalse(requests.get(1).contains("Bearer"), requests.get(1));
        assertFalse(requests.get(2).contains("Bearer"), requests.get(2));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 200 Ok\nContent-Length: 9",
                "HTTP/1.1 200 Ok\nContent-Length: 11",
                "HTTP/1.1 200 Ok",
                "HTTP/1.1 200 Ok\nContent-Length: 10\nContent-Encoding: gzip",
                "HTTP/1.1 200 Ok\nTransfer-Encoding: chunked",
                "HTTP/1.1 206 Ok\nContent-Length: 10",
                "HTTP/1.1 404 No\nContent-Length: 10",
                "HTTP/1.1 302 Go\nContent-Length: 0",
                "HTTP/1.1 302 Go\nContent-Length: 0\nLocation: ftp://127.0.0.1/x",
                "HTTP/1.1 302 Go\nContent-Length: 0\nLocation: http://[::",
                "nonsense\n"
            })
    void whateverIsUnusualIsLeftToTheCarefulReader(String head) throws Exception {
        answer(head + "\nX-Then: hang up", 0, head.contains("-Length: 9") ? 9 : head.contains("-Length: 0") ? 0 : 10);
        assertNull(readWhole(10));
    }

    @Test
    void aRedirectLoopEnds() throws Exception {
        for (int i = 0; i < 10; i++) answer("HTTP/1.1 302 Go\nContent-Length: 0\nLocation: /small", 0, 0);
        assertNull(readWhole(10));
    }

    private RangeException failure(int from, int to) {
        return assertThrows(RangeException.class, () -> read(from, to));
    }
}
