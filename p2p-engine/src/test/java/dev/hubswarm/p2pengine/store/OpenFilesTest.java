package dev.hubswarm.p2pengine.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hubswarm.base.UserError;
import dev.hubswarm.base.UserError.Kind;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class OpenFilesTest {
    private final OpenFiles open = new OpenFiles(3);

    @TempDir
    Path folder;

    @AfterEach
    void close() {
        open.close();
        assertEquals(0, open.size());
    }

    private static ByteBuffer bytes(int... values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length);
        for (int value : values) bytes.put((byte) value);
        return bytes.flip();
    }

    @Test
    void noMoreAreOpenThanWasSaidAndEachCanBeUsedAgain() throws Exception {
        for (int round = 0; round < 2; round++) {
            for (int i = 0; i < 10; i++) open.writeAll(folder.resolve("file" + i), round, bytes(i));
            assertEquals(3, open.size());
        }
        for (int i = 0; i < 10; i++) {
            ByteBuffer both = ByteBuffer.allocate(2);
            open.readAll(folder.resolve("file" + i), 0, both);
            assertEquals(bytes(i, i), both.flip());
        }
    }

    @Test
    void aFileThatWasClosedIsLookedUpAnew() throws Exception {
        Path file = folder.resolve("file");
        open.writeAll(file, 0, bytes(1));
        Files.delete(file);
        open.writeAll(file, 0, bytes(1));
        assertFalse(Files.exists(file), "still the one that was removed");
        open.close(file);
        open.writeAll(file, 0, bytes(1));
        assertTrue(Files.exists(file));
    }

    @Test
    void whatIsNotThereIsAnErrorAndNotMade() {
        Path file = folder.resolve("file");
        assertEquals(
                Kind.NOT_FOUND,
                assertThrows(UserError.class, () -> open.force(file)).kind());
        assertEquals(
                Kind.NOT_FOUND,
                assertThrows(UserError.class, () -> open.readAll(file, 0, bytes(0)))
                        .kind());
        assertFalse(Files.exists(file));
    }

    @Test
    void aFileThatEndsTooSoonIsAnError() throws Exception {
        Path file = folder.resolve("file");
        open.writeAll(file, 0, bytes(1));
        UserError error = assertThrows(UserError.class, () -> open.readAll(file, 0, bytes(0, 0)));
        assertTrue(String.valueOf(error.getMessage()).contains("ends before byte 1"));
    }

    @Test
    void aFullDiskIsSaidToBeFull() {
        Path full = Path.of("/dev/full");
        assumeTrue(Files.isWritable(full));
        UserError error = assertThrows(UserError.class, () -> open.writeAll(full, 0, bytes(1)));
        assertEquals(Kind.NO_SPACE, error.kind());
    }
}
