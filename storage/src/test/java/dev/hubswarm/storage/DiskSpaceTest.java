package dev.hubswarm.storage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.base.UserError;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DiskSpaceTest {
    @TempDir
    Path folder;

    private long free() {
        return folder.toFile().getUsableSpace();
    }

    @Test
    void whatIsPromisedToOneIsNotPromisedToAnother() throws Exception {
        DiskSpace space = DiskSpace.withReserve(0);
        long most = free() * 2 / 3;
        try (DiskSpace.Promise first = space.promise(folder.resolve("not/yet/there"), most)) {
            UserError refused = assertThrows(UserError.class, () -> space.promise(folder, most));
            assertEquals(UserError.Kind.NO_SPACE, refused.kind());
            assertTrue(String.valueOf(refused.getMessage()).contains("more must be free"));
            first.taken(most / 2 + most / 4);
            space.promise(folder, most / 2).close();
        }
        space.promise(folder, most).close();
    }

    @Test
    void theReserveStaysFree() throws Exception {
        DiskSpace space = DiskSpace.withReserve(free() / 2);
        assertThrows(UserError.class, () -> space.promise(folder, free() * 2 / 3));
        space.promise(folder, free() / 4).close();
        assertTrue(Files.exists(folder));
    }

    @Test
    void nothingNeedsNoSpace() throws Exception {
        DiskSpace.withReserve(Long.MAX_VALUE / 2).promise(folder, 0).close();
        assertThrows(
                UserError.class, () -> DiskSpace.withReserve(Long.MAX_VALUE / 2).promise(folder, 1));
    }
}
