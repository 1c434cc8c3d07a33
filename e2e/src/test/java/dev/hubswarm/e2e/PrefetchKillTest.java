package dev.hubswarm.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.base.ContentDigest;
import dev.hubswarm.hubstub.HubStub;
import dev.hubswarm.hubstub.StubContent;
import dev.hubswarm.hubstub.StubRepo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Kills downloads, and lets the same command go on. */
@Tag("e2e")
final class PrefetchKillTest {
    private static final int KILLS = Integer.getInteger("hubswarm.kills", 50);
    private static final long MIB = 1 << 20;
    private static final int CONNECTIONS = 4;

    /** What is not safe yet, and per connection what is under way to the program. */
    private static final long LOSS = (64 + 8 * CONNECTIONS) * MIB;

    /** So much at most is served before a kill. */
    private static final int MOST = 120;

    @TempDir
    private Path folder;

    private final Set<String> checked = new HashSet<>();

    private static StubRepo repo() {
        StubRepo.Builder repo = StubRepo.model("org/model").git("config.json", "{}");
        for (int i = 0; i < 40; i++) repo.xet("small/" + i, StubContent.generated(i, 20_000 + i));
        for (int i = 0; i < 8; i++) repo.xet("middle/" + i, StubContent.generated(100 + i, 3 * MIB + i));
        for (int i = 0; i < 3; i++) repo.xet("large/" + i, StubContent.generated(200 + i, 150 * MIB + i));
        return repo.build();
    }

    @Test
    void killedAnywhereItGoesOnAndNeverNamesAWrongBlob() throws Exception {
        StubRepo repo = repo();
        long size = repo.files("main").values().stream()
                .mapToLong(file -> file.content().size())
                .sum();
        Random random = new Random(39);
        try (HubStub hub = HubStub.builder().sumsOnly().start()) {
            hub.put(repo);
            int kills = 0;
            int filled = 0;
            while (kills < KILLS) {
                Prefetch prefetch = new Prefetch(hub, repo, folder.resolve("cache" + filled), folder.resolve("state"));
                while (kills < KILLS && isKilled(start(prefetch), hub, random)) {
                    kills++;
                    assertNoWrongBlob(prefetch.cache(), "after " + kills + " kills");
                }
                assertEquals(0, start(prefetch).waitFor());
                prefetch.assertComplete();
                filled++;
                Map<String, Object> snapshot = Map.of(
                        "repo_id", repo.id(), "cache_dir", prefetch.cache().toString());
                HubPython.of("python-hub-036", folder.resolve("home")).offline().call("snapshot", snapshot);
                Trees.delete(prefetch.cache());
            }
            long lost = (hub.totals().bodyBytes() - filled * size) / kills;
            System.out.printf("%d kills, %d caches filled, %d MiB lost at each%n", kills, filled, lost / MIB);
            assertTrue(lost <= LOSS, lost + " bytes were fetched again after each kill");
        }
    }

    private static Process start(Prefetch prefetch) throws IOException {
        return prefetch.start("--jobs", CONNECTIONS, "--quiet")
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    /** Kills it when so much was served, or after some time; false if it has ended before. */
    private static boolean isKilled(Process program, HubStub hub, Random random) throws Exception {
        boolean early = random.nextInt(4) == 0;
        long served = hub.totals().bodyBytes() + random.nextInt(MOST) * MIB;
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(early ? random.nextInt(1200) : 20_000);
        while (hub.totals().bodyBytes() < served && System.nanoTime() < deadline) {
            if (program.waitFor(1, TimeUnit.MILLISECONDS)) return false;
        }
        program.destroyForcibly().waitFor();
        return true;
    }

    /** Hashes what was not seen before. */
    private void assertNoWrongBlob(Path cache, String context) throws IOException {
        Path blobs = cache.resolve("models--org--model/blobs");
        if (!Files.isDirectory(blobs)) return;
        try (Stream<Path> files = Files.list(blobs)) {
            for (Path blob : files.toList()) {
                if (!ContentDigest.isDigest(blob.getFileName().toString())) continue;
                String stamp = blob + " " + Files.getAttribute(blob, "unix:ctime") + Files.getLastModifiedTime(blob);
                if (checked.add(stamp)) assertTrue(Prefetch.isRight(blob), () -> blob + " is wrong " + context);
            }
        }
    }
}
