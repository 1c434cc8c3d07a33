package dev.hubswarm.trackerclient.index;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.base.Redacted;
import dev.hubswarm.base.TlsTrust;
import dev.hubswarm.base.UserError;
import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.protocol.metainfo.TorrentExtras;
import dev.hubswarm.testkit.LeakCheck;
import dev.hubswarm.trackerclient.contact.TrackerApi;
import dev.hubswarm.trackerclient.contact.TrackerHttp;
import dev.hubswarm.trackerclient.contact.TrackerUrl;
import dev.hubswarm.trackerclient.index.PublishResult.Kind;
import dev.hubswarm.trackerclient.testing.FakeTracker;
import dev.hubswarm.trackerclient.testing.SampleTorrents;
import java.io.IOException;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@ExtendWith(LeakCheck.class)
class PublisherTest {
    private static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";
    private static final byte[] CONTENT = SampleTorrents.content(1, 100_000);
    private static final Metainfo TORRENT = SampleTorrents.canonical(CONTENT);
    private static final String PATH =
            "/api/v2/files/" + SampleTorrents.sha256(CONTENT).hex();
    private static final Metainfo SNAPSHOT = SampleTorrents.read(SampleTorrents.snapshot(
            COMMIT, new TreeMap<>(Map.of("a \"b\"", CONTENT, "c", SampleTorrents.content(2, 5)))));

    private final TrackerHttp http = new TrackerHttp("test/1", TlsTrust.ofRuntime());
    private FakeTracker tracker;
    private TrackerApi api;

    @BeforeEach
    void start() throws IOException, UserError {
        tracker = new FakeTracker();
        api = new TrackerApi(http, TrackerUrl.parse(tracker.url()), new Redacted("token"), false);
    }

    @AfterEach
    void stop() {
        http.close();
        tracker.close();
    }

    @ParameterizedTest
    @CsvSource({
        "200, COUNTED, true",
        "201, NEW, true",
        "400, REFUSED, false",
        "401, NOT_ALLOWED, false",
        "403, NOT_ALLOWED, false",
        "409, RIVAL, true",
        "413, TOO_LARGE, false",
        "429, UNAVAILABLE, false",
        "500, UNAVAILABLE, false",
        "507, FULL, false"
    })
    void everyAnswerOfACatalogueMeansSomething(int status, Kind kind, boolean known) {
        tracker.answer("PUT " + PATH, status, "{\"error\":{\"code\":\"x\",\"message\":\"be\\u001b[31mcause\"}}");
        PublishResult result = publish();
        assertEquals(new PublishResult(kind, "be?[31mcause"), result);
        assertEquals(known, result.kind().isKnown());
    }

    @Test
    void whatIsPublishedIsTheBareTorrentAndWhereItsFileIs() {
        TorrentExtras mine = new TorrentExtras(
                List.of(List.of("http://tracker.example/t/secret/announce")), List.of(), "at home", null);
        Metainfo full = SampleTorrents.read(SampleTorrents.canonical(CONTENT, mine));
        tracker.answer("PUT " + PATH, 201, "{}");
        RepoFile place = new RepoFile("model", "org/name", COMMIT, "a b&c.bin");
        assertEquals(
                Kind.NEW,
                new CataloguePublisher(api).publish(full, place).join().kind());
        FakeTracker.Asked asked = tracker.asked().get(0);
        assertArrayEquals(TORRENT.bytes(), asked.body());
        assertEquals("Bearer token", asked.authorization());
        assertEquals(
                PATH + "?repo_type=model&repo_id=org%2Fname&revision=" + COMMIT + "&path=a%20b%26c.bin",
                asked.target().replace("org/name", "org%2Fname"));
    }

    @Test
    void aWrongTrackerThatRepeatsTheTokenIsNotQuoted() {
        tracker.answer("PUT " + PATH, 400, "{\"error\":\"unknown: Bearer token\"}");
        assertEquals(new PublishResult(Kind.REFUSED, ""), publish());
    }

    @Test
    void aTrackerThatIsAwayMayBeBackLater() {
        tracker.close();
        assertEquals(Kind.UNAVAILABLE, publish().kind());
    }

    @Test
    void onlyCanonicalTorrentsGoInACatalogueAndOnlySnapshotsToLlmpt() {
        assertThrows(IllegalArgumentException.class, () -> new CataloguePublisher(api).publish(SNAPSHOT, null));
        assertThrows(
                IllegalArgumentException.class, () -> new LlmptPublisher(api).publish(TORRENT, "model", "org/name"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "200 | {\"message\":\"m\",\"info_hash\":\"x\",\"announce_key\":\"y\",\"status\":\"active\"} | NEW",
                "200 | {\"message\":\"m\",\"info_hash\":\"x\",\"announce_key\":\"y\",\"status\":\"pending\"} | PENDING",
                "200 | {\"message\":\"m\",\"info_hash\":\"x\",\"announce_key\":\"y\"} | COUNTED",
                "409 | {\"error\":\"m\"} | RIVAL",
                "400 | {\"error\":\"m\"} | REFUSED",
                "405 | m | REFUSED",
                "500 | {\"error\":\"m\"} | UNAVAILABLE"
            })
    void everyAnswerOfLlmptsMeansSomething(int status, String body, Kind kind) {
        tracker.answer("POST /api/v1/publish", status, body);
        assertEquals(kind, publishSnapshot().kind());
    }

    @Test
    void whatLlmptGetsIsWhatItsClientSends() {
        tracker.answer("POST /api/v1/publish", 200, "{}");
        assertEquals(Kind.COUNTED, publishSnapshot().kind());
        String hash = Objects.requireNonNull(SNAPSHOT.infoHash().v2()).hex();
        String wanted = """
                {"repo_id":"org/name","revision":"%s","repo_type":"dataset","name":"org/name","info_hash":"%s",\
                "announce_key":"%s","total_size":100005,"file_count":2,"piece_length":262144,\
                "files":[{"path":"a \\"b\\"","size":100000},{"path":"c","size":5}],"torrent_data":"%s"}""".formatted(
                        COMMIT, hash, hash.substring(0, 40), Base64.getEncoder().encodeToString(SNAPSHOT.bytes()));
        assertEquals(wanted, tracker.asked().get(0).bodyText());
        assertTrue(wanted.length() > 500);
        assertFalse(wanted.contains("\n"));
    }

    private PublishResult publish() {
        return new CataloguePublisher(api).publish(TORRENT, null).join();
    }

    private PublishResult publishSnapshot() {
        return new LlmptPublisher(api).publish(SNAPSHOT, "dataset", "org/name").join();
    }
}
