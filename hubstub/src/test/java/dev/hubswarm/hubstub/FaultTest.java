package dev.hubswarm.hubstub;

import static dev.hubswarm.hubstub.Client.header;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.base.UserError;
import dev.hubswarm.testkit.LeakCheck;
import java.io.ByteArrayInputStream;
import java.net.BindException;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(LeakCheck.class)
final class FaultTest {
    private static final StubContent CONTENT = StubContent.generated(7, 3_000_000);
    private static final byte[] BYTES = CONTENT.bytes();

    private final HubStub hub = HubStub.builder().start();
    private final Client client = new Client();

    FaultTest() {
        hub.put(StubRepo.model("org/name")
                .xet("weights", CONTENT)
                .git("small", "text")
                .build());
    }

    @AfterEach
    void close() {
        hub.close();
    }

    private String link() throws Exception {
        return header(client.head(hub.endpoint() + "/org/name/resolve/main/weights"), "location");
    }

    private RawClient rawGet(String link, String... headers) throws Exception {
        URI uri = URI.create(link);
        String[] lines = new String[headers.length + 1];
        lines[0] = "GET " + uri.getRawPath() + "?" + uri.getRawQuery() + " HTTP/1.1";
        System.arraycopy(headers, 0, lines, 1, headers.length);
        return new RawClient(hub.cdnEndpoint()).send(lines);
    }

    private static boolean onCdn(StubRequest request) {
        return request.route() == Route.CDN;
    }

    private void inject(Fault... faults) {
        hub.inject(FaultTest::onCdn, 1, faults);
    }

    private static byte[] first(int length) {
        return Arrays.copyOf(BYTES, length);
    }

    @Test
    void finEndsTheBodyToTheByte() throws Exception {
        inject(new Fault.Cut(1_234_567, Fault.Cut.How.FIN));
        try (RawClient raw = rawGet(link())) {
            assertTrue(raw.head().toLowerCase(Locale.ROOT).contains("content-length: 3000000"));
            assertArrayEquals(first(1_234_567), raw.rest());
        }
        assertEquals(1_234_567, hub.served().get(1).bodyBytes());
    }

    @Test
    void resetIsAReset() throws Exception {
        inject(new Fault.Cut(1000, Fault.Cut.How.RST));
        try (RawClient raw = rawGet(link())) {
            raw.head();
            assertArrayEquals(first(1000), raw.body(1000));
            assertThrows(SocketException.class, raw::rest);
        }
    }

    @Test
    void stallLastsUntilItIsReleased() throws Exception {
        inject(new Fault.Cut(1000, Fault.Cut.How.STALL));
        try (RawClient raw = rawGet(link())) {
            raw.head();
            assertArrayEquals(first(1000), raw.body(1000));
            assertEquals(1, hub.stalls());
            hub.releaseStalls();
            assertEquals(2_999_000, raw.body(2_999_000).length);
        }
    }

    @Test
    void dropSendsNothing() throws Exception {
        inject(new Fault.Drop());
        try (RawClient raw = rawGet(link())) {
            assertEquals("", raw.head());
        }
        assertEquals(0, hub.served().get(1).status());
    }

    @Test
    void announcesMoreThanItSends() throws Exception {
        inject(new Fault.WrongLength(10));
        try (RawClient raw = rawGet(link())) {
            assertTrue(raw.head().toLowerCase(Locale.ROOT).contains("content-length: 3000010"));
            assertArrayEquals(BYTES, raw.rest());
        }
    }

    @Test
    void announcesLessThanItSends() throws Exception {
        inject(new Fault.WrongLength(-10));
        HttpResponse<byte[]> cut = client.get(link());
        assertArrayEquals(first(2_999_990), cut.body());
    }

    @Test
    void oneBitOfTheFileIsFlippedWhereverARangeBegins() throws Exception {
        hub.inject(FaultTest::onCdn, 3, new Fault.Corrupt(2_000_005));
        byte[] bad = BYTES.clone();
        bad[2_000_005] ^= 1;
        assertArrayEquals(bad, client.get(link()).body());
        assertArrayEquals(
                Arrays.copyOfRange(bad, 2_000_000, 2_000_010),
                client.get(link(), "Range", "bytes=2000000-2000009").body());
        assertArrayEquals(first(10), client.get(link(), "Range", "bytes=0-9").body());
        assertArrayEquals(BYTES, client.get(link()).body());
    }

    @Test
    void rangeStartsElsewhereAndSaysSo() throws Exception {
        inject(new Fault.WrongRangeStart(5));
        HttpResponse<byte[]> part = client.get(link(), "Range", "bytes=100-109");
        assertEquals("bytes 105-114/3000000", header(part, "content-range"));
        assertArrayEquals(Arrays.copyOfRange(BYTES, 105, 115), part.body());
    }

    @Test
    void rangeIsAnsweredWithTheWhole() throws Exception {
        inject(new Fault.IgnoreRange());
        HttpResponse<byte[]> whole = client.get(link(), "Range", "bytes=100-109");
        assertEquals(200, whole.statusCode());
        assertArrayEquals(BYTES, whole.body());
    }

    @Test
    void errorsCarryTheirHeaders() throws Exception {
        inject(Fault.Status.retryAfter(Duration.ofSeconds(7)));
        HttpResponse<byte[]> later = client.get(link());
        assertEquals(429, later.statusCode());
        assertEquals("7", header(later, "retry-after"));
        inject(new Fault.Status(503));
        assertEquals(503, client.get(link()).statusCode());
        assertEquals(200, client.get(link()).statusCode());
    }

    @Test
    void linksExpireBetweenTwoRanges() throws Exception {
        String link = link();
        hub.inject(request -> "bytes=10-19".equals(request.header("range")), 1, new Fault.ExpireLinks());
        assertEquals(206, client.get(link, "Range", "bytes=0-9").statusCode());
        assertEquals(403, client.get(link, "Range", "bytes=10-19").statusCode());
        assertEquals(403, client.get(link, "Range", "bytes=10-19").statusCode());
        assertArrayEquals(
                Arrays.copyOfRange(BYTES, 10, 20),
                client.get(link(), "Range", "bytes=10-19").body());
    }

    @Test
    void gzipComesToThoseWhoAskedForIdentity() throws Exception {
        inject(new Fault.Gzip());
        HttpResponse<byte[]> zipped = client.get(link(), "Accept-Encoding", "identity");
        assertEquals("gzip", header(zipped, "content-encoding"));
        assertArrayEquals(BYTES, new GZIPInputStream(new ByteArrayInputStream(zipped.body())).readAllBytes());
    }

    @Test
    void rateAndLatencyTakeTheirTime() throws Exception {
        String link = link();
        hub.inject(FaultTest::onCdn, 1, new Fault.Rate(10_000_000), new Fault.Latency(Duration.ofMillis(100)));
        long start = System.nanoTime();
        assertArrayEquals(BYTES, client.get(link).body());
        double seconds = (System.nanoTime() - start) / 1e9;
        // 0.1 s of latency and 0.3 s for the bytes, the first 10 ms of which are free.
        assertTrue(seconds > 0.38, seconds + " s");
    }

    @Test
    void connectionsShareTheUplink() throws Exception {
        try (HubStub narrow = HubStub.builder().uplink(10_000_000).start()) {
            narrow.put(StubRepo.model("org/name").xet("weights", CONTENT).build());
            String link = header(client.head(narrow.endpoint() + "/org/name/resolve/main/weights"), "location");
            long start = System.nanoTime();
            List<CompletableFuture<byte[]>> all =
                    Stream.generate(() -> body(link)).limit(3).toList();
            for (CompletableFuture<byte[]> one : all) assertArrayEquals(BYTES, one.get(60, TimeUnit.SECONDS));
            double seconds = (System.nanoTime() - start) / 1e9;
            // 0.9 s for all bytes, the first 10 ms of each connection and 50 ms of an idle line come free.
            assertTrue(seconds > 0.8, seconds + " s");
        }
    }

    private CompletableFuture<byte[]> body(String link) {
        return CompletableFuture.supplyAsync(() -> {
            try {
                return client.get(link).body();
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
    }

    @Test
    void redirectsLoopOrLeadAway() throws Exception {
        String url = hub.endpoint() + "/org/name/resolve/main/weights";
        hub.inject(request -> request.route() == Route.RESOLVE, 1, new Fault.Redirect(""));
        HttpResponse<byte[]> loop = client.get(url);
        assertEquals("/org/name/resolve/main/weights", header(loop, "location"));
        hub.inject(request -> request.route() == Route.RESOLVE, 1, new Fault.Redirect("http://localhost:1/x"));
        HttpResponse<byte[]> away = client.get(url);
        assertEquals("http://localhost:1/x", header(away, "location"));
        assertEquals("3000000", header(away, "x-linked-size"));
        inject(new Fault.Redirect("/elsewhere"));
        HttpResponse<byte[]> moved = client.get(link());
        assertEquals(302, moved.statusCode());
        assertEquals("/elsewhere", header(moved, "location"));
    }

    @Test
    void faultsAddUp() throws Exception {
        inject(new Fault.Corrupt(3), new Fault.Cut(100, Fault.Cut.How.FIN), new Fault.Latency(Duration.ofMillis(1)));
        try (RawClient raw = rawGet(link(), "Range: bytes=0-999")) {
            assertTrue(raw.head().startsWith("HTTP/1.1 206"));
            byte[] bad = first(100);
            bad[3] ^= 1;
            assertArrayEquals(bad, raw.rest());
        }
    }

    @Test
    void faultsHitWhatTheyAreMeantForAndCount() throws Exception {
        Injection injection = hub.inject(request -> request.target().contains("/small"), 2, new Fault.Status(500));
        String url = hub.endpoint() + "/org/name/raw/main/small";
        link();
        assertEquals(0, injection.hits());
        assertEquals(500, client.get(url).statusCode());
        assertEquals(500, client.get(url).statusCode());
        assertEquals(200, client.get(url).statusCode());
        assertEquals(2, injection.hits());
        hub.inject(request -> true, Integer.MAX_VALUE, new Fault.Status(500));
        hub.clearFaults();
        assertEquals(200, client.get(url).statusCode());
    }

    @Test
    void headsAreNotCut() throws Exception {
        hub.inject(request -> true, 1, new Fault.Cut(0, Fault.Cut.How.FIN));
        String url = hub.endpoint() + "/org/name/resolve/main/weights";
        assertEquals(302, client.head(url).statusCode());
        assertEquals(302, client.head(url).statusCode());
        assertEquals(1, hub.totals().connections());
    }

    @Test
    void takenPortLeavesNothingBehind() {
        int taken = URI.create(hub.endpoint()).getPort();
        HubStub.Builder second = HubStub.builder().ports(taken, 0);
        assertThrows(BindException.class, second::start);
    }

    @ParameterizedTest
    @ValueSource(strings = {"cdn:fin", "cdn:explode=1", "nowhere:drop", "cdn", "cdn:status=x"})
    void faultsThatAreNoneAreWrongUsage(String spec) {
        UserError error = assertThrows(UserError.class, () -> StubMain.start("--fault", spec));
        assertEquals(UserError.Kind.USAGE, error.kind());
    }

    @Test
    void commandLineMakesRepositoriesAndFaults() throws Exception {
        String[] args = {
            "--repo",
            "datasets/demo/small:3x20KiB,1x2MiB",
            "--token",
            "t",
            "--fault",
            "cdn:status=503*1",
            "--latency",
            "1"
        };
        try (HubStub started = StubMain.start(args)) {
            HttpResponse<byte[]> link =
                    client.get(started.endpoint() + "/datasets/demo/small/resolve/main/2MiB/00003.bin");
            assertEquals(302, link.statusCode());
            assertEquals(503, client.get(header(link, "location")).statusCode());
            assertArrayEquals(
                    StubContent.generated(3, 2 << 20).bytes(),
                    client.get(header(link, "location")).body());
            assertEquals(
                    Map.of(Route.RESOLVE, 1L, Route.CDN, 2L), started.totals().requests());
        }
    }
}
