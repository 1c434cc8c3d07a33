package dev.hubswarm.hub.cache;

import dev.hubswarm.base.ContentDigest;
import dev.hubswarm.hub.origin.HubFile;
import dev.hubswarm.storage.HashPool;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongConsumer;

/**
 * Whether content is what its name says, which no other program checks. Immutable.
 *
 * @param checked how many files were compared
 * @param damaged path → what is wrong
 * @param unknown files for which nothing tells a digest
 */
public record CacheCheck(int checked, long bytes, Map<Path, String> damaged, List<Path> unknown) {
    private static final int BUFFER = 1 << 20;

    public CacheCheck {
        damaged = Map.copyOf(damaged);
        unknown = List.copyOf(unknown);
    }

    /**
     * Hashes each content once.
     *
     * @param hashed told how many bytes more were hashed, on any thread
     */
    public static CacheCheck of(Collection<CacheScan.Repo> repos, HashPool pool, LongConsumer hashed)
            throws InterruptedException {
        Map<Path, ContentDigest> expected = new TreeMap<>();
        Map<Path, Long> unknown = new TreeMap<>();
        for (CacheScan.Repo repo : repos) {
            for (CacheScan.Snapshot snapshot : repo.snapshots()) collect(repo, snapshot, expected, unknown);
        }
        Map<Path, String> damaged = new ConcurrentSkipListMap<>();
        AtomicBoolean stopped = new AtomicBoolean();
        long[] sizes = new long[1];
        CountDownLatch left = new CountDownLatch(expected.size());
        expected.forEach((blob, digest) -> {
            sizes[0] += blob.toFile().length();
            pool.execute(() -> {
                try {
                    if (!matches(blob, digest, hashed, stopped)) damaged.put(blob, "is not what its name says");
                } catch (IOException e) {
                    damaged.put(blob, "cannot be read: " + e.getMessage());
                } finally {
                    left.countDown();
                }
            });
        });
        try {
            left.await();
        } finally {
            stopped.set(true);
        }
        return new CacheCheck(expected.size(), sizes[0], damaged, List.copyOf(unknown.keySet()));
    }

    private static void collect(
            CacheScan.Repo repo,
            CacheScan.Snapshot snapshot,
            Map<Path, ContentDigest> expected,
            Map<Path, Long> unknown) {
        // Only needed where files are not links to blobs, whose names are digests.
        Map<String, ContentDigest> listed = new TreeMap<>();
        if (snapshot.files().stream().anyMatch(file -> file.blob().equals(file.file()))) {
            Path tree = repo.folder().resolve("trees").resolve(snapshot.commit() + ".json");
            List<HubFile> files = TreeFile.read(tree);
            if (files != null) files.forEach(file -> listed.put(file.path(), file.digest()));
        }
        for (CacheScan.Entry file : snapshot.files()) {
            String name = CacheScanner.name(file.blob());
            boolean isBlob = !file.blob().equals(file.file()) && ContentDigest.isDigest(name);
            ContentDigest digest = isBlob ? ContentDigest.of(name) : listed.get(file.path());
            if (digest != null) expected.put(file.blob(), digest);
            else unknown.put(file.blob(), file.size());
        }
    }

    private static boolean matches(Path blob, ContentDigest digest, LongConsumer hashed, AtomicBoolean stopped)
            throws IOException {
        MessageDigest running = digest.kind().begin(Files.size(blob));
        byte[] buffer = new byte[BUFFER];
        try (InputStream in = Files.newInputStream(blob)) {
            for (int got = in.read(buffer); got >= 0; got = in.read(buffer)) {
                if (stopped.get()) return true;
                running.update(buffer, 0, got);
                hashed.accept(got);
            }
        }
        return digest.matches(running.digest());
    }
}
