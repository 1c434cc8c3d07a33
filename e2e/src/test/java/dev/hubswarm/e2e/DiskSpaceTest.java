package dev.hubswarm.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.hubstub.HubStub;
import dev.hubswarm.hubstub.Route;
import dev.hubswarm.hubstub.StubContent;
import dev.hubswarm.hubstub.StubRepo;
import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Requests for more than a disk has room for. */
@Tag("e2e")
final class DiskSpaceTest {
    private static final int REQUESTS = Boolean.getBoolean("hubswarm.long") ? 50 : 15;
    private static final int MIB = 1 << 20;

    @TempDir
    private Path folder;

    @Test
    void whatDoesNotFitIsNotBegun() throws Exception {
        StubRepo.Builder files = StubRepo.model("org/model");
        StubContent large = StubContent.generated(1, 40 * MIB);
        for (int i = 0; i < REQUESTS; i++) files.xet("file" + i, large);
        StubRepo repo = files.xet("fits", StubContent.generated(99, 20 * MIB))
                .xet("twice", StubContent.generated(99, 20 * MIB))
                .build();
        ExecutorService programs = Executors.newFixedThreadPool(3);
        try (HubStub hub = HubStub.builder().start();
                Mounted disk = Mounted.tmpfs(folder.resolve("disk"), "32m")) {
            hub.put(repo);
            Prefetch prefetch = new Prefetch(hub, repo, disk.folder().resolve("cache"), folder.resolve("state"));
            File space = disk.folder().toFile();
            long free = space.getUsableSpace();
            List<Future<Ran>> running = new ArrayList<>();
            for (int i = 0; i < REQUESTS; i++) {
                String file = "file" + i;
                running.add(programs.submit(() -> prefetch.run(file)));
            }
            for (Future<Ran> program : running) program.get().exits(6).says("not enough space", "more must be free");
            assertEquals(0, hub.totals().requests(Route.CDN));
            assertEquals(free, space.getUsableSpace());
            // One blob, and room for one only.
            prefetch.run("fits", "twice", "--jobs", 1).exits(0);
            assertTrue(space.getUsableSpace() > free - 21 * MIB, "only the blob is there");
            prefetch.run("fits", "twice").exits(0);
        } finally {
            programs.shutdownNow();
        }
    }
}
