package dev.hubswarm.agent.accelerator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hubswarm.hub.download.FileSelection;
import dev.hubswarm.hubstub.Fault;
import dev.hubswarm.hubstub.HubStub;
import dev.hubswarm.hubstub.Route;
import dev.hubswarm.hubstub.StubContent;
import dev.hubswarm.hubstub.StubRepo;
import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Downloads that are interrupted, or whose server goes away, leave nothing open. */
@Tag("e2e")
@Timeout(value = 5, unit = TimeUnit.MINUTES)
final class InterruptionTest {
    private static final int INTERRUPTIONS = 200;
    private static final int MIB = 1 << 20;
    private static final Path DESCRIPTORS = Path.of("/proc/self/fd");

    @TempDir
    private Path folder;

    /** What a process holds. */
    private record Held(long descriptors, int threads, long directBytes) {
        static Held now() throws IOException {
            // Direct buffers are freed by the collector, in the end.
            for (int i = 0; i < 5; i++) System.gc();
            try (Stream<Path> descriptors = Files.list(DESCRIPTORS)) {
                long direct = ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                        .mapToLong(BufferPoolMXBean::getMemoryUsed)
                        .sum();
                int threads = (int) Thread.getAllStackTraces().keySet().stream()
                        .filter(thread -> thread.getName().startsWith("hubswarm-")
                                && !thread.getName().startsWith("hubswarm-hubstub"))
                        .count();
                return new Held(descriptors.count(), threads, direct);
            }
        }
    }

    @Test
    void nothingStaysOpenWhereverItEnds() throws Exception {
        assumeTrue(Files.isDirectory(DESCRIPTORS));
        Random random = new Random(46);
        try (HubStub hub = HubStub.builder().reader("hf_reader").sumsOnly().start()) {
            hub.put(StubRepo.model("org/model")
                    .xet("large.bin", StubContent.generated(1, 16L * MIB))
                    .xet("middle.bin", StubContent.generated(2, 3L * MIB))
                    .xet("small.bin", StubContent.generated(3, 1000))
                    .build());
            // What is made once, such as the stub's own buffers.
            for (int i = 0; i < 10; i++) interrupted(hub, random);
            Held before = Held.now();
            int ended = 0;
            for (int i = 0; i < INTERRUPTIONS; i++) if (interrupted(hub, random)) ended++;
            Held after = Held.now();
            // The collector's helper frees them some time after a collection, and threads take a moment to end; what
            // is leaked stays.
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
            while ((after.threads > 0 || after.directBytes > before.directBytes + 20 * MIB)
                    && System.nanoTime() < deadline) after = Held.now();
            String told = before + ", then " + after + "; " + ended + " interrupted";
            assertTrue(ended > INTERRUPTIONS / 4, told);
            assertEquals(0, after.threads, told);
            // The stub may not yet have noticed that the last connections are closed.
            assertTrue(after.descriptors <= before.descriptors + 20, told);
            assertTrue(after.directBytes <= before.directBytes + 20 * MIB, told);
        }
    }

    /** Whether it was, rather than the server. */
    private boolean interrupted(HubStub hub, Random random) throws Exception {
        StubDownload download = new StubDownload(hub, folder, Duration.ofSeconds(1));
        Thread main = Thread.currentThread();
        boolean serverLeaves = random.nextInt(4) == 0;
        long where = random.nextInt(19 * MIB);
        if (serverLeaves)
            hub.inject(
                    request -> request.route() == Route.CDN,
                    3,
                    new Fault.Cut(where / 4, random.nextBoolean() ? Fault.Cut.How.RST : Fault.Cut.How.FIN));
        AtomicBoolean once = new AtomicBoolean();
        try {
            download.run(FileSelection.ALL, StubDownload.limits(1 + random.nextInt(16), 0), () -> {
                if (!serverLeaves && download.fetched.get() > where && once.compareAndSet(false, true))
                    main.interrupt();
            });
            // It may have come after the end.
            return Thread.interrupted();
        } catch (InterruptedException e) {
            return true;
        } finally {
            hub.clearFaults();
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file : files.filter(Files::isRegularFile).toList()) Files.delete(file);
            }
        }
    }
}
