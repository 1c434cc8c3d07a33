package dev.hubswarm.trackerclient.index;

import static dev.hubswarm.trackerclient.index.Catalogue.candidate;
import static dev.hubswarm.trackerclient.index.Catalogue.listing;
import static dev.hubswarm.trackerclient.index.Catalogue.path;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.base.Redacted;
import dev.hubswarm.base.TlsTrust;
import dev.hubswarm.base.UserError;
import dev.hubswarm.protocol.metainfo.Hash;
import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.protocol.metainfo.TorrentExtras;
import dev.hubswarm.testkit.LeakCheck;
import dev.hubswarm.trackerclient.contact.TrackerApi;
import dev.hubswarm.trackerclient.contact.TrackerHttp;
import dev.hubswarm.trackerclient.contact.TrackerUrl;
import dev.hubswarm.trackerclient.testing.FakeTracker;
import dev.hubswarm.trackerclient.testing.SampleTorrents;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(LeakCheck.class)
class CatalogueIndexTest {
    private static final byte[] CONTENT = SampleTorrents.content(1, 100_000);
    private static final Metainfo TORRENT = SampleTorrents.canonical(CONTENT);
    private static final Metainfo RIVAL = SampleTorrents.rival(CONTENT);
    private static final WantedFile WANTED = new WantedFile(SampleTorrents.sha256(CONTENT), CONTENT.length, null);

    private final TrackerHttp http = new TrackerHttp("test/1", TlsTrust.ofRuntime());
    private final AtomicLong clock = new AtomicLong();
    private FakeTracker tracker;
    private CatalogueIndex index;

    @BeforeEach
    void start() throws Exception {
        tracker = new FakeTracker();
        index = index(null, true);
    }

    private CatalogueIndex index(@Nullable Redacted token, boolean trusted) throws UserError {
        TrackerApi api = new TrackerApi(http, TrackerUrl.parse(tracker.url()), token, trusted);
        return new CatalogueIndex(api, clock::get, new Random(1));
    }

    @AfterEach
    void stop() {
        http.close();
        tracker.close();
    }

    @Test
    void aListedTorrentIsFetchedAndTold() {
        Catalogue.add(tracker, WANTED, TORRENT);
        List<Candidate> early = new ArrayList<>();
        List<Candidate> found = index.find(WANTED, early::add).join();
        assertEquals(List.of(new Candidate(TORRENT, TORRENT.files().get(0), true, 2)), found);
        assertEquals(found, early);
        assertEquals(
                List.of(
                        path(WANTED) + "?size=100000",
                        path(WANTED) + "/torrent?info_hash="
                                + TORRENT.infoHash().v2()),
                tracker.targets());
    }

    @Test
    void whatWasAnsweredIsNotAskedAgainForAWhile() {
        Catalogue.add(tracker, WANTED, TORRENT);
        List<Candidate> first = find();
        assertEquals(first, find());
        assertEquals(2, tracker.asked().size());
        clock.addAndGet(TimeUnit.MINUTES.toNanos(5));
        assertEquals(first, find());
        assertEquals(4, tracker.asked().size());
    }

    @Test
    void whoAsksAgainAfterHalfAMinuteHearsWhatIsNew() {
        assertEquals(List.of(), find());
        assertEquals(List.of(), find());
        assertEquals(1, tracker.asked().size(), "nothing is remembered too");
        Catalogue.add(tracker, WANTED, TORRENT);
        clock.addAndGet(TimeUnit.SECONDS.toNanos(10));
        assertEquals(1, find().size());
    }

    @Test
    void rivalsComeInTheOrderOfTheCatalogueAndThirdsNotAtAll() {
        Metainfo third = SampleTorrents.canonical(SampleTorrents.content(9, 100_000));
        tracker.answer(
                "GET " + path(WANTED),
                200,
                listing(WANTED, candidate(TORRENT, true, 1), candidate(RIVAL, false, 5), candidate(third, false, 0)));
        // One answer for both: the other is a wrong one.
        tracker.answer("GET " + path(WANTED) + "/torrent", 200, RIVAL.bytes());
        assertEquals(List.of(new Candidate(RIVAL, RIVAL.files().get(0), false, 5)), find());
        assertEquals(3, tracker.asked().size());
    }

    @Test
    void onlyATrackerThatTheUserTrustsAttests() throws UserError {
        Catalogue.add(tracker, WANTED, TORRENT);
        assertFalse(index(null, false).find(WANTED, any -> {}).join().get(0).attested());
        assertTrue(find().get(0).attested());
    }

    @Test
    void trustNeedsTlsOrLoopback() throws UserError {
        assertFalse(new TrackerApi(http, TrackerUrl.parse("http://192.0.2.1:1"), null, true).isTrusted());
        assertTrue(new TrackerApi(http, TrackerUrl.parse("https://192.0.2.1:1"), null, true).isTrusted());
    }

    @Test
    void whatAStrangerAddedToATorrentIsNobodys() {
        TorrentExtras hostile = new TorrentExtras(
                List.of(List.of("http://169.254.169.254/announce"), List.of("udp://victim.example:53")),
                List.of("http://127.0.0.1/"),
                "comment",
                "somebody");
        Catalogue.add(tracker, WANTED, SampleTorrents.read(SampleTorrents.canonical(CONTENT, hostile)));
        List<Candidate> found = find();
        assertEquals(1, found.size());
        assertEquals(TorrentExtras.NONE, found.get(0).torrent().extras());
    }

    @Test
    void aTorrentIsNoLongerThanThatOfAFileOfThisSize() {
        TorrentExtras much = new TorrentExtras(List.of(), List.of(), "x".repeat(16 << 10), null);
        Catalogue.add(tracker, WANTED, SampleTorrents.read(SampleTorrents.canonical(CONTENT, much)));
        assertEquals(List.of(), find());
    }

    @Test
    void whatIsNotCanonicalOrNotTheFilesIsRefused() {
        byte[] otherContent = SampleTorrents.content(3, 100_000);
        Metainfo ofOther = SampleTorrents.canonical(otherContent);
        byte[] snapshot = SampleTorrents.snapshot("c".repeat(40), Map.of("f", CONTENT));
        for (byte[] wrong : List.of(ofOther.bytes(), RIVAL.bytes(), snapshot, new byte[] {'d', 'e'}, new byte[5])) {
            Catalogue.add(tracker, WANTED, TORRENT);
            tracker.answer("GET " + path(WANTED) + "/torrent", 200, wrong);
            clock.addAndGet(TimeUnit.MINUTES.toNanos(5));
            assertEquals(List.of(), find());
        }
    }

    @Test
    void aTorrentThatIsListedUnderItsOwnHashButForAnotherDigestIsRefused() {
        Metainfo ofOther = SampleTorrents.canonical(SampleTorrents.content(3, 100_000));
        Catalogue.add(tracker, WANTED, ofOther);
        assertEquals(List.of(), find());
    }

    @Test
    void aListingOfAnotherSizeIsNone() {
        tracker.answer(
                "GET " + path(WANTED),
                200,
                listing(new WantedFile(WANTED.sha256(), 5, null), candidate(TORRENT, true, 1)));
        assertEquals(List.of(), find());
        assertEquals(1, tracker.asked().size());
    }

    @Test
    void aLieAboutTheSizeHidesNothing() {
        String lie = candidate(RIVAL, true, 9).replace("{\"info", "{\"size\":5,\"info");
        String truth = candidate(TORRENT, false, 1).replace("{\"info", "{\"size\":100000,\"info");
        String both = listing(new WantedFile(WANTED.sha256(), 5, null), lie, truth);
        tracker.answer("POST /api/v2/lookup", 200, "{\"files\":{\"" + WANTED.sha256() + "\":" + both + "}}");
        tracker.answer("GET " + path(WANTED) + "/torrent", 200, TORRENT.bytes());
        assertEquals(Set.of(WANTED.sha256()), index.known(List.of(WANTED)).join());
        assertEquals(List.of(new Candidate(TORRENT, TORRENT.files().get(0), false, 1)), find());
        assertEquals(2, tracker.asked().size(), "the lie was not asked for");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "nonsense",
                "[]",
                "{\"size\":100000,\"candidates\":[",
                "{\"size\":100000,\"candidates\":[{\"info_hash_v2\":5}]}",
                "{\"size\":1e400,\"candidates\":{}}",
                "{\"size\":100000,\"candidates\":[1,null,\"x\",[[]],{}]} "
            })
    void garbageIsNoCandidate(String body) {
        tracker.answer("GET " + path(WANTED), 200, body);
        assertEquals(List.of(), find());
    }

    @ParameterizedTest
    @ValueSource(ints = {401, 403, 429, 500, 503})
    void aTrackerThatDoesNotAnswerIsSoonLeftAlone(int status) {
        tracker.answer("GET " + path(WANTED), status, "{}");
        for (int i = 0; i < 10; i++) assertEquals(List.of(), find());
        assertEquals(3, tracker.asked().size());
    }

    @Test
    void theTokenIsSentToItsTracker() throws UserError {
        index(new Redacted("publish"), false).find(WANTED, any -> {}).join();
        assertEquals("Bearer publish", tracker.asked().get(0).authorization());
        TrackerApi withReadToken = new TrackerApi(http, TrackerUrl.parse(tracker.url() + "/t/read"), null, false);
        new CatalogueIndex(withReadToken, new Random(1)).find(WANTED, any -> {}).join();
        assertEquals("Bearer read", tracker.asked().get(1).authorization());
        assertEquals(path(WANTED) + "?size=100000", tracker.asked().get(1).target());
    }

    @Test
    void aWholeRepositoryIsOneQuestionAndItsFilesNeedNoListing() throws IOException {
        List<WantedFile> repo = new ArrayList<>(List.of(WANTED));
        for (int i = 0; i < 1500; i++) {
            byte[] digest = new byte[32];
            digest[0] = (byte) (i >> 8);
            digest[1] = (byte) i;
            repo.add(new WantedFile(Hash.of(digest), 7, null));
        }
        tracker.answer(
                "POST /api/v2/lookup",
                200,
                "{\"files\":{\"%s\":%s,\"%s\":%s}}"
                        .formatted(
                                WANTED.sha256(),
                                listing(WANTED, candidate(TORRENT, true, 2)),
                                repo.get(5).sha256(),
                                listing(repo.get(6), candidate(TORRENT, true, 2))
                                        .replace("\"size\":7", "\"size\":8")));
        tracker.answer("GET " + path(WANTED) + "/torrent", 200, TORRENT.bytes());
        assertEquals(Set.of(WANTED.sha256()), index.known(repo).join());
        assertEquals(2, tracker.asked().size());
        int digests = tracker.asked().stream()
                .mapToInt(asked -> asked.bodyText().split("\"", -1).length / 2 - 1)
                .sum();
        assertEquals(1501, digests);
        assertEquals(1, find().size());
        assertEquals(List.of(), index.find(repo.get(5), any -> {}).join());
        assertEquals(3, tracker.asked().size(), "the torrent alone was asked for");
    }

    @Test
    void aLookUpThatFailsKnowsNothing() {
        tracker.answer("POST /api/v2/lookup", 200, "{\"files\":{\"zz\":{}}}");
        assertEquals(Set.of(), index.known(Arrays.asList(WANTED)).join());
    }

    private List<Candidate> find() {
        return index.find(WANTED, any -> {}).join();
    }
}
