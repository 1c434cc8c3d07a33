package dev.hubswarm.hub.cache;

import static dev.hubswarm.hub.cache.Filled.COMMIT;
import static dev.hubswarm.hub.cache.Filled.OTHER_COMMIT;
import static dev.hubswarm.hub.cache.Filled.bytes;
import static dev.hubswarm.hub.cache.Filled.digest;
import static dev.hubswarm.hub.cache.Filled.filled;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.base.ContentDigest;
import dev.hubswarm.base.ContentDigest.Kind;
import dev.hubswarm.base.UserError;
import dev.hubswarm.hub.origin.HubFile;
import dev.hubswarm.storage.PartFile;
import dev.hubswarm.storage.PartHeader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LocalDirTest {
    private static final Instant NOW = Instant.parse("2030-01-02T03:04:05.006007Z");
    private static final byte[] CONTENT = bytes("content");
    private static final ContentDigest DIGEST = digest(Kind.SHA256, CONTENT);

    @TempDir
    Path temporary;

    private Path root;
    private LocalDir folder;

    @BeforeEach
    void makeFolder() {
        root = temporary.resolve("model");
        folder = new LocalDir(root, temporary.resolve("resume"), Clock.fixed(NOW, ZoneOffset.UTC));
    }

    private void put(String path, byte[] content) throws UserError {
        ContentDigest digest = digest(Kind.SHA256, content);
        try (PartFile part = filled(folder.begin(new PartHeader(digest, content.length, 1 << 18, path)), content)) {
            folder.publish(part, path, COMMIT);
        }
        folder.sync();
    }

    @Test
    void filesAndNotesLieWhereHuggingFacePutsThem() throws Exception {
        put("a/b.bin", CONTENT);
        assertArrayEquals(CONTENT, Files.readAllBytes(root.resolve("a/b.bin")));
        Path own = root.resolve(".cache/huggingface");
        assertEquals("*", Files.readString(own.resolve(".gitignore")));
        assertEquals(
                List.of(
                        own.resolve(".gitignore"),
                        own.resolve("CACHEDIR.TAG"),
                        own.resolve("download/a/b.bin.metadata")),
                CacheScanner.filesBelow(own));
        assertEquals(
                COMMIT + "\n" + DIGEST + "\n1893553445.006007\n",
                Files.readString(own.resolve("download/a/b.bin.metadata")));
        assertEquals(new LocalDir.Metadata(COMMIT, DIGEST.hex()), folder.metadata("a/b.bin"));
        folder.writeMetadata("a/b.bin", new LocalDir.Metadata(OTHER_COMMIT, DIGEST.hex()));
        assertEquals(new LocalDir.Metadata(OTHER_COMMIT, DIGEST.hex()), folder.metadata("a/b.bin"));
    }

    @Test
    void notesOfAFileThatWasChangedSinceDoNotCount() throws Exception {
        put("b.bin", CONTENT);
        Path file = folder.file("b.bin");
        Files.setLastModifiedTime(file, FileTime.from(NOW.plusSeconds(1)));
        assertEquals(new LocalDir.Metadata(COMMIT, DIGEST.hex()), folder.metadata("b.bin"));
        Files.setLastModifiedTime(file, FileTime.from(NOW.plusMillis(1_001)));
        assertNull(folder.metadata("b.bin"));
        Files.delete(file);
        assertNull(folder.metadata("b.bin"));
        assertNull(folder.metadata("never"));
    }

    @Test
    void notesThatMakeNoSenseDoNotCount() throws Exception {
        put("b.bin", CONTENT);
        Path note = root.resolve(".cache/huggingface/download/b.bin.metadata");
        for (String bad : List.of("", "a\nb\n", "a\nb\nc\n", "a\nb\n1e99999\n", "a\nb\nNaN\n")) {
            Files.writeString(note, bad);
            assertNull(folder.metadata("b.bin"), bad);
        }
    }

    @Test
    void anOldFileGivesWay() throws Exception {
        put("b.bin", bytes("old"));
        put("b.bin", CONTENT);
        assertArrayEquals(CONTENT, Files.readAllBytes(folder.file("b.bin")));
        assertEquals(new LocalDir.Metadata(COMMIT, DIGEST.hex()), folder.metadata("b.bin"));
    }

    @Test
    void aCachedFileIsCopiedIfItIsWhatItShouldBe() throws Exception {
        Path cached = Files.write(temporary.resolve("cached"), CONTENT);
        assertTrue(folder.copy(cached, "x/y", COMMIT, DIGEST));
        assertArrayEquals(CONTENT, Files.readAllBytes(folder.file("x/y")));
        assertEquals(new LocalDir.Metadata(COMMIT, DIGEST.hex()), folder.metadata("x/y"));
        Files.write(cached, bytes("Content"));
        assertFalse(folder.copy(cached, "x/z", COMMIT, DIGEST));
        assertFalse(Files.exists(folder.file("x/z")));
        assertFalse(folder.copy(temporary.resolve("gone"), "x/z", COMMIT, DIGEST));
        assertEquals(
                List.of(),
                CacheScanner.filesBelow(root).stream()
                        .filter(file -> file.toString().endsWith("-part"))
                        .toList());
    }

    @Test
    void theListingIsKept() throws Exception {
        List<HubFile> files = List.of(new HubFile("b.bin", 7, DIGEST, "ab".repeat(20)));
        folder.writeTree(COMMIT, files);
        assertEquals(files, folder.readTree(COMMIT));
        assertTrue(Files.exists(root.resolve(".cache/huggingface/trees/" + COMMIT + ".json")));
        assertNull(folder.readTree(OTHER_COMMIT));
    }

    @Test
    void linksThatLeadOutAreNotFollowed() throws Exception {
        Path outside = Files.createDirectory(temporary.resolve("outside"));
        Files.createDirectory(root);
        Files.createSymbolicLink(root.resolve("sub"), outside);
        assertThrows(UserError.class, () -> put("sub/b.bin", CONTENT));
        Path victim = Files.writeString(outside.resolve("victim"), "mine");
        Files.createSymbolicLink(root.resolve("b.bin"), victim);
        put("b.bin", CONTENT);
        assertEquals("mine", Files.readString(victim));
        assertFalse(Files.isSymbolicLink(root.resolve("b.bin")));
    }
}
