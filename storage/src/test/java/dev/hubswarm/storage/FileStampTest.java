package dev.hubswarm.storage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FileStampTest {
    @TempDir
    Path folder;

    @Test
    void aFileLeftAloneKeepsItsStamp() throws IOException {
        Path file = Files.write(folder.resolve("a"), new byte[3]);
        assertEquals(FileStamp.of(file), FileStamp.of(file));
    }

    @Test
    void aReplacementOfEqualSizeAndTimeHasAnotherStamp() throws IOException {
        Path file = Files.write(folder.resolve("a"), new byte[3]);
        FileStamp before = FileStamp.of(file);
        FileTime time = Files.getLastModifiedTime(file);
        Path other = Files.write(folder.resolve("b"), new byte[] {1, 2, 3});
        Files.setLastModifiedTime(other, time);
        Files.move(other, file, StandardCopyOption.REPLACE_EXISTING);
        assertNotEquals(before, FileStamp.of(file));
    }

    @Test
    void anEditWithTheTimeSetBackHasAnotherStamp() throws IOException {
        Path file = Files.write(folder.resolve("a"), new byte[3]);
        Files.setLastModifiedTime(file, FileTime.fromMillis(1_000_000));
        FileStamp before = FileStamp.of(file);
        Files.write(file, new byte[] {1, 2, 3});
        Files.setLastModifiedTime(file, FileTime.fromMillis(1_000_000));
        assertNotEquals(before, FileStamp.of(file));
    }
}
