package dev.hubswarm.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ProgramTest {
    @TempDir
    Path folder;

    private int code(String name, String path) {
        return Program.find(name, Map.of("PATH", path)).exitCode();
    }

    @Test
    void commandsAreFoundAsShellsFindThem() throws Exception {
        Path one = Files.createDirectory(folder.resolve("one"));
        Path two = Files.createDirectory(folder.resolve("two"));
        Files.createDirectory(one.resolve("tool"));
        Files.writeString(one.resolve("text"), "");
        for (String name : new String[] {"tool", "text"}) {
            Path program = Files.writeString(two.resolve(name), "");
            Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
        }
        String path = folder.resolve("missing") + ":" + one + ":" + two;
        assertEquals(
                two.resolve("tool").toString(),
                Program.find("tool", Map.of("PATH", path)).path());
        assertEquals(
                two.resolve("text").toString(),
                Program.find("text", Map.of("PATH", path)).path());
        assertEquals(0, code(two.resolve("tool").toString(), ""));
        assertFalse(Program.find("sh", Map.of()).isMissing());
    }

    @Test
    void whatIsMissingOrMayNotRunEndsAsInAShell() throws Exception {
        Path text = Files.writeString(folder.resolve("text"), "");
        String path = folder.toString();
        assertEquals(127, code("nothing-of-that-name", path));
        assertEquals(127, code(folder.resolve("nothing").toString(), path));
        assertEquals(127, code("", path));
        assertEquals(127, code("a\0b", path));
        assertEquals(126, code("text", path));
        assertEquals(126, code(text.toString(), ""));
        assertEquals(126, code(folder.toString(), ""));
    }
}
