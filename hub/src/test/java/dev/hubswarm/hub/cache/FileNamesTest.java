package dev.hubswarm.hub.cache;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.hubswarm.base.UserError;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class FileNamesTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/",
                "/etc/passwd",
                "a//b",
                "a/",
                ".",
                "..",
                "a/../b",
                "../a",
                "a/./b",
                "a/.. /b",
                "a/.../b",
                " ",
                "C:",
                "C:/a",
                "C:a",
                "a/D:b",
                "é:b",
                "..:a",
                ":a",
                "\\\\host\\share",
                "a\\b",
                "..\\a",
                "a\0b",
                "a\nb",
                "a\u007fb",
                "a\u0085b",
                "\uD800"
            })
    void pathsThatCouldLeadElsewhereAreRefused(String path) {
        UserError refused = assertThrows(UserError.class, () -> FileNames.check(List.of("good", path)));
        assertFalse(String.valueOf(refused.getMessage()).matches("(?s).*[\n\0].*"), "the name cannot forge output");
    }

    @Test
    void pathsThatAreTooLongOrDeepAreRefused() {
        assertDoesNotThrow(() -> FileNames.check("a".repeat(255)));
        assertThrows(UserError.class, () -> FileNames.check("é".repeat(128)));
        assertDoesNotThrow(() -> FileNames.check("a/".repeat(31) + "a"));
        assertThrows(UserError.class, () -> FileNames.check("a/".repeat(32) + "a"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "config.json",
                "a/b/c.bin",
                ".gitattributes",
                "a b",
                "aux.py",
                "ab:c",
                "1..2",
                "..a",
                "模型/权重",
                "~",
                "-x",
                "$HOME",
                "a%2e"
            })
    void ordinaryPathsAreFine(String path) {
        assertDoesNotThrow(() -> FileNames.check(List.of(path)));
    }

    @Test
    void namesThatDifferByCaseAreRefusedWhereTheyAreOne() {
        for (List<String> paths :
                List.of(List.of("README.md", "readme.md"), List.of("a/x", "A/y"), List.of("e\u0301", "\u00e9"))) {
            assertThrows(UserError.class, () -> FileNames.check(paths, true));
            assertDoesNotThrow(() -> FileNames.check(paths, false));
        }
        assertDoesNotThrow(() -> FileNames.check(List.of("a/x", "a/y", "a/x"), true));
    }

    @Test
    void noPathThatIsLetThroughHasAWayUp() {
        Random random = new Random(4);
        String alphabet = "./\\:aC \0";
        for (int run = 0; run < 100_000; run++) {
            StringBuilder path = new StringBuilder();
            for (int left = 1 + random.nextInt(8); left > 0; left--) {
                path.append(alphabet.charAt(random.nextInt(alphabet.length())));
            }
            try {
                FileNames.check(path.toString());
            } catch (UserError e) {
                continue;
            }
            java.nio.file.Path resolved = java.nio.file.Path.of("/root").resolve(path.toString());
            assertFalse(!resolved.normalize().equals(resolved) || !resolved.startsWith("/root"), path.toString());
            assertFalse(path.toString().matches("(.*/)?.:.*|.*\\\\.*"), path.toString());
        }
    }
}
