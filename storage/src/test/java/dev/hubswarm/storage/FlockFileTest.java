package dev.hubswarm.storage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@EnabledOnOs(OS.LINUX)
final class FlockFileTest {
    private static final Duration AT_ONCE = Duration.ZERO;

    @TempDir
    Path folder;

    @Test
    void oneHolderAtATimeAndTheFileStays() throws Exception {
        Path file = folder.resolve("a.lock");
        try (FlockFile held = FlockFile.lock(file, AT_ONCE)) {
            assertNotNull(held);
            assertNull(FlockFile.lock(file, Duration.ofMillis(60)));
        }
        try (FlockFile again = FlockFile.lock(file, AT_ONCE)) {
            assertNotNull(again);
        }
        assertTrue(Files.exists(file));
    }

    @Test
    void whereNothingCanBeLockedThereIsNoLock() throws Exception {
        assertNull(FlockFile.lock(folder.resolve("gone/a.lock"), AT_ONCE));
        Path elsewhere = folder.resolve("elsewhere");
        Path link = Files.createSymbolicLink(folder.resolve("link.lock"), elsewhere);
        assertNull(FlockFile.lock(link, AT_ONCE));
        assertTrue(Files.notExists(elsewhere));
    }

    @Test
    void spaceIsTakenAtOnce() throws Exception {
        Path file = Files.createFile(folder.resolve("part"));
        CLibrary.allocate(file, 1 << 20);
        assertEquals(1 << 20, Files.size(file));
    }
}
