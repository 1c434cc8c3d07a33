package dev.hubswarm.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.hubstub.HubStub;
import dev.hubswarm.hubstub.StubContent;
import dev.hubswarm.hubstub.StubRepo;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Disks that fail, fill up, or turn read-only under a download. */
@Tag("e2e")
final class PrefetchDiskTest {
    private static final int POINTS = Integer.getInteger("hubswarm.faults", 1);
    private static final int MIB = 1 << 20;

    @TempDir
    private Path folder;

    private HubStub hub;

    @BeforeEach
    void start() {
        hub = HubStub.builder().start();
    }

    @AfterEach
    void stop() {
        hub.close();
    }

    private Prefetch prefetch(StubRepo repo, Path cache) {
        hub.put(repo);
        return new Prefetch(hub, repo, cache, folder.resolve("state"));
    }

    private static StubRepo repo() {
        StubRepo.Builder repo = StubRepo.model("org/model").git("config.json", "{}");
        for (int i = 0; i < 10; i++) repo.xet("small/" + i, StubContent.generated(i, 20_000 + i));
        return repo.xet("large", StubContent.generated(99, 20 * MIB + 1)).build();
    }

    /** Some calls have another way out, and then all must be right. */
    @ParameterizedTest
    @CsvSource({
        "pwrite64,EIO,30,1",
        "pwrite64,ENOSPC,30,6",
        "fdatasync,EIO,2,1",
        "fsync,EIO,12,1",
        "link,EIO,11,1",
        "link,ENOSPC,11,6",
        "symlink,EIO,11,1",
        "symlink,ENOSPC,11,6",
        "rename,EIO,2,1",
        "rename,ENOSPC,2,6",
        "mkdir,ENOSPC,6,6",
        "unlink,EIO,11,1"
    })
    void whateverFailsNothingWrongIsPublishedAndTheNextRunCompletes(String call, String error, int most, int code)
            throws Exception {
        Random random = new Random(call.hashCode() + error.hashCode());
        for (int point = 0; point < Math.min(POINTS, most); point++) {
            String fault = call + ":error=" + error + ":when=" + (1 + random.nextInt(most));
            Prefetch prefetch = prefetch(repo(), folder.resolve("cache" + point));
            Path trace = folder.resolve("trace");
            List<String> command = new ArrayList<>(List.of("strace", "-f", "--seccomp-bpf", "-o", trace.toString()));
            command.addAll(List.of("-e", "trace=" + call, "-e", "inject=" + fault));
            // Slow enough for a batch to be forced in between.
            boolean batch = call.equals("fdatasync");
            ProcessBuilder program = prefetch.start("--jobs", 4, "--download-limit", batch ? "6MiB" : "1GiB");
            command.addAll(program.command());
            Ran ran = Ran.of(program.command(command)).saysNoStack();
            boolean hit = Files.readString(trace).contains("(INJECTED)");
            assertTrue(ran.exit() == 0 || ran.exit() == code, () -> fault + ": " + ran);
            assertTrue(hit || ran.exit() == 0, () -> fault + ": " + ran);
            prefetch.assertNoWrongBlob(fault);
            if (ran.exit() == 0) prefetch.assertFilesRight();
            else ran.says("hubswarm: ");
            prefetch.run().exits(0);
            // Where a link fails, the file takes its place, as it does where there are no links.
            if (call.equals("symlink")) prefetch.assertFilesRight();
            else prefetch.assertComplete();
            Trees.delete(prefetch.cache());
        }
    }

    @Test
    void aDiskThatTurnsReadOnlyIsToldAboutOnce() throws Exception {
        StubRepo repo = repo();
        Path image = folder.resolve("image");
        Prefetch prefetch = prefetch(repo, folder.resolve("disk/cache"));
        try (Mounted disk = Mounted.ext4(folder.resolve("disk"), image, 200L * MIB)) {
            Path err = folder.resolve("err");
            Process program = prefetch.start("--quiet", "--download-limit", "10MiB")
                    .redirectError(err.toFile())
                    .start();
            while (hub.totals().bodyBytes() < 4 * MIB) assertFalse(program.waitFor(1, TimeUnit.MILLISECONDS));
            disk.breakDown();
            assertTrue(program.waitFor(60, TimeUnit.SECONDS));
            String said = Files.readString(err);
            assertTrue(List.of(1, 4).contains(program.exitValue()), said);
            long told = said.lines().filter(line -> line.contains("disk")).count();
            assertEquals(1, told, said);
            assertFalse(said.contains("Exception"), said);
        }
        try (Mounted disk = Mounted.ext4(folder.resolve("disk"), image, 0)) {
            prefetch.assertNoWrongBlob(disk);
            prefetch.run().exits(0);
            prefetch.assertComplete();
        }
    }
}
