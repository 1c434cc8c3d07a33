package dev.hubswarm.agent.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.agent.proxy.RawClient.Reply;
import dev.hubswarm.base.UserError;
import dev.hubswarm.hubstub.HubStub;
import dev.hubswarm.hubstub.StubRepo;
import dev.hubswarm.testkit.LeakCheck;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Who is let in, and by what requests (reliability.md T15, T16, T19, T20). */
@ExtendWith(LeakCheck.class)
final class AdmissionTest {
    private static final String PATH = "/org/model/resolve/main/a.txt";

    @TempDir
    Path home;

    private final HubStub hub = HubStub.builder().start();
    private TestProxy proxy;

    @BeforeEach
    void start() throws Exception {
        hub.put(StubRepo.model("org/model").git("a.txt", "hello").build());
        proxy = TestProxy.start(home, hub);
    }

    @AfterEach
    void stop() {
        proxy.close();
        hub.close();
    }

    @ParameterizedTest
    @CsvSource({
        "Host: 127.0.0.1:PORT, 200",
        "Host: localhost:PORT, 200",
        "Host: LOCALHOST:PORT, 200",
        "Host: [::1]:PORT, 200",
        "Host: 127.0.0.1, 421",
        "Host: evil.example.org:PORT, 421",
        "Host: huggingface.co, 421",
        "Host: localhost.:PORT, 421",
        "Host: 127.1:PORT, 421",
        "Host: 0.0.0.0:PORT, 421",
        "Host:, 421",
        "X: y, 421"
    })
    void onlyOurNamesAreAnsweredOnAllPaths(String host, int expected) throws Exception {
        String header = host.replace("PORT", String.valueOf(proxy.address().getPort()));
        for (String target : List.of(PATH, "/api/models/org/model", "/api/models/org/model/tree/main"))
            assertEquals(
                    expected,
                    RawClient.ask(proxy.address(), "GET", target, header).status(),
                    target);
        if (expected != 200) assertEquals(List.of(), hub.served());
    }

    /** S16: sixty names that are not ours, on every kind of path. */
    @Test
    void noForeignNameIsAnsweredAnywhere() throws Exception {
        int port = proxy.address().getPort();
        List<String> names = new ArrayList<>();
        for (String host : List.of(
                "evil.example.org",
                "huggingface.co",
                "hf.co",
                "localhost.evil.example.org",
                "127.0.0.1.nip.io",
                "a.localhost",
                "127.1",
                "127.0.1",
                "127.0.0.2",
                "0.0.0.0",
                "0",
                "2130706433",
                "0x7f000001",
                "0177.0.0.1",
                "127.0.0.1.",
                "[::]",
                "[::ffff:127.0.0.1]",
                "[0:0:0:0:0:ffff:7f00:1]",
                "[::2]",
                "127.0.0.1%00",
                "localhost\t.evil")) {
            names.add(host);
            names.add(host + ":" + port);
            names.add(host + ":80");
        }
        for (String ours : List.of("127.0.0.1", "localhost", "[::1]"))
            for (String end : List.of(":0", ":" + (port + 1), ":" + port + "0")) names.add(ours + end);
        assertTrue(names.size() >= 60);
        for (String target : List.of(
                PATH,
                "/org/model/raw/main/a.txt",
                "/api/models/org/model",
                "/api/models/org/model/tree/main",
                "/api/resolve-cache/models/org/model/0/a.txt",
                "/org/model.git/info/refs",
                "/",
                "/metrics",
                "*")) {
            String method = target.equals("*") ? "OPTIONS" : "GET";
            for (String name : names) {
                int status = RawClient.ask(proxy.address(), method, target, "Host: " + name)
                        .status();
                assertTrue(status == 421 || status == 400, method + " " + target + " of " + name + ": " + status);
            }
        }
        assertEquals(List.of(), hub.served());
    }

    @Test
    void twoNamesAreNone() throws Exception {
        Reply reply = RawClient.ask(proxy.address(), "GET", PATH, proxy.host(), proxy.host());
        assertEquals(421, reply.status());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Sec-Fetch-Site: cross-site",
                "Sec-Fetch-Site: same-site",
                "Origin: https://evil.example.org",
                "Origin: null",
                "Origin: https://127.0.0.1"
            })
    void pagesOfOthersGetNothingAndChangeNothing(String header) throws Exception {
        for (String method : List.of("GET", "HEAD", "POST"))
            assertEquals(403, proxy.ask(method, PATH, header).status(), method);
        assertEquals(List.of(), hub.served());
        assertEquals(
                200,
                proxy.ask("GET", PATH, "Sec-Fetch-Site: same-origin", "Origin: " + proxy.url())
                        .status());
    }

    /** S17: whatever a page of another site makes a browser send. */
    @Test
    void noPageOfAnotherSiteBeginsAnything() throws Exception {
        int cases = 0;
        for (String method : List.of("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS")) {
            for (String site : List.of("cross-site", "same-site")) {
                for (String mode : List.of("no-cors", "navigate", "cors", "websocket", "same-origin")) {
                    for (String origin : List.of("https://evil.example.org", "null")) {
                        int status = proxy.ask(
                                        method,
                                        PATH,
                                        "Sec-Fetch-Site: " + site,
                                        "Sec-Fetch-Mode: " + mode,
                                        "Origin: " + origin,
                                        "Content-Type: text/plain",
                                        "Content-Length: 0")
                                .status();
                        assertEquals(403, status, method + " " + site + " " + mode + " " + origin);
                        cases++;
                    }
                }
            }
        }
        assertTrue(cases >= 100);
        assertEquals(List.of(), hub.served());
        assertTrue(Files.notExists(home.resolve("cache")), "something was written");
    }

    /** What one reader would take for one request, and another for two. */
    static List<String> ambiguous() {
        String post = "POST /api/models/org/model/paths-info/main HTTP/1.1\r\nHOST\r\n";
        String smuggled = "GET /api/models/org/smuggled HTTP/1.1\r\nHOST\r\n\r\n";
        return List.of(
                post + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + smuggled,
                post + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" + smuggled,
                post + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello" + smuggled,
                post + "Content-Length: 5, 6\r\n\r\nhello" + smuggled,
                post + "Content-Length: +5\r\n\r\nhello" + smuggled,
                post + "Content-Length: -1\r\n\r\n" + smuggled,
                post + "Content-Length: 0x5\r\n\r\nhello" + smuggled,
                post + "Transfer-Encoding: identity\r\n\r\n" + smuggled,
                post + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n" + smuggled,
                post + "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n" + smuggled,
                post + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + smuggled,
                post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n" + smuggled,
                post + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + smuggled,
                post + "Transfer-Encoding\t: chunked\r\n\r\n0\r\n\r\n" + smuggled,
                post + "Content-Length : 5\r\n\r\nhello" + smuggled,
                post + "Content\u0000-Length: 5\r\n\r\nhello" + smuggled,
                post + "Content-Length: 5\u0000\r\n\r\nhello" + smuggled,
                post + "X: y\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + smuggled,
                post + "X: y\rTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + smuggled,
                post + "Transfer-Encoding: chunked\r\n\r\n5;\nx\r\nhello\r\n0\r\n\r\n" + smuggled,
                post + "Transfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n" + smuggled,
                post + "Transfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n0\r\n\r\n" + smuggled,
                post + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello0\r\n\r\n" + smuggled,
                "POST /api/models/org/model/paths-info/main HTTP/1.0\r\nHOST\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
                        + smuggled,
                "GET " + PATH + " x HTTP/1.1\r\nHOST\r\n\r\n",
                "GET " + PATH + " HTTP/2.0\r\nHOST\r\n\r\n",
                "GET " + PATH + " HTTP/1.2\r\nHOST\r\n\r\n",
                "GET " + PATH + "\r\nHOST\r\n\r\n",
                "GET " + PATH + "#x HTTP/1.1\r\nHOST\r\n\r\n",
                "GET a.txt HTTP/1.1\r\nHOST\r\n\r\n",
                "G@T " + PATH + " HTTP/1.1\r\nHOST\r\n\r\n",
                "GET ftp://127.0.0.1/x HTTP/1.1\r\nHOST\r\n\r\n",
                "GET http://user@huggingface.co/x HTTP/1.1\r\nHOST\r\n\r\n",
                "CONNECT huggingface.co HTTP/1.1\r\nHOST\r\n\r\n",
                "CONNECT huggingface.co:443/x HTTP/1.1\r\nHOST\r\n\r\n");
    }

    @ParameterizedTest
    @MethodSource("ambiguous")
    void whatCanBeReadInTwoWaysIsNotPassedOn(String request) throws Exception {
        try (RawClient client = proxy.connect()) {
            client.raw(request.replace("HOST", proxy.host()));
            try {
                Reply reply = client.reply(false);
                assertTrue(reply.status() == 400, () -> reply.status() + reply.text());
                assertEquals(-1, client.in().read(), "it goes on after that");
            } catch (IOException e) {
                // A connection that breaks off in the middle of a body says as much.
                assertTrue(request.contains("\r\n\r\n5") || request.contains("-5") || request.contains("0x5"), request);
            }
        }
        for (var served : hub.served())
            assertTrue(!served.request().target().contains("smuggled"), () -> "the Hub saw " + served);
    }

    @Test
    void requestsCutAtAnyByteAreTheSame() throws Exception {
        String request = "GET " + PATH + " HTTP/1.1\r\n" + proxy.host() + "\r\nConnection: close\r\n\r\n";
        for (int at = 1; at < request.length(); at += 7) {
            try (RawClient client = proxy.connect()) {
                client.raw(request.substring(0, at));
                client.raw(request.substring(at));
                assertEquals("hello", client.reply(false).text());
            }
        }
    }

    @Test
    void headsHaveLimits() throws Exception {
        assertEquals(431, proxy.ask("GET", PATH, "X: " + "y".repeat(20_000)).status());
        assertEquals(414, proxy.ask("GET", PATH + "?" + "y".repeat(10_000)).status());
        List<String> many = new ArrayList<>();
        for (int i = 0; i < 120; i++) many.add("X-" + i + ": y");
        assertEquals(431, proxy.ask("GET", PATH, many.toArray(new String[0])).status());
        assertEquals(List.of(), hub.served());
    }

    /** A refusal arrives, though much of what was sent is never read. */
    @Test
    void whoIsRefusedCanReadWhy() throws Exception {
        try (RawClient client = proxy.connect()) {
            client.send("POST", PATH, "Host: evil.example.org", "Content-Length: 500000");
            client.raw(new byte[500_000]);
            assertEquals(421, client.reply(false).status());
            assertEquals(-1, client.in().read());
        }
    }

    @Test
    void manyConnectionsLeaveNothingBehindAndThoseWhoAskNothingMakeRoom() throws Exception {
        List<RawClient> idle = new ArrayList<>();
        try {
            try (RawClient usual = proxy.connect()) {
                usual.send("GET", PATH, proxy.host());
                assertEquals("hello", usual.reply(false).text());
                for (int i = 0; i < 1_100; i++) {
                    RawClient client = proxy.connect();
                    idle.add(client);
                }
                assertEquals("hello", proxy.ask("GET", PATH).text(), "there is room for whoever asks");
                usual.send("GET", PATH, proxy.host());
                assertEquals("hello", usual.reply(false).text());
                for (RawClient client : idle.subList(0, 70))
                    assertEquals(-1, client.in().read());
            }
        } finally {
            for (RawClient client : idle) client.close();
        }
        for (int tries = 0; ; tries++) {
            try {
                assertEquals("hello", proxy.ask("GET", PATH).text());
                break;
            } catch (IOException e) {
                // Those that were closed are not all gone yet.
                assertTrue(tries < 1000, e::toString);
            }
        }
    }

    @Test
    void aTakenPortIsBlamedOnWhoHasIt() throws Exception {
        String ours = said(proxy.address().getPort());
        assertTrue(ours.contains("process " + ProcessHandle.current().pid()), ours);
        assertTrue(ours.contains("--listen"), ours);
        try (ServerSocket stranger = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Thread hangUp = new Thread(() -> {
                try {
                    stranger.accept().close();
                } catch (IOException e) {
                    // Then nobody asked.
                }
            });
            hangUp.start();
            String theirs = said(stranger.getLocalPort());
            assertTrue(theirs.contains("another program has that port"), theirs);
            hangUp.join();
        }
    }

    private String said(int port) {
        return String.valueOf(assertThrows(UserError.class, () -> startAt(port)).getMessage());
    }

    private void startAt(int port) throws UserError {
        proxy.another(port).close();
    }

    @Test
    void theSocketIsTheUsersAlone() throws Exception {
        Path socket = home.resolve("proxy.sock");
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)));
        proxy.close();
        assertTrue(Files.notExists(socket));
    }
}
