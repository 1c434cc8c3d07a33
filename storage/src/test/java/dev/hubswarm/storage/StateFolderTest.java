package dev.hubswarm.storage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.base.UserError;
import dev.hubswarm.base.UserError.Kind;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class StateFolderTest {
    private static final Path HOME = Path.of("/home/ada");

    @TempDir
    private Path temporary;

    @Test
    void isWhereTheEnvironmentSays() {
        assertEquals(HOME.resolve(".local/state/hubswarm"), StateFolder.find(Map.of(), HOME));
        assertEquals(Path.of("/s/hubswarm"), StateFolder.find(Map.of("XDG_STATE_HOME", "/s"), HOME));
        assertEquals(HOME.resolve(".local/state/hubswarm"), StateFolder.find(Map.of("XDG_STATE_HOME", "s"), HOME));
        assertEquals(Path.of("/x"), StateFolder.find(Map.of("XDG_STATE_HOME", "/s", "HUBSWARM_HOME", "/x"), HOME));
    }

    @Test
    void isMadeForItsOwnerAlone() throws Exception {
        Path folder = StateFolder.open(temporary.resolve("a/b/state"));
        assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)));
        assertEquals(folder, StateFolder.open(folder));
    }

    @ParameterizedTest
    @CsvSource({
        "rwxrwx---, put files there",
        "rwx---r--, read secrets there",
        "rwxr-xr-x, read secrets there",
        "rwxrwxrwx, put files there"
    })
    void isRefusedIfOthersMayEnter(String mode, String why) throws Exception {
        Path folder = Files.createDirectory(temporary.resolve("open"));
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString(mode));
        UserError refused = assertThrows(UserError.class, () -> StateFolder.open(folder));
        assertEquals(Kind.NOT_ALLOWED, refused.kind());
        assertTrue(String.valueOf(refused.getMessage()).contains(" who could " + why + ". Run `chmod 700`"));
    }

    @Test
    void isRefusedIfItIsAFile() throws Exception {
        Path file = Files.createFile(temporary.resolve("state"));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        UserError refused = assertThrows(UserError.class, () -> StateFolder.open(file));
        assertTrue(String.valueOf(refused.getMessage()).contains("is a file"));
    }

    @Test
    void saysHowToHaveItElsewhere() throws Exception {
        Path file = Files.createFile(temporary.resolve("file"));
        UserError refused = assertThrows(UserError.class, () -> StateFolder.open(file.resolve("state")));
        assertTrue(String.valueOf(refused.getMessage()).contains("HUBSWARM_HOME"));
    }
}
