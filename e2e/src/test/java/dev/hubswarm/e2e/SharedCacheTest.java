package dev.hubswarm.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.hubswarm.hubstub.HubStub;
import dev.hubswarm.hubstub.StubContent;
import dev.hubswarm.hubstub.StubRepo;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Several programs of several kinds fill one cache at once. */
@Tag("e2e")
final class SharedCacheTest {
    private static final int FILES = 100;
    private static final List<String> OTHERS =
            List.of("python-hub-new", "python-hub-117", "python-hub-036", "python-hub-new");

    @TempDir
    private Path folder;

    @Test
    void eachBlobIsThereOnceAndRight() throws Exception {
        StubRepo.Builder files = StubRepo.model("org/model").git("config.json", "{}");
        for (int i = 2; i < FILES; i++) files.xet("files/" + i, StubContent.generated(i, 100_000 + i));
        StubRepo repo = files.xet("large", StubContent.generated(1, 30 << 20)).build();
        ExecutorService programs = Executors.newCachedThreadPool();
        try (HubStub hub = HubStub.builder().start()) {
            hub.put(repo);
            Prefetch prefetch = new Prefetch(hub, repo, folder.resolve("cache"), folder.resolve("state"));
            Map<String, Object> snapshot =
                    Map.of("repo_id", repo.id(), "cache_dir", prefetch.cache().toString());
            List<Future<Ran>> running = new ArrayList<>();
            for (int i = 0; i < OTHERS.size(); i++) {
                HubPython other =
                        HubPython.of(OTHERS.get(i), folder.resolve("home" + i)).with("HF_ENDPOINT", hub.endpoint());
                running.add(programs.submit(() -> other.run("snapshot", snapshot)));
                running.add(programs.submit(() -> prefetch.run("--quiet")));
            }
            for (Future<Ran> program : running) program.get().exits(0);
            prefetch.assertComplete();
            assertEquals(List.of(), prefetch.leftovers());
            for (String other : OTHERS) {
                HubPython.of(other, folder.resolve("home"))
                        .offline()
                        .run("snapshot", snapshot)
                        .exits(0);
            }
        } finally {
            programs.shutdownNow();
        }
    }
}
