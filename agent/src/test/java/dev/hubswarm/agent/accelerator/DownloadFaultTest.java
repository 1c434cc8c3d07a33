package dev.hubswarm.agent.accelerator;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.base.UserError;
import dev.hubswarm.hub.download.FileSelection;
import dev.hubswarm.hub.origin.OriginClock;
import dev.hubswarm.hub.origin.RateBudget;
import dev.hubswarm.hubstub.Fault;
import dev.hubswarm.hubstub.HubStub;
import dev.hubswarm.hubstub.Route;
import dev.hubswarm.hubstub.StubContent;
import dev.hubswarm.hubstub.StubFile;
import dev.hubswarm.hubstub.StubRepo;
import dev.hubswarm.testkit.LeakCheck;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Timer;
import java.util.TimerTask;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Faults of the Hub, alone and in pairs, anywhere: a file is right or an error says why it is not there, and the next
 * download completes what is left.
 */
@Tag("e2e")
@ExtendWith(LeakCheck.class)
final class DownloadFaultTest {
    private static final int RUNS = Integer.getInteger("hubswarm.fault-runs", 100);
    private static final Duration TIMEOUT = Duration.ofMillis(400);
    private static final int RETRIES = 2;
    private static final int MIB = 1 << 20;
    private static final List<Route> ROUTES =
            List.of(Route.CDN, Route.CDN, Route.CDN, Route.RESOLVE, Route.RESOLVE, Route.TREE, Route.INFO);
    private static final int[] STATUSES = {400, 401, 403, 404, 408, 410, 416, 429, 500, 502, 503, 504};

    private static final StubRepo REPO = StubRepo.model("org/model")
            .git("config.json", "{\"a\": 1}")
            .git("empty", "")
            .xet("small.bin", StubContent.generated(1, 1000))
            .xet("sub/whole.bin", StubContent.generated(2, 300_000))
            .xet("sub/middle.bin", StubContent.generated(3, 2 * MIB + 1))
            .xet("large.bin", StubContent.generated(4, 9 * MIB + 12_345))
            .build();

    @TempDir
    private Path folder;

    private final Timer patience = new Timer(true);
    private HubStub hub;

    @BeforeEach
    void start() {
        hub = HubStub.builder().reader("hf_reader").sumsOnly().start();
        hub.put(REPO);
        // A further try waits a minute for the Hub: this one wakes up earlier.
        patience.schedule(
                new TimerTask() {
                    @Override
                    public void run() {
                        hub.releaseStalls();
                    }
                },
                1000,
                1000);
    }

    @AfterEach
    void stop() {
        patience.cancel();
        hub.close();
    }

    static IntStream seeds() {
        return IntStream.range(0, RUNS);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void aFileIsRightOrAnErrorSaysWhyNot(int seed) throws Exception {
        Random random = new Random(seed);
        List<String> told = new ArrayList<>();
        for (int i = 0; i <= seed % 2; i++) told.add(inject(random));
        String faults = told.toString();
        StubDownload download =
                new StubDownload(hub, folder, TIMEOUT, RETRIES, new RateBudget(new HurriedClock(), new Random(1)));
        int connections = 1 + random.nextInt(8);
        try {
            for (FileResult result : download.run(FileSelection.ALL, connections)) {
                UserError failure = result.failure();
                boolean there = Files.exists(download.file(result.file().path()));
                assertEquals(failure == null, there, () -> faults + ": " + result);
                if (failure != null) assertSaysWhy(failure, faults);
            }
        } catch (UserError e) {
            assertSaysWhy(e, faults);
        }
        for (String path : REPO.files("main").keySet()) {
            if (Files.exists(download.file(path))) assertRight(download, path, faults);
        }
        assertOnlyPartsWithJournals(faults);

        hub.clearFaults();
        hub.releaseStalls();
        for (FileResult result : download.run(FileSelection.ALL, connections))
            assertNull(result.failure(), () -> faults + ", then: " + result);
        for (String path : REPO.files("main").keySet()) assertRight(download, path, faults);
        assertEquals(List.of(), leftovers(".hubswarm-part"), faults);
        assertEquals(List.of(), leftovers(".j"), faults);
    }

    /** Returns what it did. */
    private String inject(Random random) {
        Route route = ROUTES.get(random.nextInt(ROUTES.size()));
        Fault fault = fault(random, route);
        int times = random.nextInt(8) == 0 ? Integer.MAX_VALUE : 1 + random.nextInt(3);
        int skipped = random.nextInt(3);
        Random which = new Random(random.nextLong());
        hub.inject(request -> request.route() == route && which.nextInt(3) >= skipped, times, fault);
        return fault + " at " + route + ", " + times + " times";
    }

    private Fault fault(Random random, Route route) {
        boolean content = route == Route.CDN || route == Route.RESOLVE;
        List<StubFile> files = List.copyOf(REPO.files("main").values());
        long size = content ? files.get(random.nextInt(files.size())).content().size() : 200;
        long offset = random.nextLong(size + 1);
        int bytes = 1 + random.nextInt(1000);
        // What a flipped bit does to a listing, no digest tells.
        return switch (random.nextInt(content ? 14 : 13)) {
            case 0 -> new Fault.Drop();
            case 1 -> new Fault.Cut(offset, Fault.Cut.How.FIN);
            case 2 -> new Fault.Cut(offset, Fault.Cut.How.RST);
            case 3 -> new Fault.Cut(offset, Fault.Cut.How.STALL);
            case 4 -> new Fault.WrongLength(random.nextBoolean() ? bytes : -bytes);
            case 5 -> new Fault.WrongRangeStart(random.nextBoolean() ? bytes : -bytes);
            case 6 -> new Fault.IgnoreRange();
            case 7 -> new Fault.Status(STATUSES[random.nextInt(STATUSES.length)]);
            case 8 -> Fault.Status.retryAfter(Duration.ofSeconds(1));
            case 9 -> new Fault.ExpireLinks();
            case 10 -> new Fault.Latency(Duration.ofMillis(random.nextInt(800)));
            case 11 -> new Fault.Gzip();
            case 12 -> new Fault.Redirect(random.nextBoolean() ? "" : hub.cdnEndpoint() + "/nowhere");
            default -> new Fault.Corrupt(offset);
        };
    }

    private static void assertSaysWhy(UserError failure, String faults) {
        String message = String.valueOf(failure.getMessage());
        assertTrue(message.matches("(?s)[A-Z].+\\. [A-Z`].+[.:].*"), () -> faults + ": " + message);
        assertFalse(message.contains("Exception") || message.contains("null"), () -> faults + ": " + message);
    }

    private static void assertRight(StubDownload download, String path, String faults) throws IOException {
        byte[] there = Files.readAllBytes(download.file(path));
        assertArrayEquals(REPO.file("main", path).content().bytes(), there, faults + ": " + path);
    }

    private void assertOnlyPartsWithJournals(String faults) throws IOException {
        assertEquals(leftovers(".hubswarm-part"), leftovers(".j"), faults);
    }

    /** The names of such files, without how they end. */
    private List<String> leftovers(String suffix) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            return all.map(path -> path.getFileName().toString())
                    .filter(name -> name.endsWith(suffix))
                    .map(name -> name.substring(0, name.length() - suffix.length()))
                    .sorted()
                    .toList();
        }
    }

    /** Time that passes only while somebody sleeps, which takes none. Thread-safe. */
    private static final class HurriedClock implements OriginClock {
        private final AtomicLong nanos = new AtomicLong();

        @Override
        public long nanoTime() {
            return nanos.get();
        }

        @Override
        public Instant instant() {
            return Instant.EPOCH.plusNanos(nanos.get());
        }

        @Override
        public void sleep(long forNanos) {
            nanos.addAndGet(forNanos);
        }
    }
}
