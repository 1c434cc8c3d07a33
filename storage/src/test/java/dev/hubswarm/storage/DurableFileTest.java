package dev.hubswarm.storage;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DurableFileTest {
    private static final byte[] OLD = {1};
    private static final byte[] NEW = {2, 3};

    @TempDir
    Path folder;

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> String.valueOf(file.getFileName()))
                    .sorted()
                    .toList();
        }
    }

    @Test
    void aNewFileHasItsContentAndNothingElseIsLeft() throws IOException {
        DurableFile.write(folder.resolve("a"), NEW, false);
        assertArrayEquals(NEW, Files.readAllBytes(folder.resolve("a")));
        assertEquals(List.of("a"), names());
    }

    @Test
    void anExistingFileIsReplacedOnlyWhenAsked() throws IOException {
        Path file = Files.write(folder.resolve("a"), OLD);
        assertThrows(FileAlreadyExistsException.class, () -> DurableFile.write(file, NEW, false));
        assertArrayEquals(OLD, Files.readAllBytes(file));
        DurableFile.write(file, NEW, true);
        assertArrayEquals(NEW, Files.readAllBytes(file));
        assertEquals(List.of("a"), names());
    }

    @Test
    void linksAndFoldersAreNeverReplaced() throws IOException {
        Path target = Files.write(folder.resolve("target"), OLD);
        Path link = Files.createSymbolicLink(folder.resolve("link"), target);
        Path inner = Files.createDirectory(folder.resolve("inner"));
        assertThrows(FileAlreadyExistsException.class, () -> DurableFile.write(link, NEW, true));
        assertThrows(FileAlreadyExistsException.class, () -> DurableFile.write(inner, NEW, true));
        assertArrayEquals(OLD, Files.readAllBytes(target));
        assertEquals(List.of("inner", "link", "target"), names());
    }

    @Test
    void aMissingFolderIsReportedAsSuch() {
        Path file = folder.resolve("gone").resolve("a");
        assertThrows(NoSuchFileException.class, () -> DurableFile.write(file, NEW, false));
    }
}
