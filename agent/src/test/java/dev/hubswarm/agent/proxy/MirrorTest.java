package dev.hubswarm.agent.proxy;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import dev.hubswarm.agent.proxy.RawClient.Reply;
import dev.hubswarm.hub.origin.ProxyRules;
import dev.hubswarm.hub.request.HubRequest;
import dev.hubswarm.hub.request.RepoRef;
import dev.hubswarm.hub.request.RepoType;
import dev.hubswarm.hub.request.Revision;
import dev.hubswarm.hubstub.Fault;
import dev.hubswarm.hubstub.HubStub;
import dev.hubswarm.hubstub.Route;
import dev.hubswarm.hubstub.Served;
import dev.hubswarm.hubstub.StubContent;
import dev.hubswarm.hubstub.StubFile.Storage;
import dev.hubswarm.hubstub.StubRepo;
import dev.hubswarm.testkit.LeakCheck;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What clients of the Hub need of a mirror; the traps are those of hub-protocol.md section 10. */
@ExtendWith(LeakCheck.class)
final class MirrorTest {
    private static final StubContent LARGE = StubContent.generated(7, 3_000_001);
    private static final String CONFIG = "{\"model_type\": \"bert\"}\n";
    private static final String FILE = "/org/model/resolve/main/sub/model.safetensors";

    @TempDir
    Path home;

    private final HubStub hub =
            HubStub.builder().reader("good").stranger("other").start();
    private final StubRepo repo = StubRepo.model("org/model")
            .xet("sub/model.safetensors", LARGE)
            .file("lfs.bin", LARGE, Storage.LFS)
            .git("config.json", CONFIG)
            .git("with space+#%ü.txt", "odd")
            .commit("main", "refs/pr/1")
            .build();
    private TestProxy proxy;

    @BeforeEach
    void start() throws Exception {
        hub.put(repo);
        hub.put(StubRepo.model("org/secret")
                .access(new StubRepo.Access.Private())
                .xet("model.bin", LARGE)
                .build());
        hub.put(StubRepo.model("org/gated")
                .access(new StubRepo.Access.Gated("auto"))
                .xet("model.bin", LARGE)
                .build());
        hub.put(StubRepo.renamed(StubRepo.Type.MODEL, "old", "org/model"));
        proxy = TestProxy.start(home, hub);
    }

    @AfterEach
    void stop() {
        proxy.close();
        hub.close();
    }

    private String digest() {
        return repo.file("main", "sub/model.safetensors").digest().hex();
    }

    private static void assertBytes(byte[] expected, byte[] got) {
        assertEquals(expected.length, got.length);
        assertTrue(Arrays.equals(expected, got), "other bytes");
    }

    /** Trap 13. */
    @Test
    void headSaysAllThatClientsNeedAndLeadsNowhere() throws Exception {
        Reply head = proxy.ask("HEAD", FILE, "Accept-Encoding: identity");
        assertEquals(200, head.status());
        assertEquals("3000001", head.header("Content-Length"));
        assertEquals("3000001", head.header("X-Linked-Size"));
        assertEquals('"' + digest() + '"', head.header("ETag"));
        assertEquals('"' + digest() + '"', head.header("X-Linked-Etag"));
        assertEquals(repo.head(), head.header("X-Repo-Commit"));
        assertEquals("bytes", head.header("Accept-Ranges"));
        assertEquals("application/octet-stream", head.header("Content-Type"));
        for (String absent : List.of("Content-Encoding", "Location", "Link", "X-Xet-Hash", "X-Xet-Refresh-Route"))
            assertEquals("", head.header(absent), absent);
    }

    @Test
    void aGetThatFollowsAHeadAsksTheHubNothingMore() throws Exception {
        proxy.ask("HEAD", FILE);
        hub.forgetServed();
        Reply got = proxy.ask("GET", FILE);
        assertEquals(200, got.status());
        assertBytes(LARGE.bytes(), got.body());
        assertEquals(0, hub.totals().requests(Route.RESOLVE));
        assertEquals(1, hub.totals().requests(Route.CDN));
        for (Served served : hub.served())
            assertEquals(null, served.request().header("authorization"), "storage gets no token");
    }

    @Test
    void aGetAloneIsOneQuestionAndTheBytes() throws Exception {
        Reply got = proxy.ask("GET", FILE);
        assertBytes(LARGE.bytes(), got.body());
        assertEquals('"' + digest() + '"', got.header("ETag"));
        assertEquals(repo.head(), got.header("X-Repo-Commit"));
        assertEquals(1, hub.totals().requests(Route.RESOLVE));
        assertEquals(1, hub.totals().requests(Route.CDN));
    }

    /** Traps 5, 10, 11, 12: and the length is always that of the whole. */
    @ParameterizedTest
    @CsvSource({
        "bytes=0-0, 206, 0, 1",
        "bytes=0-, 206, 0, 3000001",
        "bytes=100-199, 206, 100, 200",
        "bytes=2999999-, 206, 2999999, 3000001",
        "bytes=-5, 206, 2999996, 3000001",
        "bytes=-4000000, 206, 0, 3000001",
        "bytes=2999000-3000001, 206, 2999000, 3000001",
        "bytes=2990000-9999999999, 206, 2990000, 3000001",
        "bytes=3000001-, 416, 0, 0",
        "bytes=-0, 416, 0, 0",
        "bytes=5-2, 200, 0, 3000001",
        "lines=1-2, 200, 0, 3000001",
        "bytes=x, 200, 0, 3000001"
    })
    void rangesAreThoseOfTheFileCachedOrNot(String range, int status, int from, int to) throws Exception {
        for (boolean isCached : new boolean[] {false, true}) {
            if (isCached) proxy.cache(repo, "sub/model.safetensors");
            hub.forgetServed();
            Reply got = proxy.ask("GET", FILE, "Range: " + range);
            assertEquals(status, got.status());
            assertBytes(Arrays.copyOfRange(LARGE.bytes(), from, to), got.body());
            String expected = status == 416
                    ? "bytes */3000001"
                    : status == 206 ? "bytes " + from + "-" + (to - 1) + "/3000001" : "";
            assertEquals(expected, got.header("Content-Range"));
            if (isCached) assertEquals(0, hub.totals().requests(Route.CDN));
        }
    }

    @Test
    void severalRangesAreServedFromTheCacheInParts() throws Exception {
        proxy.cache(repo, "sub/model.safetensors");
        Reply got = proxy.ask("GET", FILE, "Range: bytes=0-1, 5-6,-1");
        assertEquals(206, got.status());
        assertTrue(got.isWhole());
        String boundary = got.header("Content-Type").replaceFirst(".*boundary=", "");
        ByteArrayOutputStream expected = new ByteArrayOutputStream();
        for (int[] span : new int[][] {{0, 2}, {5, 7}, {3_000_000, 3_000_001}}) {
            String head = "\r\n--" + boundary + "\r\nContent-Type: application/octet-stream\r\nContent-Range: bytes "
                    + span[0] + "-" + (span[1] - 1) + "/3000001\r\n\r\n";
            expected.writeBytes(head.getBytes(StandardCharsets.US_ASCII));
            expected.writeBytes(LARGE.bytes(span[0], span[1] - span[0]));
        }
        expected.writeBytes(("\r\n--" + boundary + "--\r\n").getBytes(StandardCharsets.US_ASCII));
        assertArrayEquals(expected.toByteArray(), got.body());
    }

    @Test
    void severalRangesOfWhatIsNotCachedAreTheWhole() throws Exception {
        Reply got = proxy.ask("GET", FILE, "Range: bytes=0-1,5-6");
        assertEquals(200, got.status());
        assertBytes(LARGE.bytes(), got.body());
    }

    @Test
    void overlappingRangesDoNotMultiplyTheFile() throws Exception {
        proxy.cache(repo, "sub/model.safetensors");
        assertEquals(200, proxy.ask("GET", FILE, "Range: bytes=0-,0-,0-").status());
        assertEquals(
                200,
                proxy.ask("GET", FILE, "Range: bytes=" + "0-0,".repeat(40) + "1-1")
                        .status());
    }

    @Test
    void aRangeOfOtherContentIsNotMixedIn() throws Exception {
        for (boolean isCached : new boolean[] {false, true}) {
            if (isCached) proxy.cache(repo, "sub/model.safetensors");
            Reply same = proxy.ask("GET", FILE, "Range: bytes=1-2", "If-Range: \"" + digest() + '"');
            assertEquals(206, same.status());
            for (String other : List.of("\"abc\"", "W/\"" + digest() + '"', "Wed, 21 Oct 2015 07:28:00 GMT"))
                assertEquals(
                        200,
                        proxy.ask("GET", FILE, "Range: bytes=1-2", "If-Range: " + other)
                                .status(),
                        other);
        }
    }

    @Test
    void aRangeIsNoMatterOfHead() throws Exception {
        Reply head = proxy.ask("HEAD", FILE, "Range: bytes=0-0");
        assertEquals(200, head.status());
        assertEquals("3000001", head.header("Content-Length"));
    }

    @Test
    void whoHasItIsToldSo() throws Exception {
        for (String method : List.of("GET", "HEAD")) {
            for (int again = 0; again < 2; again++) {
                Reply same = proxy.ask(method, FILE, "If-None-Match: \"" + digest() + '"');
                assertEquals(304, same.status());
                assertEquals('"' + digest() + '"', same.header("ETag"));
            }
            assertEquals(200, proxy.ask(method, FILE, "If-None-Match: \"abc\"").status());
        }
    }

    /** Traps 14 and 15: the Hub compresses text for whoever does not object, and leads to it by a relative address. */
    @Test
    void smallFilesComeAsTheyAre() throws Exception {
        String config = "/org/model/resolve/main/config.json";
        Reply head = proxy.ask("HEAD", config, "Accept-Encoding: gzip, deflate");
        assertEquals(200, head.status());
        assertEquals(String.valueOf(CONFIG.length()), head.header("Content-Length"));
        assertEquals('"' + repo.file("main", "config.json").digest().hex() + '"', head.header("ETag"));
        assertEquals(repo.head(), head.header("X-Repo-Commit"));
        Reply got = proxy.ask("GET", config, "Accept-Encoding: gzip, deflate, br, zstd");
        assertEquals(200, got.status());
        assertEquals("", got.header("Content-Encoding"));
        assertEquals(CONFIG, got.text());
        Reply range = proxy.ask("GET", config, "Range: bytes=1-3");
        assertEquals(206, range.status());
        assertEquals(CONFIG.substring(1, 4), range.text());
        assertEquals(
                304,
                proxy.ask("GET", config, "If-None-Match: " + head.header("ETag"))
                        .status());
    }

    @Test
    void theSameConnectionServesManyRequests() throws Exception {
        try (RawClient client = proxy.connect()) {
            for (int i = 0; i < 20; i++) {
                client.send(i % 2 == 0 ? "HEAD" : "GET", FILE, proxy.host());
                Reply reply = client.reply(i % 2 == 0);
                assertEquals(200, reply.status());
                if (i % 2 == 1) assertBytes(LARGE.bytes(), reply.body());
                client.send("GET", "/api/models/org/model/refs", proxy.host());
                assertEquals(200, client.reply(false).status());
            }
        }
    }

    @Test
    void requestsThatAreSentTogetherAreAnsweredInOrder() throws Exception {
        try (RawClient client = proxy.connect()) {
            String host = proxy.host() + "\r\n\r\n";
            client.raw("GET " + FILE + " HTTP/1.1\r\n" + host + "HEAD " + FILE + " HTTP/1.1\r\n" + host
                    + "GET /org/model/resolve/main/config.json HTTP/1.1\r\n" + host
                    + "GET /org/model/resolve/main/none HTTP/1.1\r\n" + host);
            assertBytes(LARGE.bytes(), client.reply(false).body());
            assertEquals(200, client.reply(true).status());
            assertEquals(CONFIG, client.reply(false).text());
            assertEquals(404, client.reply(false).status());
        }
    }

    /** Traps 1, 2 and 16. */
    @Test
    void listingsHaveNoXetHashesAndGoOnHere() throws Exception {
        Reply tree = proxy.ask("GET", "/api/models/org/model/tree/main?recursive=true&limit=2");
        assertEquals(200, tree.status());
        assertFalse(tree.text().contains("xetHash"), tree.text());
        String link = tree.header("Link");
        assertTrue(link.startsWith("<" + proxy.url() + "/api/models/org/model/tree/main?"), link);
        String next = link.substring(link.indexOf('<') + 1 + proxy.url().length(), link.indexOf('>'));
        Reply second = proxy.ask("GET", next);
        assertTrue(second.text().contains(digest()), second.text());
        assertFalse(second.text().contains("xetHash"), second.text());
        String form = "paths=sub%2Fmodel.safetensors";
        try (RawClient client = proxy.connect()) {
            client.send(
                    "POST",
                    "/api/models/org/model/paths-info/main",
                    proxy.host(),
                    "Content-Type: application/x-www-form-urlencoded",
                    "Content-Length: " + form.length());
            client.raw(form);
            Reply paths = client.reply(false);
            assertTrue(paths.text().contains("\"path\":\"sub/model.safetensors\""), paths.text());
            assertFalse(paths.text().contains("xetHash"), paths.text());
        }
    }

    /** A page has a thousand entries; the second must come by us, too. */
    @Test
    void aListingOfThousandsGoesOnHere() throws Exception {
        StubRepo.Builder many = StubRepo.model("org/many");
        for (int i = 0; i < 1_500; i++) many.xet("f" + i, LARGE);
        hub.put(many.build());
        int entries = 0;
        String next = "/api/models/org/many/tree/main?recursive=true";
        for (int pages = 0; pages < 2; pages++) {
            Reply page = proxy.ask("GET", next);
            assertTrue(page.isWhole());
            assertFalse(page.text().contains("xetHash"), "page " + pages);
            entries += page.text().split("\"path\"", -1).length - 1;
            String link = page.header("Link");
            if (pages == 1) assertEquals("", link);
            else next = link.substring(link.indexOf('<') + 1 + proxy.url().length(), link.indexOf('>'));
        }
        assertEquals(1_500, entries);
    }

    /** Trap 16. Storage's own addresses, which are signed, stay as they are. */
    @Test
    void addressesInALfsBatchLeadHere() throws Exception {
        HttpServer batches = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1);
        String there = "http://127.0.0.1:" + batches.getAddress().getPort();
        String asked = "{\"operation\":\"download\",\"objects\":[{\"oid\":\"" + digest() + "\",\"size\":3000001}]}";
        List<String> heard = new CopyOnWriteArrayList<>();
        batches.createContext("/", exchange -> {
            heard.add(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
            byte[] answer =
                    ("{\"objects\":[{\"oid\":\"x\",\"actions\":{\"download\":{\"href\":\"https://cdn.example.org/a?b="
                                    + there
                                    + "\"},\"verify\":{\"href\":\"" + there
                                    + "/org/model.git/info/lfs/verify\"},\"upload\":{\"href\":"
                                    + "\"https://huggingface.co/api/upload\"}}}]}")
                            .getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "application/vnd.git-lfs+json; charset=utf-8");
            exchange.sendResponseHeaders(200, answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
        });
        batches.start();
        try (TestProxy mirror = TestProxy.start(
                        Files.createDirectory(home.resolve("lfs")),
                        URI.create(there),
                        ProxyRules.NONE,
                        TestProxy.NONE,
                        null,
                        Destinations.PUBLIC);
                RawClient client = mirror.connect()) {
            client.send(
                    "POST",
                    "/org/model.git/info/lfs/objects/batch",
                    mirror.host(),
                    "Accept: application/vnd.git-lfs+json",
                    "Content-Type: application/vnd.git-lfs+json",
                    "Content-Length: " + asked.length());
            client.raw(asked);
            String text = client.reply(false).text();
            assertTrue(text.contains("\"" + mirror.url() + "/org/model.git/info/lfs/verify\""), text);
            assertTrue(text.contains("\"" + mirror.url() + "/api/upload\""), text);
            assertTrue(text.contains("\"https://cdn.example.org/a?b=" + there + "\""), text);
            assertEquals(List.of(asked), heard);
        } finally {
            batches.stop(0);
        }
    }

    @Test
    void aTokenForXetPassesForClientsThatRememberHashes() throws Exception {
        Reply token = proxy.ask("GET", "/api/models/org/model/xet-read-token/" + repo.head());
        assertEquals(200, token.status());
        assertTrue(token.text().contains("accessToken"), token.text());
    }

    /** Trap 3. */
    @Test
    void filesThatClientsRefuseByHttpKeepTheirXetTraces() {
        HttpHeaders told = new DefaultHttpHeaders()
                .set("X-Repo-Commit", repo.head())
                .set("X-Linked-Etag", '"' + digest() + '"')
                .set("X-Xet-Hash", digest())
                .set("Link", "<https://huggingface.co/api/x>; rel=\"xet-auth\"");
        HubRequest.Resolve asked =
                new HubRequest.Resolve(new RepoRef(RepoType.MODEL, "org/model"), Revision.MAIN, "huge.bin");
        URI storage = URI.create("https://storage.example.org/x");
        Rewriting here = new Rewriting(new HttpOrigin(true, "huggingface.co", 443), "http://here");
        for (long size : new long[] {50_000_000_000L, 50_000_000_001L}) {
            KnownFile known = KnownFile.read(told.set("X-Linked-Size", size), asked, storage);
            assertNotNull(known);
            HttpHeaders said = known.headers(here);
            boolean isHuge = size > 50_000_000_000L;
            assertEquals(isHuge, said.contains("X-Xet-Hash"));
            assertEquals(isHuge ? "<http://here/api/x>; rel=\"xet-auth\"" : null, said.get("Link"));
        }
    }

    /** Trap 17, and names as they are. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "/org/model/resolve/refs%2Fpr%2F1/config.json",
                "/org/model/resolve/main/config.json?download=true",
                "/old/resolve/main/config.json",
                "//org/model/resolve/main/config.json"
            })
    void revisionsAndOldNamesAreFound(String path) throws Exception {
        URI endpoint = URI.create(hub.endpoint());
        InetSocketAddress at = new InetSocketAddress(InetAddress.getLoopbackAddress(), endpoint.getPort());
        Reply direct = RawClient.ask(at, "HEAD", path, "Host: " + endpoint.getAuthority());
        Reply here = proxy.ask("HEAD", path);
        assertEquals(direct.status() == 307 ? 200 : direct.status(), here.status(), path);
        if (here.status() == 200) assertEquals(repo.head(), here.header("X-Repo-Commit"));
    }

    @Test
    void namesMayBeEscapedOrNot() throws Exception {
        for (String name : List.of("with%20space%2B%23%25%C3%BC.txt", "with%20space+%23%25\u00c3\u00bc.txt")) {
            Reply got = proxy.ask("GET", "/org/model/resolve/main/" + name);
            assertEquals("odd", got.text(), name);
        }
    }

    /** Trap 18. */
    @Test
    void refusalsAreTheHubs() throws Exception {
        Reply missing = proxy.ask("HEAD", "/org/model/resolve/main/none.bin");
        assertEquals(404, missing.status());
        assertEquals("EntryNotFound", missing.header("X-Error-Code"));
        assertEquals(repo.head(), missing.header("X-Repo-Commit"));
        Reply gated = proxy.ask("GET", "/org/gated/resolve/main/model.bin");
        assertEquals(401, gated.status());
        assertEquals("GatedRepo", gated.header("X-Error-Code"));
        assertTrue(gated.header("X-Error-Message").startsWith("Access to"), gated::toString);
        assertEquals(
                403,
                proxy.ask("GET", "/org/gated/resolve/main/model.bin", "Authorization: Bearer other")
                        .status());
        assertEquals(
                "RepoNotFound", proxy.ask("HEAD", "/org/nothing/resolve/main/x").header("X-Error-Code"));
        assertEquals(
                "RevisionNotFound", proxy.ask("HEAD", "/org/model/resolve/v9/x").header("X-Error-Code"));
        hub.inject(
                request -> request.route() == Route.RESOLVE,
                1,
                Fault.Status.retryAfter(java.time.Duration.ofSeconds(7)));
        Reply busy = proxy.ask("HEAD", FILE);
        assertEquals(429, busy.status());
        assertEquals("7", busy.header("Retry-After"));
    }

    /** Who may not read a file gets nothing of it, though somebody else fetched it (reliability.md T12). */
    @Test
    void aPrivateFileInTheCacheIsForThoseWhoMayReadIt() throws Exception {
        StubRepo secret = StubRepo.model("org/secret")
                .access(new StubRepo.Access.Private())
                .xet("model.bin", LARGE)
                .build();
        proxy.cache(secret, "model.bin");
        String path = "/org/secret/resolve/" + secret.head() + "/model.bin";
        for (int round = 0; round < 3; round++) {
            Reply good = proxy.ask("GET", path, "Authorization: Bearer good");
            assertEquals(200, good.status());
            assertBytes(LARGE.bytes(), good.body());
            for (String[] headers : new String[][] {{}, {"Authorization: Bearer other"}, {"Authorization: Bearer x"}}) {
                Reply refused = proxy.ask("GET", path, headers);
                assertTrue(refused.status() == 401 || refused.status() == 404, refused::toString);
            }
        }
        assertEquals(0, hub.totals().requests(Route.CDN));
    }

    @Test
    void tokensGoToTheHubAlone() throws Exception {
        proxy.ask("GET", FILE, "Authorization: Bearer good", "Cookie: a=b", "Proxy-Authorization: Basic eDp5");
        for (Served served : hub.served()) {
            boolean isHub = served.request().route() != Route.CDN;
            assertEquals(isHub ? "Bearer good" : null, served.request().header("authorization"));
            assertEquals(null, served.request().header("cookie"));
            assertEquals(null, served.request().header("proxy-authorization"));
        }
    }

    @Test
    void aCachedPublicFileNeedsNoQuestionAndNoHub() throws Exception {
        proxy.cache(repo, "sub/model.safetensors");
        String atCommit = FILE.replace("main", repo.head());
        assertBytes(LARGE.bytes(), proxy.ask("GET", atCommit).body());
        proxy.awaitNotes(1);
        hub.forgetServed();
        assertBytes(
                LARGE.bytes(),
                proxy.ask("GET", atCommit, "Authorization: Bearer other").body());
        assertEquals("3000001", proxy.ask("HEAD", atCommit).header("Content-Length"));
        assertEquals(List.of(), hub.served());
        hub.close();
        Reply offline = proxy.ask("HEAD", FILE);
        assertEquals(200, offline.status());
        assertEquals(repo.head(), offline.header("X-Repo-Commit"));
        assertBytes(LARGE.bytes(), proxy.ask("GET", FILE, "Range: bytes=0-").body());
        Reply unknown = proxy.ask("HEAD", "/org/model/resolve/main/lfs.bin");
        assertEquals(502, unknown.status());
        assertTrue(unknown.header("X-Error-Message").contains("cannot reach"), unknown::toString);
    }

    @Test
    void whatIsPublicIsRememberedBeyondARestart() throws Exception {
        proxy.cache(repo, "sub/model.safetensors");
        proxy.ask("GET", FILE);
        proxy.awaitNotes(1);
        proxy.close();
        hub.close();
        proxy = TestProxy.start(home, hub);
        assertBytes(LARGE.bytes(), proxy.ask("GET", FILE).body());
    }

    @Test
    void aHubThatFailsIsReplacedByTheCacheOrTellsItself() throws Exception {
        proxy.cache(repo, "sub/model.safetensors");
        proxy.ask("HEAD", FILE);
        proxy.awaitNotes(1);
        hub.inject(request -> request.route() == Route.RESOLVE, 2, new Fault.Status(503));
        assertEquals(200, proxy.ask("HEAD", FILE).status());
        assertEquals(503, proxy.ask("HEAD", "/org/model/resolve/main/lfs.bin").status());
        hub.inject(request -> request.route() == Route.RESOLVE, 2, new Fault.Status(500));
        Reply failed = proxy.ask("GET", "/org/model/resolve/main/lfs.bin");
        assertEquals(500, failed.status());
        String target = "/org/model/resolve/main/lfs.bin";
        URI direct = URI.create(hub.endpoint());
        Reply said = RawClient.ask(
                new InetSocketAddress(direct.getHost(), direct.getPort()),
                "GET",
                target,
                "Host: " + direct.getAuthority());
        assertFalse(said.text().isEmpty(), "it says why");
        assertEquals(said.text(), failed.text());
    }

    /** Trap 6: what breaks on the way ends by FIN, and never as if it were whole. */
    @Test
    void aBodyThatBreaksOffIsGoneOnWithOrCut() throws Exception {
        hub.inject(request -> request.route() == Route.CDN, 2, new Fault.Cut(1_000_000, Fault.Cut.How.FIN));
        assertBytes(LARGE.bytes(), proxy.ask("GET", FILE).body());
        hub.inject(request -> request.route() == Route.RESOLVE_CACHE, 1, new Fault.Cut(5, Fault.Cut.How.FIN));
        Reply cut = proxy.ask("GET", "/org/model/resolve/main/config.json");
        assertFalse(cut.isWhole());
        assertEquals(5, cut.body().length);
    }

    /** Trap 9. */
    @Test
    void aRangeFromAnotherStartIsNotPassedOn() throws Exception {
        hub.inject(request -> request.route() == Route.CDN, 1, new Fault.WrongRangeStart(7));
        Reply got = proxy.ask("GET", FILE, "Range: bytes=100-199");
        assertEquals(206, got.status());
        assertBytes(LARGE.bytes(100, 100), got.body());
    }

    /** Trap 10: clients would write the whole where the part belongs. */
    @Test
    void theWholeInsteadOfARangeIsNotPassedOn() throws Exception {
        hub.inject(request -> request.route() == Route.CDN, 1, new Fault.IgnoreRange());
        Reply part = proxy.ask("GET", FILE, "Range: bytes=1000-1999");
        assertEquals(206, part.status());
        assertBytes(LARGE.bytes(1000, 1000), part.body());
    }

    /** S14. */
    @Test
    void aCachedPrivateFileIsRefusedAThousandTimes() throws Exception {
        hub.put(StubRepo.model("org/model")
                .access(new StubRepo.Access.Private())
                .xet("sub/model.safetensors", LARGE)
                .build());
        proxy.cache(repo, "sub/model.safetensors");
        assertEquals(200, proxy.ask("HEAD", FILE, "Authorization: Bearer good").status());
        try (RawClient client = proxy.connect()) {
            for (int i = 0; i < 1_000; i++) {
                String token = i % 2 == 0 ? "X: y" : "Authorization: Bearer guess" + i;
                client.send("GET", FILE, proxy.host(), token);
                Reply refused = client.reply(false);
                assertTrue(refused.status() == 401 || refused.status() == 404, refused::toString);
                assertTrue(refused.body().length < 1_000);
            }
        }
    }

    @Test
    void aLinkThatExpiredIsRenewed() throws Exception {
        proxy.ask("HEAD", FILE);
        hub.expireSignedUrls();
        assertBytes(LARGE.bytes(), proxy.ask("GET", FILE).body());
    }

    @Test
    void storageThatFailsIsAskedAgain() throws Exception {
        hub.inject(request -> request.route() == Route.CDN, 2, new Fault.Status(503));
        assertBytes(LARGE.bytes(), proxy.ask("GET", FILE).body());
        hub.inject(request -> request.route() == Route.CDN, 1, new Fault.Drop());
        assertBytes(LARGE.bytes(), proxy.ask("GET", FILE).body());
    }

    @Test
    void compressionOnTheWayIsNotTakenForTheFile() throws Exception {
        hub.inject(request -> request.route() == Route.CDN, 1, new Fault.Gzip());
        assertBytes(LARGE.bytes(), proxy.ask("GET", FILE).body());
    }

    @Test
    void aConnectionThatTheHubClosedMeanwhileIsNoFailure() throws Exception {
        proxy.ask("HEAD", FILE);
        hub.inject(request -> true, 1, new Fault.Drop());
        assertEquals(200, proxy.ask("HEAD", FILE).status());
    }

    @Test
    void bodiesGoUpAsStreams() throws Exception {
        byte[] json = ("{\"paths\":[\"sub/model.safetensors\"],\"pad\":\"" + "x".repeat(2_000_000) + "\"}")
                .getBytes(StandardCharsets.US_ASCII);
        try (RawClient client = proxy.connect()) {
            client.send(
                    "POST",
                    "/api/models/org/model/paths-info/main",
                    proxy.host(),
                    "Content-Type: application/json",
                    "Expect: 100-continue",
                    "Content-Length: " + json.length);
            client.raw(json);
            Reply reply = client.reply(false);
            assertTrue(reply.text().contains(digest()), reply.text());
            client.send(
                    "POST",
                    "/api/models/org/model/paths-info/main",
                    proxy.host(),
                    "Content-Type: application/json",
                    "Transfer-Encoding: chunked");
            for (int at = 0; at < json.length; at += 100_000) {
                int length = Math.min(100_000, json.length - at);
                client.raw(Integer.toHexString(length) + "\r\n");
                client.raw(Arrays.copyOfRange(json, at, at + length));
                client.raw("\r\n");
            }
            client.raw("0\r\n\r\n");
            assertTrue(client.reply(false).text().contains(digest()));
        }
    }

    @Test
    void anotherNameOfTheRepositoryStaysHere() throws Exception {
        Reply renamed = proxy.ask("GET", "/api/models/old");
        assertEquals(307, renamed.status());
        assertEquals("/api/models/org/model", renamed.header("Location"));
        hub.inject(
                request -> request.route() == Route.INFO,
                1,
                new Fault.Redirect(hub.endpoint() + "/api/models/org/model?x=1"));
        assertEquals(
                proxy.url() + "/api/models/org/model?x=1",
                proxy.ask("GET", "/api/models/org/model").header("Location"));
        hub.inject(
                request -> request.route() == Route.INFO,
                1,
                new Fault.Redirect("https://huggingface.co/api/models/org/model"));
        assertEquals(
                proxy.url() + "/api/models/org/model",
                proxy.ask("GET", "/api/models/org/model").header("Location"));
    }

    @Test
    void headersOfOneHopEndHere() throws Exception {
        hub.inject(
                request -> request.route() == Route.INFO,
                1,
                new Fault.Status(
                        200,
                        Map.of(
                                "Keep-Alive", "timeout=5",
                                "Set-Cookie", "a=b",
                                "Strict-Transport-Security", "max-age=1",
                                "Content-Security-Policy", "default-src x",
                                "X-Kept", "2")));
        Reply info = proxy.ask("GET", "/api/models/org/model", "Connection: X-Mine", "X-Mine: 1", "X-Kept: 3");
        for (String gone : List.of("Keep-Alive", "Set-Cookie", "Strict-Transport-Security", "Content-Security-Policy"))
            assertEquals("", info.header(gone), gone);
        assertEquals("2", info.header("X-Kept"));
        Served served = hub.served().get(0);
        assertEquals(null, served.request().header("x-mine"));
        assertEquals("3", served.request().header("x-kept"));
        assertEquals(hub.endpoint().substring(7), served.request().host());
    }

    @Test
    void theSocketServesTheSameWhateverItIsCalled() throws Exception {
        Reply head = RawClient.ask(proxy.socket(), "HEAD", FILE, "Host: localhost");
        assertEquals(200, head.status());
        proxy.cache(repo, "sub/model.safetensors");
        assertBytes(
                LARGE.bytes(),
                RawClient.ask(proxy.socket(), "GET", FILE, "Host: hub").body());
    }

    @Test
    void aSlowReaderHoldsUpTheOneHeHears() throws Exception {
        hub.put(StubRepo.model("org/big")
                .xet("big.bin", StubContent.generated(3, 200L << 20))
                .build());
        try (RawClient client = proxy.connect()) {
            client.send("GET", "/org/big/resolve/main/big.bin", proxy.host());
            assertNotNull(client.in().readNBytes(1000));
            long before = -1;
            for (long now = hub.totals().bodyBytes();
                    now != before;
                    now = hub.totals().bodyBytes()) {
                before = now;
                // Another request of the same proxy takes its time, too.
                for (int i = 0; i < 20; i++) proxy.ask("HEAD", "/org/big/resolve/main/big.bin");
            }
            assertTrue(before < 64L << 20, before + " bytes came for a client that reads nothing");
        }
    }
}
