package dev.hubswarm.hub.origin;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.base.ContentDigest;
import dev.hubswarm.base.UserError;
import dev.hubswarm.hub.origin.Recorder.Reply;
import dev.hubswarm.hub.request.RepoRef;
import dev.hubswarm.hub.request.RepoType;
import dev.hubswarm.hub.request.Revision;
import dev.hubswarm.hubstub.Fault;
import dev.hubswarm.hubstub.HubStub;
import dev.hubswarm.hubstub.Route;
import dev.hubswarm.hubstub.StubContent;
import dev.hubswarm.hubstub.StubFile;
import dev.hubswarm.hubstub.StubRepo;
import dev.hubswarm.testkit.LeakCheck;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The origin against the stand-in Hub. */
@ExtendWith(LeakCheck.class)
final class HubOriginTest {
    private static final RepoRef REPO = new RepoRef(RepoType.MODEL, "org/name");
    private static final String READER = "hf_reader";
    private static final String STRANGER = "hf_stranger";
    private static final String BIG = "a b+#%é漢/model.safetensors";
    private static final StubContent WEIGHTS = StubContent.generated(1, 300_000);
    private static final String NOWHERE = "0123456789abcdef0123456789abcdef01234567";

    private final VirtualClock clock = new VirtualClock();
    private final StubRepo repo = StubRepo.model("org/name")
            .git("config.json", "{\"a\":1}\n")
            .git("empty", "")
            .xet(BIG, WEIGHTS)
            .file("old.bin", StubContent.generated(2, 1000), StubFile.Storage.LFS)
            .tag("v1")
            .commit("main", "refs/pr/1")
            .build();
    private final String commit = String.valueOf(repo.commit("main"));

    private HubStub stub;
    private HubOrigin origin;

    @BeforeEach
    void open() throws UserError {
        stub = HubStub.builder().reader(READER).stranger(STRANGER).start();
        stub.put(repo);
        origin = Origins.open(Origins.config(stub.endpoint(), null), clock);
    }

    @AfterEach
    void close() {
        origin.close();
        stub.close();
    }

    @Test
    void theHubSaysWhatItThinksOfTheToken() throws Exception {
        assertEquals(new Greeting(401, false, null, null), undated(origin.greet()));
        try (HubOrigin reader = Origins.open(stub.endpoint(), READER);
                HubOrigin nobody = Origins.open(stub.endpoint(), "hf_nobody")) {
            assertEquals(new Greeting(200, true, "reader", null), undated(reader.greet()));
            assertEquals(new Greeting(401, true, null, null), undated(nobody.greet()));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"main", "v1", "refs/pr/1"})
    void aRevisionIsResolvedToItsCommit(String revision) throws Exception {
        RepoInfo info = origin.repoInfo(REPO, new Revision(revision));
        assertEquals(new RepoInfo(REPO, String.valueOf(repo.commit(revision)), false, Gated.NO, false), info);
    }

    @ParameterizedTest
    @EnumSource(StubRepo.Type.class)
    void everyTypeAndOldIdsAreServed(StubRepo.Type type) throws Exception {
        stub.put(StubRepo.of(type, "old").git("x", "y").build());
        RepoRef old = new RepoRef(RepoType.valueOf(type.name()), "old");
        String head = origin.repoInfo(old, Revision.MAIN).commit();
        HubFile file = origin.listing(old, head).get(0);
        assertArrayEquals("y".getBytes(UTF_8), origin.fetch(remote(old, head, file)));
        assertEquals(file.digest(), origin.head(old, Revision.MAIN, "x").digest());
    }

    private static Greeting undated(Greeting greeting) {
        assertNotNull(greeting.date());
        return new Greeting(greeting.status(), greeting.token(), greeting.account(), null);
    }

    @Test
    void theOldNameOfARenamedRepositoryLeadsToTheNew() throws Exception {
        stub.put(StubRepo.renamed(StubRepo.Type.MODEL, "was/this", "org/name"));
        RepoRef was = new RepoRef(RepoType.MODEL, "was/this");
        assertEquals(REPO, origin.repoInfo(was, Revision.MAIN).repo());
        assertEquals(4, origin.listing(was, commit).size());
        assertEquals(1, origin.pathsInfo(was, commit, List.of("old.bin")).size());
        assertEquals(commit, origin.head(was, Revision.MAIN, BIG).commit());
        RemoteFile small = new RemoteFile(was, commit, "config.json", digest("config.json"), 8);
        assertEquals(8, origin.fetch(small).length);
    }

    @Test
    void aListingHasEveryPage() throws Exception {
        StubRepo.Builder many = StubRepo.model("org/many");
        for (int i = 0; i < 2_345; i++) many.git("dir" + i % 7 + "/" + i, "content " + i);
        StubRepo built = many.build();
        stub.put(built);
        List<HubFile> files =
                origin.listing(new RepoRef(RepoType.MODEL, "org/many"), String.valueOf(built.commit("main")));
        assertEquals(2_345, files.stream().map(HubFile::path).distinct().count());
        assertEquals(3, stub.totals().requests(Route.TREE));
    }

    @Test
    void aListingSaysWhatTheCacheNeeds() throws Exception {
        List<HubFile> files = origin.listing(REPO, commit);
        for (HubFile file : files) {
            StubFile known = known(file.path());
            assertEquals(known.digest(), file.digest());
            assertEquals(known.content().size(), file.size());
            assertEquals(known.oid(), file.gitOid());
        }
        assertEquals(4, files.size());
        assertEquals(
                2,
                origin.pathsInfo(REPO, commit, List.of(BIG, "config.json", "none"))
                        .size());
        assertEquals(List.of(), origin.pathsInfo(REPO, commit, List.of()));
    }

    @Test
    void metadataOfASmallFileIsBehindARelativeRedirect() throws Exception {
        FileMetadata metadata = origin.head(REPO, Revision.MAIN, "config.json");
        assertEquals(commit, metadata.commit());
        assertEquals(digest("config.json"), metadata.digest());
        assertEquals(8, metadata.size());
        assertTrue(metadata.location().toString().startsWith(stub.endpoint() + "/api/resolve-cache/"));
    }

    @Test
    void metadataOfALargeFileIsOnTheRedirectToStorage() throws Exception {
        FileMetadata metadata = origin.head(REPO, new Revision("refs/pr/1"), BIG);
        assertEquals(digest(BIG), metadata.digest());
        assertEquals(WEIGHTS.size(), metadata.size());
        assertTrue(metadata.location().toString().startsWith(stub.cdnEndpoint()));
        assertFalse(metadata.toString().contains("Signature"), metadata.toString());
        assertEquals(0, stub.totals().requests(Route.CDN));
    }

    @ParameterizedTest
    @ValueSource(strings = {"config.json", "empty", BIG, "old.bin"})
    void aSmallFileIsFetchedWhole(String path) throws Exception {
        byte[] content = origin.fetch(remote(path));
        assertArrayEquals(known(path).content().bytes(), content);
        // As few round trips as a GET that follows redirects; no HEAD.
        assertEquals(2, stub.served().size());
    }

    @Test
    void aLocationIsAskedForOnceByAnyNumberOfReaders() throws Exception {
        stub.inject(request -> request.route() == Route.RESOLVE, 1, new Fault.Latency(Duration.ofMillis(200)));
        ExecutorService readers = Executors.newFixedThreadPool(16);
        try {
            List<Callable<FileLocation>> asks = new ArrayList<>();
            for (int i = 0; i < 64; i++) asks.add(() -> origin.locate(remote(BIG)));
            for (Future<FileLocation> found : readers.invokeAll(asks))
                assertTrue(found.get().uri().toString().startsWith(stub.cdnEndpoint()));
        } finally {
            readers.shutdown();
        }
        assertEquals(1, stub.totals().requests(Route.RESOLVE));
    }

    @Test
    void aLocationIsGoodUntilShortlyBeforeItExpires() throws Exception {
        FileLocation first = origin.locate(remote(BIG));
        assertFalse(first.hubOrigin());
        clock.advance(Duration.ofMinutes(58));
        assertSame(first, origin.locate(remote(BIG)));
        clock.advance(Duration.ofMinutes(2));
        origin.locate(remote(BIG));
        assertEquals(2, stub.totals().requests(Route.RESOLVE));
    }

    @Test
    void aRefusedLocationIsReplacedOnceForAllWhoMetIt() throws Exception {
        FileLocation refused = origin.locate(remote(BIG));
        stub.expireSignedUrls();
        FileLocation renewed = origin.locateAgain(refused);
        assertNotEquals(refused.uri(), renewed.uri());
        assertSame(renewed, origin.locateAgain(refused));
        assertEquals(2, stub.totals().requests(Route.RESOLVE));
    }

    @Test
    void aSmallFileIsReadAtTheHubItself() throws Exception {
        FileLocation location = origin.locate(remote("config.json"));
        assertTrue(location.hubOrigin());
        assertEquals(URI.create(stub.endpoint()).getPort(), location.uri().getPort());
    }

    @Test
    void otherContentThanExpectedIsNotLocated() {
        RemoteFile other = new RemoteFile(REPO, commit, BIG, digest("old.bin"), WEIGHTS.size());
        RemoteFile longer = new RemoteFile(REPO, commit, BIG, digest(BIG), WEIGHTS.size() + 1);
        assertEquals(UserError.Kind.FAILED, kind(() -> origin.locate(other)));
        assertEquals(UserError.Kind.FAILED, kind(() -> origin.locate(longer)));
    }

    static Stream<Fault> passingFaults() {
        return Stream.of(
                new Fault.Drop(),
                new Fault.Cut(100, Fault.Cut.How.FIN),
                new Fault.Cut(100, Fault.Cut.How.RST),
                new Fault.WrongLength(5),
                new Fault.WrongLength(-5),
                new Fault.Gzip(),
                new Fault.Corrupt(7),
                new Fault.Status(408),
                new Fault.Status(429),
                new Fault.Status(500),
                new Fault.Status(502),
                new Fault.Status(503),
                new Fault.Status(504),
                Fault.Status.retryAfter(Duration.ofSeconds(3)),
                new Fault.Redirect(""));
    }

    @ParameterizedTest
    @MethodSource("passingFaults")
    void aPassingFaultIsPassedOver(Fault fault) throws Exception {
        stub.inject(request -> true, 1, fault);
        assertEquals(4, origin.listing(REPO, commit).size());
        stub.inject(request -> request.route() != Route.RESOLVE, 1, fault);
        assertArrayEquals(WEIGHTS.bytes(), origin.fetch(remote(BIG)));
        stub.inject(
                request -> request.route() == Route.RESOLVE, 3, fault instanceof Fault.Cut ? new Fault.Drop() : fault);
        assertEquals(digest(BIG), origin.head(REPO, Revision.MAIN, BIG).digest());
    }

    @Test
    void signedLinksThatExpireBetweenTwoRequestsAreReplaced() throws Exception {
        stub.inject(request -> request.route() == Route.CDN, 1, new Fault.Status(403));
        assertArrayEquals(WEIGHTS.bytes(), origin.fetch(remote(BIG)));
        assertEquals(2, stub.totals().requests(Route.RESOLVE));
    }

    /** Asked once more with another address, and then no more. */
    @ParameterizedTest
    @ValueSource(ints = {400, 403, 404, 410})
    void storageThatRefusesTwiceIsNotAskedAgain(int status) {
        stub.inject(request -> request.route() == Route.CDN, 1_000, new Fault.Status(status));
        assertEquals(UserError.Kind.FAILED, kind(() -> origin.fetch(remote(BIG))));
        assertEquals(2, stub.totals().requests(Route.CDN));
    }

    @Test
    void damageThatStaysIsAnError() {
        stub.inject(request -> true, 1_000, new Fault.Corrupt(7));
        assertEquals(UserError.Kind.DAMAGED, kind(() -> origin.fetch(remote(BIG))));
    }

    @Test
    void aHubThatStaysDownIsAskedSixTimes() {
        stub.inject(request -> true, 1_000, new Fault.Status(503));
        assertEquals(UserError.Kind.FAILED, kind(() -> origin.repoInfo(REPO, Revision.MAIN)));
        assertEquals(6, stub.served().size());
        assertEquals(5, clock.sleeps().size());
        Duration waited = clock.sleeps().stream().reduce(Duration.ZERO, Duration::plus);
        assertTrue(waited.toMillis() >= 11_500 && waited.toMillis() <= 23_000, waited.toString());
    }

    @Test
    void retryAfterIsObeyedByTheWholeProcess() throws Exception {
        stub.inject(request -> true, 1, Fault.Status.retryAfter(Duration.ofSeconds(30)));
        origin.repoInfo(REPO, Revision.MAIN);
        assertTrue(
                clock.nanoTime() >= Duration.ofSeconds(30).toNanos(),
                clock.sleeps().toString());
    }

    @Test
    void anEmptyBudgetIsWaitedForAndNotOverdrawn() throws Exception {
        try (HubStub small = HubStub.builder().quota("api", 2).start();
                HubOrigin careful = Origins.open(Origins.config(small.endpoint(), null), clock)) {
            small.put(repo);
            careful.repoInfo(REPO, Revision.MAIN);
            careful.repoInfo(REPO, Revision.MAIN);
            assertEquals(List.of(), clock.sleeps());
            small.advance(Duration.ofMinutes(6));
            careful.repoInfo(REPO, Revision.MAIN);
            assertEquals(1, clock.sleeps().size());
            assertTrue(small.served().stream().allMatch(served -> served.status() == 200));
        }
    }

    @Test
    void aBlockedCallIsInterrupted() throws Exception {
        stub.inject(request -> true, 1, new Fault.Cut(10, Fault.Cut.How.STALL));
        AtomicReference<Throwable> end = new AtomicReference<>();
        CountDownLatch ended = new CountDownLatch(1);
        Thread reader = new Thread(() -> {
            try {
                origin.listing(REPO, commit);
            } catch (UserError | InterruptedException e) {
                end.set(e);
            }
            ended.countDown();
        });
        reader.start();
        while (stub.stalls() == 0) Thread.onSpinWait();
        reader.interrupt();
        ended.await();
        assertEquals("java.lang.InterruptedException", String.valueOf(end.get()));
    }

    @Test
    void publicIsWhatAnybodyMayRead() throws Exception {
        put("org/private", new StubRepo.Access.Private());
        put("org/gated", new StubRepo.Access.Gated("auto"));
        put("org/manual", new StubRepo.Access.Gated("manual"));
        put("org/disabled", new StubRepo.Access.Disabled());
        try (HubOrigin reader = Origins.open(stub.endpoint(), READER)) {
            assertTrue(reader.isPublic(REPO, commit, BIG));
            assertTrue(reader.isPublic(REPO, commit, "config.json"));
            assertFalse(reader.isPublic(REPO, commit, "none"));
            assertFalse(reader.isPublic(REPO, NOWHERE, BIG));
            for (String id : List.of("org/private", "org/gated", "org/manual", "org/disabled", "org/none")) {
                RepoRef other = new RepoRef(RepoType.MODEL, id);
                assertFalse(reader.isPublic(other, commitOf(id), "x"), id);
            }
        }
        assertTrue(stub.served().stream().allMatch(served -> served.request().header("authorization") == null));
    }

    @Test
    void aYesLastsADayAndANoAMinute() throws Exception {
        assertTrue(origin.isPublic(REPO, commit, BIG));
        int asked = stub.served().size();
        clock.advance(Duration.ofHours(23));
        assertTrue(origin.isPublic(REPO, commit, BIG));
        assertEquals(asked, stub.served().size());
        put("org/name", new StubRepo.Access.Private());
        clock.advance(Duration.ofHours(2));
        assertFalse(origin.isPublic(REPO, commit, BIG));
        stub.put(repo);
        assertFalse(origin.isPublic(REPO, commit, BIG));
        clock.advance(Duration.ofMinutes(2));
        assertTrue(origin.isPublic(REPO, commit, BIG));
    }

    @Test
    void whetherAFileIsPublicIsAskedAnewAndOfThisContent() throws Exception {
        StubFile there = repo.file("main", BIG);
        RemoteFile big = new RemoteFile(
                REPO, commit, BIG, there.digest(), there.content().size());
        RemoteFile other = new RemoteFile(REPO, commit, BIG, ContentDigest.of("a".repeat(64)), big.size());
        RemoteFile longer = new RemoteFile(REPO, commit, BIG, big.digest(), big.size() + 1);
        RemoteFile missing = new RemoteFile(REPO, commit, "none", big.digest(), big.size());
        Map<RemoteFile, Openness> found = origin.openness(List.of(big, other, longer, missing));
        assertEquals(Openness.OPEN, found.get(big));
        assertEquals(Openness.CLOSED, found.get(other));
        assertEquals(Openness.CLOSED, found.get(longer));
        assertEquals(Openness.CLOSED, found.get(missing));
        assertEquals(1, stub.totals().requests(Route.INFO));
        put("org/name", new StubRepo.Access.Private());
        assertEquals(Map.of(big, Openness.CLOSED), origin.openness(List.of(big)));
    }

    @ParameterizedTest
    @ValueSource(ints = {401, 403, 404, 410, 451})
    void whatTheHubDoesNotHandOutIsClosed(int status) throws Exception {
        stub.inject(request -> true, 1_000, new Fault.Status(status));
        assertEquals(Openness.CLOSED, openness());
    }

    @ParameterizedTest
    @ValueSource(ints = {418, 500, 503})
    void whatTheHubCannotTellIsUnknown(int status) throws Exception {
        stub.inject(request -> true, 1_000, new Fault.Status(status));
        assertEquals(Openness.UNKNOWN, openness());
    }

    private Openness openness() throws Exception {
        StubFile there = repo.file("main", BIG);
        RemoteFile big = new RemoteFile(
                REPO, commit, BIG, there.digest(), there.content().size());
        return Objects.requireNonNull(origin.openness(List.of(big)).get(big));
    }

    @ParameterizedTest
    @EnumSource(names = {"RESOLVE", "INFO"})
    void doubtIsNoYes(Route route) throws Exception {
        stub.inject(request -> request.route() == route, 1_000, new Fault.Status(500));
        assertFalse(origin.isPublic(REPO, commit, BIG));
    }

    record Refusal(
            String name,
            StubRepo.@Nullable Access access,
            @Nullable String token,
            String revision,
            String path,
            UserError.Kind kind,
            String says) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Refusal> refusals() {
        StubRepo.Access open = new StubRepo.Access.Public();
        StubRepo.Access closed = new StubRepo.Access.Private();
        StubRepo.Access gated = new StubRepo.Access.Gated("auto");
        UserError.Kind notFound = UserError.Kind.NOT_FOUND;
        UserError.Kind notAllowed = UserError.Kind.NOT_ALLOWED;
        return Stream.of(
                new Refusal("missing", null, null, "main", "x", notFound, "There is no org/it, or it is private."),
                new Refusal(
                        "missing, token", null, READER, "main", "x", notFound, "There is no org/it, or it is private."),
                new Refusal("private", closed, null, "main", "x", notFound, "if it is private, set HF_TOKEN"),
                new Refusal("private, stranger", closed, STRANGER, "main", "x", notFound, "account may read it"),
                new Refusal("gated", gated, null, "main", "x", notAllowed, "Accept its terms at"),
                new Refusal("gated, stranger", gated, STRANGER, "main", "x", notAllowed, "this account was not let in"),
                new Refusal(
                        "disabled",
                        new StubRepo.Access.Disabled(),
                        null,
                        "main",
                        "x",
                        notAllowed,
                        "has disabled org/it"),
                new Refusal("bad revision", open, null, "nope", "x", notFound, "org/it has no revision nope."),
                new Refusal("bad commit", open, null, NOWHERE, "x", notFound, "has no revision"),
                new Refusal("missing file", open, null, "main", "y/z", notFound, "There is no y/z of org/it at main."),
                new Refusal("bad token", open, "hf_bad", "main", "x", notAllowed, "does not accept the token"));
    }

    @ParameterizedTest
    @MethodSource("refusals")
    void everyRefusalSaysWhatToDo(Refusal refusal) throws Exception {
        if (refusal.access != null) put("org/it", refusal.access);
        RepoRef it = new RepoRef(RepoType.MODEL, "org/it");
        try (HubOrigin asking = Origins.open(stub.endpoint(), refusal.token)) {
            UserError error =
                    assertThrows(UserError.class, () -> asking.head(it, new Revision(refusal.revision), refusal.path));
            assertEquals(refusal.kind, error.kind());
            assertTrue(String.valueOf(error.getMessage()).contains(refusal.says), error.getMessage());
            if (refusal.access == null || refusal.access instanceof StubRepo.Access.Private) {
                UserError same = assertThrows(UserError.class, () -> asking.repoInfo(it, Revision.MAIN));
                assertEquals(error.getMessage(), same.getMessage());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "../x", "a//b", "/x", "a/"})
    void aPathThatCannotBeIsNotAskedFor(String path) {
        assertEquals(UserError.Kind.NOT_FOUND, kind(() -> origin.head(REPO, Revision.MAIN, path)));
        assertEquals(List.of(), stub.served());
    }

    @Test
    void nothingIsAskedOffline() throws Exception {
        OriginConfig config = Origins.config(stub.endpoint(), null);
        OriginConfig offline = new OriginConfig(
                config.endpoint(),
                null,
                ProxyRules.NONE,
                null,
                true,
                "x",
                config.metadataTimeout(),
                config.downloadTimeout(),
                5);
        try (HubOrigin cut = Origins.open(offline, clock)) {
            UserError error = assertThrows(UserError.class, () -> cut.repoInfo(REPO, Revision.MAIN));
            assertTrue(String.valueOf(error.getMessage()).contains("HF_HUB_OFFLINE"), error.getMessage());
            assertFalse(cut.isPublic(REPO, commit, BIG));
        }
        assertEquals(0, stub.totals().connections());
    }

    private void put(String id, StubRepo.Access access) {
        stub.put(StubRepo.model(id).access(access).git("x", "y").build());
    }

    private static String commitOf(String id) {
        return String.valueOf(StubRepo.model(id).git("x", "y").build().commit("main"));
    }

    private StubFile known(String path) {
        return Objects.requireNonNull(repo.files("main").get(path));
    }

    private ContentDigest digest(String path) {
        return known(path).digest();
    }

    private RemoteFile remote(String path) {
        StubFile file = known(path);
        return new RemoteFile(REPO, commit, path, file.digest(), file.content().size());
    }

    private static RemoteFile remote(RepoRef repo, String commit, HubFile file) {
        return new RemoteFile(repo, commit, file.path(), file.digest(), file.size());
    }

    private static UserError.Kind kind(Executable asking) {
        return assertThrows(UserError.class, asking).kind();
    }

    @Test
    void aListingWithoutEndIsGivenUp() throws Exception {
        AtomicInteger page = new AtomicInteger();
        try (Recorder endless = new Recorder(
                        null,
                        (method, target) -> new Reply(
                                200,
                                "[]",
                                "Link",
                                "</api/models/org/name/tree/x?cursor=" + page.incrementAndGet() + ">; rel=\"next\""));
                HubOrigin patient = Origins.open("http://127.0.0.1:" + endless.port(), null)) {
            assertThrows(UserError.class, () -> patient.listing(REPO, "a".repeat(40)));
        }
        assertEquals(3_000, page.get());
    }
}
