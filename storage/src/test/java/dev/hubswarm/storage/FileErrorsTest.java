package dev.hubswarm.storage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.base.UserError;
import dev.hubswarm.base.UserError.Kind;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class FileErrorsTest {
    private static final Path PATH = Path.of("some", "file");

    @Test
    void everyKindOfFailureGetsItsKindOfErrorAndNamesThePath() {
        Map<IOException, Kind> reading = Map.of(
                new NoSuchFileException("x"), Kind.NOT_FOUND,
                new AccessDeniedException("x"), Kind.NOT_ALLOWED,
                new IOException("Input/output error"), Kind.FAILED);
        Map<IOException, Kind> writing = Map.of(
                new NoSuchFileException("x"), Kind.NOT_FOUND,
                new AccessDeniedException("x"), Kind.NOT_ALLOWED,
                new FileAlreadyExistsException("x"), Kind.FAILED,
                new IOException("No space left on device"), Kind.NO_SPACE,
                new FileSystemException("x", null, "Disk quota exceeded"), Kind.NO_SPACE,
                new FileSystemException("x", null, "Read-only file system"), Kind.NOT_ALLOWED,
                new IOException(), Kind.FAILED);
        reading.forEach((cause, kind) -> check(FileErrors.reading(PATH, cause), cause, kind));
        writing.forEach((cause, kind) -> check(FileErrors.writing(PATH, cause), cause, kind));
    }

    private static void check(UserError error, IOException cause, Kind kind) {
        assertEquals(kind, error.kind(), String.valueOf(cause));
        assertSame(cause, error.getCause());
        assertTrue(String.valueOf(error.getMessage()).contains(PATH.toString()), error.getMessage());
    }
}
