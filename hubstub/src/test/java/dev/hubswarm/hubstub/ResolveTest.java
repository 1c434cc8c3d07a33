package dev.hubswarm.hubstub;

import static dev.hubswarm.hubstub.Client.header;
import static dev.hubswarm.hubstub.Client.text;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.base.ContentDigest;
import dev.hubswarm.testkit.LeakCheck;
import dev.hubswarm.testkit.SeededBytes;
import java.io.ByteArrayInputStream;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(LeakCheck.class)
final class ResolveTest {
    private static final byte[] WEIGHTS = SeededBytes.of(1, 300_000);

    private final HubStub hub = HubStub.builder().start();
    private final Client client = new Client();
    private final StubRepo repo = StubRepo.model("org/name")
            .git("config.json", "{\"old\": true}")
            .tag("v1")
            .git("config.json", "{}")
            .git("a b/ä+#%.txt", "odd")
            .xet("model.safetensors", StubContent.of(WEIGHTS))
            .file("old.bin", StubContent.of(WEIGHTS), StubFile.Storage.LFS)
            .file("empty", StubContent.of(""), StubFile.Storage.GIT)
            .commit("main")
            .git("config.json", "{\"pr\": 1}")
            .commit("refs/pr/1")
            .build();
    private final String commit = repo.head();

    ResolveTest() {
        hub.put(repo);
    }

    @AfterEach
    void close() {
        hub.close();
    }

    private String url(String path) {
        return hub.endpoint() + path;
    }

    private HttpResponse<byte[]> followed(HttpResponse<byte[]> redirect, String... headers) throws Exception {
        URI to = redirect.uri().resolve(header(redirect, "location"));
        return client.get(to.toString(), headers);
    }

    @Test
    void smallFileIsBehindARelativeRedirect() throws Exception {
        HttpResponse<byte[]> redirect = client.head(url("/org/name/resolve/main/config.json"));
        assertEquals(307, redirect.statusCode());
        assertTrue(header(redirect, "location")
                .startsWith("/api/resolve-cache/models/org/name/" + commit + "/config.json?"));
        assertEquals(commit, header(redirect, "x-repo-commit"));
        HttpResponse<byte[]> file = followed(redirect);
        assertEquals("{}", text(file));
        assertEquals("\"9e26dfeeb6e641a33dae4961196235bdb965b21b\"", header(file, "etag"));
        assertEquals(commit, header(file, "x-repo-commit"));
        assertEquals("2", header(file, "content-length"));
    }

    @Test
    void xetFileIsBehindASignedLinkToTheOtherHostName() throws Exception {
        HttpResponse<byte[]> redirect = client.head(url("/org/name/resolve/main/model.safetensors"));
        String sha256 =
                HexFormat.of().formatHex(ContentDigest.Kind.SHA256.begin(0).digest(WEIGHTS));
        assertEquals(302, redirect.statusCode());
        assertEquals('"' + sha256 + '"', header(redirect, "x-linked-etag"));
        assertEquals("300000", header(redirect, "x-linked-size"));
        assertEquals(commit, header(redirect, "x-repo-commit"));
        assertTrue(ContentDigest.isDigest(header(redirect, "x-xet-hash")));
        assertTrue(header(redirect, "link")
                .startsWith("<" + url("/api/models/org/name/xet-read-token/" + commit) + ">; rel=\"xet-auth\""));
        assertTrue(header(redirect, "location").startsWith(hub.cdnEndpoint() + "/xet-bridge-us/"));
        assertFalse(header(redirect, "content-length").equals("300000"));
        HttpResponse<byte[]> file = followed(redirect);
        assertArrayEquals(WEIGHTS, file.body());
        assertEquals("bytes", header(file, "accept-ranges"));
        assertFalse(header(file, "etag").contains(sha256));
        assertEquals("", header(file, "x-repo-commit"));
    }

    @Test
    void lfsFileHasNoXetTraces() throws Exception {
        HttpResponse<byte[]> redirect = client.get(url("/org/name/resolve/main/old.bin"));
        assertEquals(302, redirect.statusCode());
        assertEquals("", header(redirect, "x-xet-hash") + header(redirect, "link"));
        assertArrayEquals(WEIGHTS, followed(redirect).body());
    }

    @Test
    void rawIsWhatGitHolds() throws Exception {
        assertEquals("{}", text(client.get(url("/org/name/raw/main/config.json"))));
        assertTrue(text(client.get(url("/org/name/raw/main/old.bin"))).endsWith("\nsize 300000\n"));
    }

    @ParameterizedTest
    @CsvSource({
        "main, {}",
        "v1, {\"old\": true}",
        "refs%2Fpr%2F1, {\"pr\": 1}",
        "refs/pr/1, {\"pr\": 1}",
    })
    void revisionsAreBranchesTagsAndRefs(String revision, String content) throws Exception {
        HttpResponse<byte[]> redirect = client.get(url("/org/name/resolve/" + revision + "/config.json"));
        assertEquals(content, text(followed(redirect)));
    }

    @Test
    void commitsAreRevisions() throws Exception {
        HttpResponse<byte[]> redirect = client.get(url("/org/name/resolve/" + commit + "/config.json"));
        assertEquals("{}", text(followed(redirect)));
    }

    @Test
    void namesAreDecodedOnce() throws Exception {
        HttpResponse<byte[]> redirect = client.get(url("/org/name/resolve/main/a%20b/%C3%A4+%23%25.txt"));
        assertEquals(307, redirect.statusCode());
        assertEquals("odd", text(followed(redirect)));
    }

    @Test
    void namesNeedNotBeEscaped() throws Exception {
        hub.put(StubRepo.model("org/odd").git("ä/100%+.txt", "odd").build());
        String name = new String("ä/100%+.txt".getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
        try (RawClient raw = new RawClient(hub.endpoint())) {
            raw.send("GET /org/odd/raw/main/" + name + " HTTP/1.1", "Connection: close")
                    .head();
            assertEquals("odd", new String(raw.rest(), StandardCharsets.UTF_8));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"DATASET", "SPACE", "KERNEL"})
    void otherTypesHaveAPrefix(StubRepo.Type type) throws Exception {
        hub.put(StubRepo.of(type, "org/other").git("README.md", type.name()).build());
        HttpResponse<byte[]> redirect = client.get(url("/" + type.plural + "/org/other/resolve/main/README.md"));
        assertTrue(header(redirect, "location").startsWith("/api/resolve-cache/" + type.plural + "/org/other/"));
        assertEquals(type.name(), text(followed(redirect)));
        assertEquals(401, client.get(url("/org/other/resolve/main/README.md")).statusCode());
    }

    @Test
    void signedLinksExpire() throws Exception {
        String link = header(client.get(url("/org/name/resolve/main/old.bin")), "location");
        assertEquals(200, client.head(link).statusCode());
        hub.advance(Duration.ofMinutes(61));
        assertEquals(403, client.head(link).statusCode());
        String next = header(client.get(url("/org/name/resolve/main/old.bin")), "location");
        assertEquals(200, client.head(next).statusCode());
        hub.expireSignedUrls();
        assertEquals(403, client.head(next).statusCode());
    }

    @Test
    void linksWithAnotherOrNoSignatureAreRefused() throws Exception {
        String link = header(client.get(url("/org/name/resolve/main/old.bin")), "location");
        String other = header(client.get(url("/org/name/resolve/main/model.safetensors")), "location");
        String path = link.substring(0, link.indexOf('?'));
        assertEquals(403, client.get(path).statusCode());
        assertEquals(403, client.get(path + other.substring(other.indexOf('?'))).statusCode());
        assertEquals(404, client.get(hub.cdnEndpoint() + "/repos/no/such").statusCode());
    }

    @ParameterizedTest
    @CsvSource({
        "bytes=0-0, 0, 1",
        "bytes=299999-, 299999, 300000",
        "bytes=-10, 299990, 300000",
        "bytes=100-199, 100, 200",
        "bytes=299000-300000, 299000, 300000",
        "bytes=-400000, 0, 300000",
    })
    void rangesAreServedAndClamped(String range, int from, int to) throws Exception {
        HttpResponse<byte[]> part = followed(client.get(url("/org/name/resolve/main/old.bin")), "Range", range);
        assertEquals(206, part.statusCode());
        assertEquals("bytes " + from + "-" + (to - 1) + "/300000", header(part, "content-range"));
        assertArrayEquals(java.util.Arrays.copyOfRange(WEIGHTS, from, to), part.body());
    }

    @ParameterizedTest
    @ValueSource(strings = {"bytes=300000-", "bytes=300000-300001", "bytes=-0"})
    void rangesBehindTheEndAreRefused(String range) throws Exception {
        HttpResponse<byte[]> part = followed(client.get(url("/org/name/resolve/main/old.bin")), "Range", range);
        assertEquals(416, part.statusCode());
        assertEquals("bytes */300000", header(part, "content-range"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"items=0-1", "bytes=5-1", "bytes=-", "bytes=a-b"})
    void rangesThatAreNoneAreIgnored(String range) throws Exception {
        HttpResponse<byte[]> whole = followed(client.get(url("/org/name/resolve/main/old.bin")), "Range", range);
        assertEquals(200, whole.statusCode());
        assertEquals(300_000, whole.body().length);
    }

    @Test
    void severalRangesComeInParts() throws Exception {
        HttpResponse<byte[]> parts =
                followed(client.get(url("/org/name/resolve/main/config.json")), "Range", "bytes=0-0,-1");
        assertEquals(206, parts.statusCode());
        assertEquals("multipart/byteranges; boundary=hubstub-part", header(parts, "content-type"));
        assertEquals("""

                --hubstub-part
                Content-Type: text/plain; charset=utf-8
                Content-Range: bytes 0-0/2

                {
                --hubstub-part
                Content-Type: text/plain; charset=utf-8
                Content-Range: bytes 1-1/2

                }
                --hubstub-part--
                """, text(parts).replace("\r\n", "\n"));
    }

    @Test
    void ifRangeComparesTheTag() throws Exception {
        HttpResponse<byte[]> link = client.get(url("/org/name/resolve/main/old.bin"));
        String etag = header(followed(link, "Range", "bytes=0-0"), "etag");
        assertEquals(206, followed(link, "Range", "bytes=0-0", "If-Range", etag).statusCode());
        assertEquals(
                200, followed(link, "Range", "bytes=0-0", "If-Range", "\"x\"").statusCode());
    }

    @Test
    void knownTagsNeedNoAnswer() throws Exception {
        HttpResponse<byte[]> config = client.get(url("/org/name/resolve/main/config.json"));
        HttpResponse<byte[]> same = followed(config, "If-None-Match", header(followed(config), "etag"));
        assertEquals(304, same.statusCode());
        HttpResponse<byte[]> weights = client.get(url("/org/name/resolve/main/model.safetensors"));
        HttpResponse<byte[]> unchanged = client.get(
                url("/org/name/resolve/main/model.safetensors"), "If-None-Match", header(weights, "x-linked-etag"));
        assertEquals(304, unchanged.statusCode());
        assertEquals(commit, header(unchanged, "x-repo-commit"));
    }

    @Test
    void textIsGzippedForThoseWhoDoNotAskForIdentity() throws Exception {
        HttpResponse<byte[]> redirect = client.get(url("/org/name/resolve/main/config.json"));
        HttpResponse<byte[]> zipped = followed(redirect, "Accept-Encoding", "gzip, deflate");
        assertEquals("gzip", header(zipped, "content-encoding"));
        assertEquals("", header(zipped, "content-length"));
        byte[] plain = new GZIPInputStream(new ByteArrayInputStream(zipped.body())).readAllBytes();
        assertEquals("{}", new String(plain, StandardCharsets.UTF_8));
        HttpResponse<byte[]> identity = followed(redirect, "Accept-Encoding", "identity");
        assertEquals("2", header(identity, "content-length"));
    }

    @Test
    void emptyFileIsAFile() throws Exception {
        HttpResponse<byte[]> empty = followed(client.get(url("/org/name/resolve/main/empty")));
        assertEquals(200, empty.statusCode());
        assertEquals("\"e69de29bb2d1d6434b8b29ae775ad8c2e48c5391\"", header(empty, "etag"));
        assertEquals("0", header(empty, "content-length"));
    }

    @Test
    void requestsOnOneConnectionAreAnsweredInTurn() throws Exception {
        try (RawClient raw = new RawClient(hub.endpoint())) {
            raw.send("GET /org/name/raw/main/config.json HTTP/1.1");
            raw.send("GET /org/name/raw/v1/config.json HTTP/1.1", "Connection: close");
            raw.head();
            assertEquals("{}", new String(raw.body(2), StandardCharsets.UTF_8));
            raw.head();
            assertEquals("{\"old\": true}", new String(raw.rest(), StandardCharsets.UTF_8));
        }
        assertEquals(1, hub.totals().connections());
    }

    @Test
    void everyRequestIsOnRecord() throws Exception {
        HttpResponse<byte[]> redirect = client.get(url("/org/name/resolve/main/old.bin?x=1"), "X-Canary", "yes");
        followed(redirect);
        List<Served> served = hub.served();
        StubRequest first = served.get(0).request();
        assertEquals("/org/name/resolve/main/old.bin?x=1", first.target());
        assertEquals(hub.endpoint(), "http://" + first.host());
        assertEquals("yes", first.header("x-canary"));
        assertEquals(302, served.get(0).status());
        assertEquals(Route.CDN, served.get(1).request().route());
        assertEquals(hub.cdnEndpoint(), "http://" + served.get(1).request().host());
        assertEquals(300_000, served.get(1).bodyBytes());
        assertEquals(1, hub.totals().requests(Route.CDN));
        hub.forgetServed();
        assertEquals(List.of(), hub.served());
    }

    @Test
    void sumsNeedNoRecord() throws Exception {
        try (HubStub sums = HubStub.builder().sumsOnly().start()) {
            sums.put(repo);
            client.get(sums.endpoint() + "/org/name/raw/main/config.json");
            assertEquals(List.of(), sums.served());
            assertEquals(1, sums.totals().requests(Route.RAW));
            assertEquals(2, sums.totals().bodyBytes());
        }
    }
}
