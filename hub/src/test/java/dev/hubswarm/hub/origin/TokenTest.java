package dev.hubswarm.hub.origin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.base.ContentDigest;
import dev.hubswarm.base.Redacted;
import dev.hubswarm.base.UserError;
import dev.hubswarm.hub.origin.Recorder.Reply;
import dev.hubswarm.hub.request.RepoRef;
import dev.hubswarm.hub.request.RepoType;
import dev.hubswarm.hub.request.Revision;
import dev.hubswarm.testkit.TestTls;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** S13: the token reaches the Hub's own origin and nothing else; signed queries reach their own host only. */
final class TokenTest {
    private static final String TOKEN = "hf_canaryTOKEN";
    private static final String SIGNATURE = "canarySIGNATURE";
    private static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";
    private static final RepoRef REPO = new RepoRef(RepoType.MODEL, "org/name");
    private static final ContentDigest HELLO = ContentDigest.of("ce013625030ba8dba906f756967f9e9ca394464a");

    private final List<String> logged = new CopyOnWriteArrayList<>();
    private final Logger root = Logger.getLogger("");
    private final Level before = root.getLevel();
    private final Handler handler = new Handler() {
        private final SimpleFormatter formatter = new SimpleFormatter();

        @Override
        public void publish(LogRecord entry) {
            // Not all there is: the JDK's own server writes what it receives.
            if (!String.valueOf(entry.getLoggerName()).contains("httpserver")) logged.add(formatter.format(entry));
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    };

    @TempDir
    Path folder;

    @BeforeEach
    void listen() {
        handler.setLevel(Level.ALL);
        root.addHandler(handler);
        root.setLevel(Level.ALL);
    }

    @AfterEach
    void stopListening() {
        root.setLevel(before);
        root.removeHandler(handler);
    }

    @Test
    void noCanaryLeavesOverRedirects() throws Exception {
        TestTls tls = TestTls.create(folder, "dns:localhost,ip:127.0.0.1");
        String[] next = new String[1];
        int[] status = new int[1];
        String[] home = new String[1];
        List<String> said = new ArrayList<>();
        int hubRequests = 0;
        int elsewhere = 0;
        int returned = 0;
        try (Recorder hub = new Recorder(
                        null,
                        (method, target) ->
                                target.equals("/back") ? new Reply(200, "hello\n") : redirect(status[0], next[0]));
                Recorder plain = new Recorder(null, (method, target) -> new Reply(200, "hello\n"));
                Recorder secure = new Recorder(tls, (method, target) -> new Reply(200, "hello\n"));
                Recorder back = new Recorder(null, (method, target) -> redirect(302, home[0] + "/back"))) {
            OriginConfig plainConfig = Origins.config("http://127.0.0.1:" + hub.port(), TOKEN);
            OriginConfig config = new OriginConfig(
                    plainConfig.endpoint(),
                    new Redacted(TOKEN),
                    ProxyRules.NONE,
                    tls.pem(),
                    false,
                    "test",
                    plainConfig.metadataTimeout(),
                    plainConfig.downloadTimeout(),
                    1);
            List<String> targets = List.of(
                    "http://localhost:" + plain.port(),
                    "http://127.0.0.1:" + plain.port(),
                    "https://localhost:" + secure.port(),
                    "https://127.0.0.1:" + secure.port(),
                    "http://localhost:" + hub.port(),
                    "http://user:" + TOKEN + "@localhost:" + plain.port(),
                    "//localhost:" + plain.port());
            try (HubOrigin origin = Origins.open(config, new VirtualClock())) {
                for (int code : new int[] {301, 302, 303, 307, 308}) {
                    for (String target : targets) {
                        status[0] = code;
                        next[0] = target + "/file?Signature=" + SIGNATURE + "&Expires=99999999999";
                        said.add(all(origin));
                    }
                }
                // To another host, and from there back to the Hub.
                home[0] = config.endpoint().toString();
                status[0] = 302;
                next[0] = "http://localhost:" + back.port() + "/x";
                said.add(all(origin));
            }
            for (Recorder.Request request : hub.requests()) {
                boolean own = request.host().equals("127.0.0.1:" + hub.port());
                if (own && request.text().contains(TOKEN)) hubRequests++;
                boolean sentBack = request.text().startsWith("GET /back");
                if (sentBack) returned++;
                if (!own || sentBack) assertFalse(request.text().contains(TOKEN), request.text());
            }
            for (Recorder other : List.of(plain, secure, back)) {
                elsewhere += other.requests().size();
                for (Recorder.Request request : other.requests())
                    assertFalse(request.text().contains(TOKEN), request.text());
            }
            said.add(config.toString());
        }
        assertTrue(hubRequests > 100, hubRequests + " requests with a token");
        assertTrue(returned > 0);
        assertTrue(elsewhere > 20, elsewhere + " requests elsewhere");
        said.addAll(logged);
        assertTrue(said.stream().anyMatch(text -> text.contains("UserError")));
        assertTrue(
                logged.stream().anyMatch(text -> text.contains("okhttp3") || text.contains("try 1")),
                logged.toString());
        for (String text : said) assertFalse(text.contains("canary"), text);
    }

    private static Reply redirect(int status, String to) {
        return new Reply(
                status,
                "",
                "Location",
                to,
                "X-Repo-Commit",
                COMMIT,
                "X-Linked-Etag",
                "\"" + HELLO + "\"",
                "X-Linked-Size",
                "6",
                "X-Error-Message",
                "your token is " + TOKEN);
    }

    /** Every question there is; returns what a user could get to see. */
    private static String all(HubOrigin origin) {
        RemoteFile file = new RemoteFile(REPO, COMMIT, "f", HELLO, 6);
        RemoteFile other = new RemoteFile(REPO, COMMIT, "f", HELLO, 7);
        StringWriter seen = new StringWriter();
        List<Executable> questions = List.of(
                () -> seen.append("" + origin.repoInfo(REPO, Revision.MAIN)),
                () -> seen.append("" + origin.listing(REPO, COMMIT)),
                () -> seen.append("" + origin.pathsInfo(REPO, COMMIT, List.of("f"))),
                () -> seen.append("" + origin.head(REPO, Revision.MAIN, "f")),
                () -> seen.append("" + origin.locateAgain(origin.locate(file))),
                () -> seen.append("" + origin.locate(other)),
                () -> seen.append("" + origin.fetch(file).length),
                () -> seen.append("" + origin.fetch(other).length),
                () -> seen.append("" + origin.isPublic(REPO, COMMIT, "f")));
        for (Executable question : questions) {
            try {
                question.execute();
            } catch (UserError e) {
                e.printStackTrace(new PrintWriter(seen));
            } catch (Throwable e) {
                throw new AssertionError(e);
            }
        }
        return seen.toString();
    }

    @Test
    void aListingThatGoesOnElsewhereIsNotFollowed() throws Exception {
        try (Recorder other = new Recorder(null, (method, target) -> new Reply(200, "[]"));
                Recorder hub = new Recorder(
                        null,
                        (method, target) -> new Reply(
                                200,
                                "[]",
                                "Link",
                                "<http://127.0.0.1:" + other.port()
                                        + "/api/models/org/name/tree/x?cursor=1>; rel=\"next\""));
                HubOrigin origin = Origins.open("http://127.0.0.1:" + hub.port(), TOKEN)) {
            assertThrows(UserError.class, () -> origin.listing(REPO, COMMIT));
            assertEquals(List.of(), other.requests());
        }
    }

    /** As mirrors do that pass the Hub's answers on. */
    @Test
    void aMirrorsLinkToTheHubIsAskedForAtTheMirror() throws Exception {
        try (Recorder mirror = new Recorder(
                        null,
                        (method, target) -> target.contains("cursor")
                                ? new Reply(200, "[]")
                                : new Reply(
                                        200,
                                        "[]",
                                        "Link",
                                        "<https://huggingface.co/api/models/org/name/tree/x?cursor=a%3D>; rel=\"next\""));
                HubOrigin origin = Origins.open("http://127.0.0.1:" + mirror.port(), TOKEN)) {
            assertEquals(List.of(), origin.listing(REPO, COMMIT));
            assertTrue(mirror.requests().get(1).text().startsWith("GET /api/models/org/name/tree/x?cursor=a%3D\n"));
        }
    }

    @Test
    void theTokenIsForTheExactOriginByTlsOrWithinThisMachine() throws Exception {
        Map<String, String> header = Map.of("Authorization", "Bearer " + TOKEN);
        try (HubOrigin hub = Origins.open("https://huggingface.co", TOKEN);
                HubOrigin plain = Origins.open("http://hub.example.com", TOKEN);
                HubOrigin local = Origins.open("http://localhost:8080/mirror", TOKEN);
                HubOrigin anonymous = Origins.open("https://huggingface.co", null)) {
            assertEquals(header, hub.authorizationFor(URI.create("https://huggingface.co/x")));
            assertEquals(header, hub.authorizationFor(URI.create("HTTPS://HuggingFace.co:443/x")));
            for (String other : List.of(
                    "http://huggingface.co/x",
                    "https://huggingface.co:444/x",
                    "https://huggingface.co.evil.com/x",
                    "https://hf.co/x",
                    "https://cdn-lfs.huggingface.co/x",
                    "https://huggingface.co@evil.com/x",
                    "ftp://huggingface.co/x")) {
                assertEquals(Map.of(), hub.authorizationFor(URI.create(other)), other);
            }
            assertEquals(Map.of(), plain.authorizationFor(URI.create("http://hub.example.com/x")));
            assertEquals(header, local.authorizationFor(URI.create("http://localhost:8080/x")));
            assertEquals(Map.of(), local.authorizationFor(URI.create("http://127.0.0.1:8080/x")));
            assertEquals(Map.of(), anonymous.authorizationFor(URI.create("https://huggingface.co/x")));
        }
    }
}
