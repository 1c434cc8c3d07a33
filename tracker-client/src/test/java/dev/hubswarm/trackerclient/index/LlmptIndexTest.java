package dev.hubswarm.trackerclient.index;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.hubswarm.base.TlsTrust;
import dev.hubswarm.base.UserError;
import dev.hubswarm.protocol.metainfo.FileEntry;
import dev.hubswarm.protocol.metainfo.Hash;
import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.testkit.LeakCheck;
import dev.hubswarm.trackerclient.contact.TrackerApi;
import dev.hubswarm.trackerclient.contact.TrackerHttp;
import dev.hubswarm.trackerclient.contact.TrackerUrl;
import dev.hubswarm.trackerclient.testing.FakeTracker;
import dev.hubswarm.trackerclient.testing.SampleTorrents;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Against answers as llmpt's own server gives them (peer-systems.md section 4). */
@ExtendWith(LeakCheck.class)
class LlmptIndexTest {
    private static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";
    private static final String OTHER_COMMIT = "89abcdef0123456789abcdef0123456789abcdef";
    private static final byte[] CONTENT = SampleTorrents.content(1, 300_000 / 2);
    private static final Map<String, byte[]> FILES = new TreeMap<>(Map.of(
            ".gitattributes", SampleTorrents.content(2, 20),
            "config.json", SampleTorrents.content(3, 500),
            "weights/model.bin", CONTENT));
    private static final Metainfo TORRENT = SampleTorrents.read(SampleTorrents.snapshot(COMMIT, FILES));
    private static final WantedFile WANTED = wanted("weights/model.bin", CONTENT);
    private static final String TRIPLE = "repo_id=org%2Fname&revision=" + COMMIT + "&repo_type=model";

    private final TrackerHttp http = new TrackerHttp("test/1", TlsTrust.ofRuntime());
    private FakeTracker tracker;
    private LlmptIndex index;

    @BeforeEach
    void start() throws IOException, UserError {
        tracker = new FakeTracker();
        index = new LlmptIndex(new TrackerApi(http, TrackerUrl.parse(tracker.url()), null, true), new Random(1));
    }

    @AfterEach
    void stop() {
        http.close();
        tracker.close();
    }

    @Test
    void aListedRepositorysTorrentHasTheFile() {
        tracker.answer("GET /api/v1/torrents", 200, list(item(TORRENT, 3)));
        tracker.answer("GET /api/v1/torrents/torrent", 200, TORRENT.bytes());
        Candidate found = one(find());
        assertEquals(TORRENT, found.torrent());
        assertEquals(List.of("weights", "model.bin"), found.file().path());
        assertEquals(3, found.seeders());
        assertEquals(false, found.attested(), "no tracker of llmpt's attests");
        // The tracker has query parameters without escapes of its own.
        assertEquals(
                List.of("/api/v1/torrents?" + TRIPLE, "/api/v1/torrents/torrent?" + TRIPLE),
                tracker.targets().stream()
                        .map(target -> target.replace("org/name", "org%2Fname"))
                        .toList());
        assertEquals(1, find().size());
        assertEquals(2, tracker.asked().size(), "a repository is asked for once");
    }

    @Test
    void aRepositoryIsAskedForOnceHoweverManyOfItsFilesAreWantedAtATime() {
        tracker.answer("GET /api/v1/torrents", 200, list(item(TORRENT, 3)));
        tracker.answer("GET /api/v1/torrents/torrent", 200, TORRENT.bytes());
        List<CompletableFuture<List<Candidate>>> asked = new ArrayList<>();
        for (int i = 0; i < 20; i++) asked.add(index.find(WANTED, any -> {}));
        for (CompletableFuture<List<Candidate>> one : asked)
            assertEquals(1, one.join().size());
        assertEquals(2, tracker.asked().size());
    }

    @Test
    void whatWaitsForAnAdministratorIsFoundToo() {
        tracker.answer("GET /api/v1/torrents", 200, list());
        tracker.answer("GET /api/v1/torrents/torrent", 200, TORRENT.bytes());
        assertEquals(Candidate.UNSAID, one(find()).seeders());
    }

    @Test
    void noListIsNone() {
        assertEquals(List.of(), find());
        tracker.answer("GET /api/v1/torrents/torrent", 404, "{\"error\":\"torrent not found\"}");
        assertEquals(List.of(), find());
        assertEquals(2, tracker.asked().size(), "nothing is remembered too");
    }

    @ParameterizedTest
    @ValueSource(strings = {"[%s]", "{\"data\":[%s],\"total\":1}", "{\"data\":{\"candidates\":[%s]}}"})
    void aListMayHaveAnyOfItsForms(String form) {
        tracker.answer("GET /api/v1/torrents", 200, form.formatted(item(TORRENT, 3)));
        tracker.answer("GET /api/v1/torrents/torrent", 200, TORRENT.bytes());
        assertEquals(3, one(find()).seeders());
    }

    /** BEP 27: its peers are to be had of one tracker alone, which none of ours is. */
    @Test
    void aPrivateTorrentIsRefused() {
        tracker.answer("GET /api/v1/torrents/torrent", 200, SampleTorrents.snapshot(COMMIT, FILES, true));
        assertEquals(List.of(), find());
        assertEquals(2, tracker.asked().size());
    }

    @Test
    void aTorrentThatIsNotTheListedOneOrTheCommitsIsRefused() {
        Metainfo other = SampleTorrents.read(SampleTorrents.snapshot(OTHER_COMMIT, FILES));
        tracker.answer("GET /api/v1/torrents/torrent", 200, other.bytes());
        assertEquals(List.of(), find());
        tracker.answer("GET /api/v1/torrents", 200, list(item(other, 3)));
        assertEquals(List.of(), find());
        tracker.answer("GET /api/v1/torrents/torrent", 200, TORRENT.bytes());
        assertEquals(List.of(), find());
    }

    @Test
    void aFileThatTheTorrentHasNotOrInAnotherLengthIsNotFound() {
        tracker.answer("GET /api/v1/torrents/torrent", 200, TORRENT.bytes());
        assertEquals(List.of(), find(wanted("weights/other.bin", CONTENT)));
        assertEquals(List.of(), find(wanted("weights/model.bin", new byte[5])));
        assertEquals(List.of(), find(new WantedFile(WANTED.sha256(), WANTED.size(), null)));
        assertEquals(1, find().size());
    }

    @Test
    void whereNobodySeedsAnotherRepositoryWithTheFileIsTaken() {
        Metainfo other =
                SampleTorrents.read(SampleTorrents.snapshot(OTHER_COMMIT, new TreeMap<>(Map.of("copy.bin", CONTENT))));
        tracker.answer("GET /api/v1/torrents", 200, list(item(TORRENT, 0)));
        tracker.answer("GET /api/v1/torrents/torrent", 200, TORRENT.bytes());
        // The other repository's torrent comes from the same path: whichever of both is asked for last.
        assertEquals(1, find().size());
        tracker.answer("GET /api/v1/torrents/torrent", 200, other.bytes());
        tracker.answer("GET /api/v1/file-sources", 200, """
                {"data":{"target":{},"candidates":[
                  {"repo_id":"org/name","revision":"%s","repo_type":"model","path":"weights/model.bin",
                   "size":%d,"seeders":0},
                  {"repo_id":"no/commit","revision":"main","path":"x","size":1},
                  {"source_repo_id":"a/b","source_revision":"%s","source_repo_type":"dataset","filename":"copy.bin",
                   "size":%d,"file_root":"%s","seeders":4,"score":4.0}]}}""".formatted(
                        COMMIT, CONTENT.length, OTHER_COMMIT, CONTENT.length, root(TORRENT)));
        List<Candidate> found = find();
        assertEquals(2, found.size());
        assertEquals(other, found.get(0).torrent());
        assertEquals(4, found.get(0).seeders());
        assertEquals(TORRENT, found.get(1).torrent());
    }

    @Test
    void anOldTrackerKnowsNoOtherSources() {
        tracker.answer("GET /api/v1/torrents", 200, list(item(TORRENT, 0)));
        tracker.answer("GET /api/v1/torrents/torrent", 200, TORRENT.bytes());
        assertEquals(0, one(find()).seeders());
        assertEquals(3, tracker.asked().size());
    }

    @Test
    void aWholeRepositoryIsKnownByOneTorrent() {
        tracker.answer("GET /api/v1/torrents/torrent", 200, TORRENT.bytes());
        WantedFile config = wanted("config.json", SampleTorrents.content(3, 500));
        WantedFile missing = wanted("missing", new byte[9]);
        Set<Hash> known = index.known(List.of(WANTED, config, missing)).join();
        assertEquals(Set.of(WANTED.sha256(), config.sha256()), known);
        assertEquals(1, find(config).size());
        assertEquals(2, tracker.asked().size());
    }

    private static WantedFile wanted(String path, byte[] content) {
        return new WantedFile(
                SampleTorrents.sha256(content), content.length, new RepoFile("model", "org/name", COMMIT, path));
    }

    private static String root(Metainfo torrent) {
        FileEntry file = torrent.files().stream()
                .filter(entry -> entry.displayPath().equals("weights/model.bin"))
                .findFirst()
                .orElseThrow();
        return Objects.requireNonNull(file.piecesRoot()).hex();
    }

    private static String item(Metainfo torrent, int seeders) {
        return """
                {"id":"0123456789abcdef01234567","repo_id":"org/name","revision":"%s","repo_type":"model","name":"x",\
                "info_hash":"%s","announce_key":"%s","total_size":1,"file_count":3,"piece_length":262144,\
                "files":[{"path":"a","size":1,"file_root":"x"}],"status":"active",\
                "created_at":"2026-01-01T00:00:00Z","stats":{"seeders":%d,"leechers":1,"completed":7}}""".formatted(
                torrent.name(),
                Objects.requireNonNull(torrent.infoHash().v2()).hex(),
                Objects.requireNonNull(torrent.infoHash().v2()).truncated().hex(),
                seeders);
    }

    private static String list(String... items) {
        return "{\"total\":%d,\"data\":[%s]}".formatted(items.length, String.join(",", items));
    }

    private static Candidate one(List<Candidate> found) {
        assertEquals(1, found.size());
        return found.get(0);
    }

    private List<Candidate> find() {
        return find(WANTED);
    }

    private List<Candidate> find(WantedFile file) {
        return index.find(file, any -> {}).join();
    }
}
