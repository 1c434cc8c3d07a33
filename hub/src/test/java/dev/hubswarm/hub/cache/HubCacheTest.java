package dev.hubswarm.hub.cache;

import static dev.hubswarm.hub.cache.Filled.COMMIT;
import static dev.hubswarm.hub.cache.Filled.OTHER_COMMIT;
import static dev.hubswarm.hub.cache.Filled.bytes;
import static dev.hubswarm.hub.cache.Filled.digest;
import static dev.hubswarm.hub.cache.Filled.filled;
import static dev.hubswarm.hub.cache.Filled.put;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.base.ContentDigest;
import dev.hubswarm.base.ContentDigest.Kind;
import dev.hubswarm.base.UserError;
import dev.hubswarm.hub.origin.HubFile;
import dev.hubswarm.hub.request.RepoRef;
import dev.hubswarm.hub.request.RepoType;
import dev.hubswarm.hub.request.Revision;
import dev.hubswarm.storage.HashPool;
import dev.hubswarm.storage.PartFile;
import dev.hubswarm.storage.PartHeader;
import dev.hubswarm.testkit.LeakCheck;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(LeakCheck.class)
final class HubCacheTest {
    private static final RepoRef REPO = new RepoRef(RepoType.MODEL, "org/name");
    private static final byte[] CONFIG = bytes("{}\n");
    private static final ContentDigest CONFIG_DIGEST = digest(Kind.GIT_SHA1, CONFIG);
    private static final byte[] WEIGHTS = bytes("weights");
    private static final ContentDigest WEIGHTS_DIGEST = digest(Kind.SHA256, WEIGHTS);

    @TempDir
    Path temporary;

    private Path root;
    private Path folder;
    private HubCache cache;
    private RepoCache repo;

    @BeforeEach
    void makeCache() throws IOException {
        root = temporary.resolve("hub");
        folder = root.resolve("models--org--name");
        cache = cache(true);
        repo = cache.repo(REPO);
    }

    private HubCache cache(boolean symlinks) {
        return new HubCache(root, temporary.resolve("resume"), symlinks);
    }

    private void fill() throws UserError {
        put(repo, COMMIT, "config.json", CONFIG_DIGEST, CONFIG);
        put(repo, COMMIT, "a/b/weights.bin", WEIGHTS_DIGEST, WEIGHTS);
        repo.writeRef(Revision.MAIN, COMMIT);
    }

    /** Path → content, or "-> target" for links. */
    private static Map<String, String> tree(Path root) throws IOException {
        Map<String, String> found = new TreeMap<>();
        Files.walkFileTree(root, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                String content = attributes.isSymbolicLink()
                        ? "-> " + Files.readSymbolicLink(file)
                        : Files.readString(file, StandardCharsets.UTF_8);
                found.put(root.relativize(file).toString(), content);
                return FileVisitResult.CONTINUE;
            }
        });
        found.remove("CACHEDIR.TAG");
        return found;
    }

    @Test
    void filesAreLaidOutAsHuggingFaceDoes() throws Exception {
        fill();
        assertEquals(
                Map.of(
                        "models--org--name/blobs/" + CONFIG_DIGEST,
                        "{}\n",
                        "models--org--name/blobs/" + WEIGHTS_DIGEST,
                        "weights",
                        "models--org--name/refs/main",
                        COMMIT,
                        "models--org--name/snapshots/" + COMMIT + "/config.json",
                        "-> ../../blobs/" + CONFIG_DIGEST,
                        "models--org--name/snapshots/" + COMMIT + "/a/b/weights.bin",
                        "-> ../../../../blobs/" + WEIGHTS_DIGEST),
                tree(root));
        Path file = repo.file(COMMIT, "a/b/weights.bin");
        assertNotNull(file);
        assertArrayEquals(WEIGHTS, Files.readAllBytes(file));
        assertNull(repo.file(OTHER_COMMIT, "config.json"));
        assertTrue(repo.hasBlob(WEIGHTS_DIGEST, WEIGHTS.length));
        assertFalse(repo.hasBlob(WEIGHTS_DIGEST, 3));
        assertTrue(Files.readString(root.resolve("CACHEDIR.TAG"))
                .startsWith("Signature: 8a477f597d28d172789f06886806bc55\n# "));
    }

    @Test
    void everythingCanBeDoneTwice() throws Exception {
        fill();
        Map<String, String> once = tree(root);
        fill();
        assertEquals(once, tree(root));
    }

    @Test
    void withoutLinksNewFilesAreMovedAndOthersCopied() throws Exception {
        repo = cache(false).repo(REPO);
        fill();
        repo.link(COMMIT, "copy.json", CONFIG_DIGEST);
        String snapshot = "models--org--name/snapshots/" + COMMIT + "/";
        Map<String, String> expected = new TreeMap<>(Map.of(
                snapshot + "config.json",
                "{}\n",
                snapshot + "copy.json",
                "{}\n",
                snapshot + "a/b/weights.bin",
                "weights",
                "models--org--name/refs/main",
                COMMIT));
        assertEquals(expected, tree(root));

        Files.write(folder.resolve("blobs").resolve(WEIGHTS_DIGEST.hex()), WEIGHTS);
        cache(false).repo(REPO).link(OTHER_COMMIT, "w", WEIGHTS_DIGEST);
        expected.put("models--org--name/blobs/" + WEIGHTS_DIGEST, "weights");
        expected.put("models--org--name/snapshots/" + OTHER_COMMIT + "/w", "weights");
        assertEquals(expected, tree(root));
    }

    @Test
    void refsAreReadAndWritten() throws Exception {
        fill();
        Revision pull = new Revision("refs/pr/1");
        assertNull(repo.readRef(pull));
        repo.writeRef(pull, OTHER_COMMIT);
        assertEquals(OTHER_COMMIT, repo.readRef(pull));
        assertEquals(OTHER_COMMIT, Files.readString(folder.resolve("refs/refs/pr/1")));
        assertTrue(Files.isDirectory(folder.resolve("snapshots").resolve(OTHER_COMMIT)));
        repo.writeRef(new Revision(COMMIT), COMMIT);
        assertFalse(Files.exists(folder.resolve("refs").resolve(COMMIT)));
        assertEquals(COMMIT, repo.readRef(new Revision(COMMIT)));
        Files.writeString(folder.resolve("refs/broken"), "main");
        assertNull(repo.readRef(new Revision("broken")));
        repo.writeRef(Revision.MAIN, OTHER_COMMIT);
        assertEquals(OTHER_COMMIT, repo.readRef(Revision.MAIN));
    }

    @Test
    void missingFilesAreNoted() throws Exception {
        assertFalse(repo.isKnownMissing(COMMIT, "a/tokenizer.json"));
        repo.noExist(COMMIT, "a/tokenizer.json");
        repo.noExist(COMMIT, "a/tokenizer.json");
        assertTrue(repo.isKnownMissing(COMMIT, "a/tokenizer.json"));
        assertEquals(0, Files.size(folder.resolve(".no_exist").resolve(COMMIT).resolve("a/tokenizer.json")));
    }

    @Test
    void theListingIsWhatPythonWrites() throws Exception {
        List<HubFile> files = List.of(
                new HubFile("z\uD83D\uDE00", 7, WEIGHTS_DIGEST, CONFIG_DIGEST.hex()),
                new HubFile("z\uFF5Eé\"", 3, CONFIG_DIGEST, CONFIG_DIGEST.hex()),
                new HubFile("a/b", 3, CONFIG_DIGEST, CONFIG_DIGEST.hex()));
        repo.writeTree(COMMIT, files);
        String oid = CONFIG_DIGEST.hex();
        String expected = "{\n \"format_version\": 1,\n \"files\": {\n"
                + "  \"a/b\": {\n   \"size\": 3,\n   \"blob_id\": \"" + oid + "\"\n  },\n"
                + "  \"z\\uff5e\\u00e9\\\"\": {\n   \"size\": 3,\n   \"blob_id\": \"" + oid + "\"\n  },\n"
                + "  \"z\\ud83d\\ude00\": {\n   \"size\": 7,\n   \"blob_id\": \"" + oid + "\",\n   \"lfs_sha256\": \""
                + WEIGHTS_DIGEST + "\",\n   \"lfs_size\": 7\n  }\n }\n}";
        Path tree = folder.resolve("trees").resolve(COMMIT + ".json");
        assertEquals(expected, Files.readString(tree));
        assertEquals(List.of(files.get(2), files.get(1), files.get(0)), repo.readTree(COMMIT));

        repo.writeTree(COMMIT, List.of());
        assertEquals("{\n \"format_version\": 1,\n \"files\": {}\n}", Files.readString(tree));
        assertEquals(List.of(), repo.readTree(COMMIT));
        for (String bad : List.of("", "[]", "{\"format_version\": 2, \"files\": {}}", expected.substring(0, 90))) {
            Files.writeString(tree, bad);
            assertNull(repo.readTree(COMMIT), bad);
        }
        Files.writeString(
                tree,
                "{\"files\": {\"x\": {\"xet_hash\": \"q\", \"new\": [1], \"lfs_sha256\": null, \"size\": 3, \"blob_id\": \""
                        + oid + "\"}}, \"format_version\": 1, \"more\": {}}");
        assertEquals(List.of(new HubFile("x", 3, CONFIG_DIGEST, oid)), repo.readTree(COMMIT));
    }

    @Test
    void aBlobInTheSharedStoreIsAccepted() throws Exception {
        String xet = "ab".repeat(32);
        Path store = Files.createDirectories(root.resolve("blobs/ab"));
        Files.writeString(root.resolve("blobs/.huggingface-shared-blobs"), "1\n");
        Files.write(store.resolve(xet), WEIGHTS);
        Path blobs = Files.createDirectories(folder.resolve("blobs"));
        Files.createSymbolicLink(blobs.resolve(WEIGHTS_DIGEST.hex()), Path.of("../../blobs/ab", xet));
        assertTrue(repo.hasBlob(WEIGHTS_DIGEST, WEIGHTS.length));
        repo.link(COMMIT, "w", WEIGHTS_DIGEST);
        assertNotNull(repo.file(COMMIT, "w"));
        CacheScan scan = cache.scan();
        assertEquals(List.of(), scan.warnings());
        assertEquals(WEIGHTS.length, scan.size());
        assertEquals(List.of(), cache.garbage(scan, Instant.now().plus(Duration.ofDays(2))));
    }

    @Test
    void aBlobThatLeadsOutOfTheCacheIsNotRead() throws Exception {
        Path outside = Files.write(temporary.resolve("outside"), WEIGHTS);
        Path blob = Files.createDirectories(folder.resolve("blobs")).resolve(WEIGHTS_DIGEST.hex());
        Files.createSymbolicLink(blob, outside);
        assertFalse(repo.hasBlob(WEIGHTS_DIGEST, WEIGHTS.length));
        repo.link(COMMIT, "w", WEIGHTS_DIGEST);
        assertNull(repo.file(COMMIT, "w"));
        put(repo, COMMIT, "w", WEIGHTS_DIGEST, WEIGHTS);
        assertTrue(Files.isRegularFile(blob, LinkOption.NOFOLLOW_LINKS));
        assertNotNull(repo.file(COMMIT, "w"));
        assertTrue(Files.exists(outside));
    }

    @Test
    void aPlantedFolderLinkIsNotFollowed() throws Exception {
        Path outside = Files.createDirectory(temporary.resolve("outside"));
        Path snapshot = Files.createDirectories(repo.snapshot(COMMIT));
        Files.createSymbolicLink(snapshot.resolve("sub"), outside);
        assertThrows(UserError.class, () -> put(repo, COMMIT, "sub/config.json", CONFIG_DIGEST, CONFIG));
        assertEquals(List.of(), CacheScanner.list(outside));
    }

    @Test
    void aRepositoryOrCacheThatWasMovedElsewhereIsAccepted() throws Exception {
        fill();
        Path elsewhere = temporary.resolve("elsewhere");
        Files.move(folder, elsewhere);
        Files.createSymbolicLink(folder, elsewhere);
        assertNotNull(cache(true).repo(REPO).file(COMMIT, "config.json"));
        Path alias = Files.createSymbolicLink(temporary.resolve("alias"), root);
        RepoCache other =
                new HubCache(alias, temporary.resolve("resume"), true).repo(new RepoRef(RepoType.DATASET, "old-style"));
        put(other, COMMIT, "config.json", CONFIG_DIGEST, CONFIG);
        assertNotNull(other.file(COMMIT, "config.json"));
    }

    @Test
    void aBlobOfTheWrongSizeOrALinkToNothingIsReplaced() throws Exception {
        Path blobs = Files.createDirectories(folder.resolve("blobs"));
        Files.writeString(blobs.resolve(WEIGHTS_DIGEST.hex()), "half");
        Files.createSymbolicLink(blobs.resolve(CONFIG_DIGEST.hex()), Path.of("../../gone"));
        fill();
        assertArrayEquals(WEIGHTS, Files.readAllBytes(blobs.resolve(WEIGHTS_DIGEST.hex())));
        assertArrayEquals(CONFIG, Files.readAllBytes(blobs.resolve(CONFIG_DIGEST.hex())));
    }

    @Test
    void theScanTellsWhatIsThere() throws Exception {
        fill();
        repo.link(OTHER_COMMIT, "weights.bin", WEIGHTS_DIGEST);
        Files.createDirectories(root.resolve(".locks"));
        Files.createDirectories(root.resolve("something"));
        Files.createDirectories(root.resolve("spaces--no-snapshots"));
        RepoCache second = cache.repo(new RepoRef(RepoType.DATASET, "plain"));
        put(second, COMMIT, "w", WEIGHTS_DIGEST, WEIGHTS);
        Files.createSymbolicLink(second.snapshot(COMMIT).resolve("broken"), Path.of("../../blobs/gone"));

        CacheScan scan = cache.scan();
        assertEquals(1, scan.repos().size());
        CacheScan.Repo found = scan.repos().get(0);
        assertEquals(REPO, found.repo());
        assertEquals(CONFIG.length + WEIGHTS.length, found.size());
        assertEquals(scan.size(), found.size());
        Map<String, String> snapshots = found.snapshots().stream()
                .collect(Collectors.toMap(
                        CacheScan.Snapshot::commit, snapshot -> snapshot.refs() + " " + snapshot.size()));
        assertEquals(Map.of(COMMIT, "[main] 10", OTHER_COMMIT, "[] 7"), snapshots);
        assertEquals(3, scan.warnings().size(), scan.warnings().toString());
        assertThrows(UserError.class, () -> new HubCache(root.resolve("gone"), root, true).scan());
    }

    @Test
    void aRefWithoutItsSnapshotIsWarnedOf() throws Exception {
        fill();
        Files.writeString(folder.resolve("refs/v1"), OTHER_COMMIT);
        CacheScan scan = cache.scan();
        assertEquals(List.of(), scan.repos());
        assertEquals(1, scan.warnings().size());
    }

    @Test
    void damagedContentIsFound() throws Exception {
        fill();
        try (HashPool pool = new HashPool(2)) {
            CacheCheck good = CacheCheck.of(cache.scan().repos(), pool, bytes -> {});
            assertEquals(new CacheCheck(2, 10, Map.of(), List.of()), good);
            Path blob = folder.resolve("blobs").resolve(WEIGHTS_DIGEST.hex());
            Files.writeString(blob, "Weights");
            CacheCheck bad = CacheCheck.of(cache.scan().repos(), pool, bytes -> {});
            assertEquals(Map.of(blob, "is not what its name says"), bad.damaged());
        }
    }

    @Test
    void withoutLinksTheListingTellsTheDigests() throws Exception {
        repo = cache(false).repo(REPO);
        fill();
        repo.writeTree(COMMIT, List.of(new HubFile("config.json", 3, CONFIG_DIGEST, CONFIG_DIGEST.hex())));
        Path config = repo.snapshot(COMMIT).resolve("config.json");
        Files.writeString(config, "{ }");
        try (HashPool pool = new HashPool(1)) {
            CacheCheck check = CacheCheck.of(cache.scan().repos(), pool, bytes -> {});
            assertEquals(java.util.Set.of(config), check.damaged().keySet());
            assertEquals(List.of(repo.snapshot(COMMIT).resolve("a/b/weights.bin")), check.unknown());
        }
    }

    @Test
    void onlyOldThingsThatNobodyNeedsAreRemoved() throws Exception {
        fill();
        Path blobs = folder.resolve("blobs");
        Path unused = Files.writeString(blobs.resolve("12".repeat(32)), "x");
        Path incomplete = Files.writeString(blobs.resolve("12".repeat(32) + ".1234abcd.incomplete"), "xy");
        Path lost = Files.writeString(blobs.resolve("ab".repeat(32) + ".0123456789abcdef.hubswarm-part"), "xyz");
        Path foreign = Files.writeString(blobs.resolve("12.sync.part"), "x");
        byte[] big = new byte[1 << 19];
        ContentDigest bigDigest = digest(Kind.SHA256, big);
        PartFile kept = filled(repo.begin(new PartHeader(bigDigest, big.length, 1 << 18, "big")), big);
        kept.close();
        assertEquals(List.of(), cache.garbage(cache.scan(), Instant.now()));

        Instant tomorrow = Instant.now().plus(Duration.ofHours(25));
        List<CacheGarbage> garbage = cache.garbage(cache.scan(), tomorrow);
        assertEquals(
                Map.of(
                        unused, CacheGarbage.Reason.UNREFERENCED,
                        incomplete, CacheGarbage.Reason.INCOMPLETE,
                        lost, CacheGarbage.Reason.LOST_PART),
                garbage.stream().collect(Collectors.toMap(CacheGarbage::path, CacheGarbage::reason)));
        assertEquals(6, garbage.stream().mapToLong(CacheGarbage::size).sum());

        Files.createSymbolicLink(
                repo.snapshot(COMMIT).resolve("linked-meanwhile"), Path.of("../../blobs", "12".repeat(32)));
        for (CacheGarbage one : garbage) assertEquals(!one.path().equals(unused), cache.remove(one));
        Files.delete(repo.snapshot(COMMIT).resolve("linked-meanwhile"));
        for (CacheGarbage one : cache.garbage(cache.scan(), tomorrow)) assertTrue(cache.remove(one));
        assertFalse(Files.exists(unused));
        assertTrue(Files.exists(foreign));
        assertEquals(List.of(), cache.scan().warnings());
        assertEquals(4, CacheScanner.list(blobs).size(), "two blobs, the part that can go on, the foreign file");
    }
}
