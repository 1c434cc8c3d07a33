package dev.hubswarm.agent.accelerator;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.base.UserError;
import dev.hubswarm.base.UserError.Kind;
import dev.hubswarm.hub.download.FileSelection;
import dev.hubswarm.hub.origin.RateBudget;
import dev.hubswarm.hubstub.Fault;
import dev.hubswarm.hubstub.HubStub;
import dev.hubswarm.hubstub.Route;
import dev.hubswarm.hubstub.StubContent;
import dev.hubswarm.hubstub.StubRepo;
import dev.hubswarm.storage.DiskSpace;
import dev.hubswarm.testkit.LeakCheck;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(LeakCheck.class)
final class RepoFetchTest {
    private static final int MIB = 1 << 20;
    private static final StubContent LARGE = StubContent.generated(1, 21 * MIB + 12_345);
    private static final StubContent MIDDLE = StubContent.generated(2, 3 * MIB);

    @TempDir
    private Path folder;

    private HubStub hub;
    private StubDownload download;

    @BeforeEach
    void start() {
        hub = HubStub.builder().reader("hf_reader").start();
        hub.put(StubRepo.model("org/model")
                .git("config.json", "{\"a\": 1}")
                .git("sub/empty", "")
                .xet("large.bin", LARGE)
                .xet("sub/middle.bin", MIDDLE)
                .xet("small.bin", StubContent.generated(3, 1000))
                .build());
        download = new StubDownload(hub, folder, Duration.ofSeconds(3));
    }

    @AfterEach
    void stop() {
        hub.close();
    }

    private void assertAllThere() throws Exception {
        assertEquals("{\"a\": 1}", Files.readString(download.file("config.json")));
        assertEquals(0, Files.size(download.file("sub/empty")));
        assertArrayEquals(LARGE.bytes(), Files.readAllBytes(download.file("large.bin")));
        assertArrayEquals(MIDDLE.bytes(), Files.readAllBytes(download.file("sub/middle.bin")));
        assertEquals(1000, Files.size(download.file("small.bin")));
        assertNoLeftovers();
    }

    private void assertNoLeftovers() throws Exception {
        try (Stream<Path> all = Files.walk(folder)) {
            assertEquals(
                    List.of(),
                    all.filter(path -> path.toString().endsWith(".hubswarm-part")
                                    || path.toString().endsWith(".j"))
                            .toList());
        }
    }

    @Test
    void everyFileComesWholeOverManyConnections() throws Exception {
        List<FileResult> results = download.run(FileSelection.ALL, 16);
        assertEquals(5, results.size());
        results.forEach(result -> assertTrue(result.failure() == null && result.verified(), result.toString()));
        assertAllThere();
        assertEquals(LARGE.size() + MIDDLE.size() + 1000 + 8, download.fetched.get());
    }

    /** huggingface_hub asks three times for a file in git (two HEAD, one GET) and twice for others. */
    @Test
    void aFileCostsTwoRequests() throws Exception {
        download.run(new FileSelection(Set.of(), List.of(), List.of("large.bin")), 1);
        HubStub.Totals totals = hub.totals();
        assertEquals(4, totals.requests(Route.RESOLVE));
        assertEquals(2, totals.requests(Route.RESOLVE_CACHE), "config.json and sub/empty");
        assertEquals(2, totals.requests(Route.CDN), "small.bin and sub/middle.bin");
        assertEquals(1, totals.requests(Route.TREE));
        assertTrue(totals.connections() <= 4, totals.connections() + " connections");
    }

    @Test
    void oneConnectionIsEnough() throws Exception {
        download.run(FileSelection.ALL, 1);
        assertAllThere();
    }

    @Test
    void whatIsThereIsNotFetchedAgain() throws Exception {
        download.run(FileSelection.ALL, 8);
        long before = hub.totals().bodyBytes();
        List<FileResult> again = download.run(FileSelection.ALL, 8);
        assertEquals(5, again.size());
        again.forEach(result -> assertTrue(result.fetched() == 0 && !result.verified(), result.toString()));
        assertTrue(hub.totals().bodyBytes() - before < 10_000, "only the listing was read");
    }

    @Test
    void anInterruptedDownloadGoesOnWhereItStopped() throws Exception {
        Thread main = Thread.currentThread();
        StubDownload.Limits slow = StubDownload.limits(4, 40 * MIB);
        assertThrows(
                InterruptedException.class,
                () -> download.run(only("large.bin"), slow, () -> {
                    if (download.fetched.get() > 10 * MIB) main.interrupt();
                }));
        // It may have been interrupted again while it ended.
        Thread.interrupted();
        long first = download.fetched.get();
        assertFalse(Files.exists(download.file("large.bin")));
        download.run(only("large.bin"), 4);
        assertArrayEquals(LARGE.bytes(), Files.readAllBytes(download.file("large.bin")));
        long twice = download.fetched.get() - LARGE.size();
        // At each of four connections, less than a piece was not whole.
        assertTrue(first > 10 * MIB && twice < 4 * MIB, first + " bytes, " + twice + " of them twice");
        assertNoLeftovers();
    }

    @Test
    void withoutEnoughSpaceNothingIsFetched() throws Exception {
        // Far more than is free, since other programs use the disk at the same time.
        DiskSpace space = DiskSpace.withReserve(2 * folder.toFile().getTotalSpace());
        StubDownload.Limits tight = new StubDownload.Limits(4, 0, space);
        UserError refused = assertThrows(UserError.class, () -> download.run(only("large.bin"), tight, () -> {}));
        assertEquals(Kind.NO_SPACE, refused.kind());
        assertEquals(0, hub.totals().requests(Route.CDN));
    }

    @Test
    void whatIsThereNeedsNoSpace() throws Exception {
        download.run(only("large.bin"), 4);
        DiskSpace none = DiskSpace.withReserve(Long.MAX_VALUE / 2);
        FileResult again = only(download.run(only("large.bin"), new StubDownload.Limits(4, 0, none), () -> {}));
        assertNull(again.failure());
    }

    @Test
    void wrongBytesAreFetchedAgain() throws Exception {
        hub.inject(request -> request.route() == Route.CDN, 1, new Fault.Corrupt(100));
        List<FileResult> results = download.run(only("large.bin"), 4);
        assertNull(results.get(0).failure());
        assertArrayEquals(LARGE.bytes(), Files.readAllBytes(download.file("large.bin")));
    }

    @Test
    void bytesThatStayWrongAreNotPublished() throws Exception {
        hub.inject(request -> request.route() == Route.CDN, Integer.MAX_VALUE, new Fault.Corrupt(100));
        UserError failure = only(download.run(only("large.bin"), 4)).failure();
        assertNotNull(failure);
        assertEquals(Kind.DAMAGED, failure.kind());
        assertFalse(Files.exists(download.file("large.bin")));
        assertNoLeftovers();
    }

    @Test
    void aLinkThatExpiresInMidFileIsRenewed() throws Exception {
        AtomicBoolean expired = new AtomicBoolean();
        List<FileResult> results = download.run(only("large.bin"), StubDownload.limits(4, 0), () -> {
            if (download.fetched.get() > 8 * MIB && expired.compareAndSet(false, true)) hub.expireSignedUrls();
        });
        assertTrue(expired.get());
        assertNull(only(results).failure());
        assertArrayEquals(LARGE.bytes(), Files.readAllBytes(download.file("large.bin")));
    }

    @Test
    void anAddressThatIsRefusedAlthoughItIsNewIsGivenUp() throws Exception {
        hub.inject(request -> request.route() == Route.CDN, Integer.MAX_VALUE, new Fault.Status(403));
        UserError failure = only(download.run(only("large.bin"), 1)).failure();
        assertNotNull(failure);
        assertTrue(String.valueOf(failure.getMessage()).contains("403"), failure.getMessage());
        assertEquals(2, hub.totals().requests(Route.CDN));
        assertEquals(2, hub.totals().requests(Route.RESOLVE));
    }

    @Test
    void aStalledConnectionDoesNotHoldUpTheOthers() throws Exception {
        hub.inject(request -> request.route() == Route.CDN, 1, new Fault.Cut(MIB, Fault.Cut.How.STALL));
        long started = System.nanoTime();
        download.run(only("large.bin"), 4);
        assertArrayEquals(LARGE.bytes(), Files.readAllBytes(download.file("large.bin")));
        long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - started);
        assertTrue(seconds < 6, "took " + seconds + " s");
        hub.releaseStalls();
    }

    /** As a firewall makes it that lets nobody but the Hub itself through. */
    @Test
    void storageThatStaysSilentIsGivenUpByHoweverManyWorkers() throws Exception {
        StubDownload hasty = new StubDownload(hub, folder, Duration.ofSeconds(3), 1, new RateBudget(new Random(1)));
        hub.inject(request -> request.route() == Route.CDN, Integer.MAX_VALUE, new Fault.Cut(0, Fault.Cut.How.STALL));
        UserError failure = assertTimeoutPreemptively(
                Duration.ofMinutes(1),
                () -> only(hasty.run(only("large.bin"), 8)).failure());
        assertNotNull(failure);
        assertEquals(Kind.FAILED, failure.kind());
        hub.releaseStalls();
    }

    @Test
    void aSpeedLimitHolds() throws Exception {
        long started = System.nanoTime();
        download.run(only("sub/middle.bin"), StubDownload.limits(4, 3 * MIB), () -> {});
        double seconds = (System.nanoTime() - started) / 1e9;
        assertTrue(seconds > 0.6, "3 MiB at 3 MiB/s took " + seconds + " s");
    }

    @Test
    void afterAFileThatCannotBeHadTheOthersAreStillFetched() throws Exception {
        hub.inject(request -> request.target().contains("large.bin"), Integer.MAX_VALUE, new Fault.Status(404));
        List<FileResult> results = download.run(FileSelection.ALL, 8);
        assertEquals(5, results.size());
        for (FileResult result : results) {
            if (result.file().path().equals("large.bin")) assertNotNull(result.failure());
            else assertTrue(Files.exists(download.file(result.file().path())), result.toString());
        }
    }

    private static FileSelection only(String name) {
        return new FileSelection(Set.of(name), List.of(), List.of());
    }

    private static FileResult only(List<FileResult> results) {
        assertEquals(1, results.size());
        return results.get(0);
    }
}
