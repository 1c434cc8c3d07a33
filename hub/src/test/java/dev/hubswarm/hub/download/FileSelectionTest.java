package dev.hubswarm.hub.download;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

final class FileSelectionTest {
    private static final List<String> NAMES = List.of(
            "a.json",
            "sub/a.json",
            "a",
            "b",
            "abc",
            "a.txt",
            "d.txt",
            "ax",
            "cx",
            "]",
            "[",
            "a[",
            "x",
            "sub/b",
            "sub/",
            "a.b",
            "aXb",
            "a+b",
            "(x)",
            "^",
            "-",
            "\\*",
            "\\x",
            "{a,b}",
            ".",
            "/",
            "model-00001-of-00002.safetensors",
            "",
            "sub/deep/c",
            "a\nb",
            "é.bin",
            "zx");

    /** Each pattern with the names that Python 3.11's fnmatch finds among NAMES. */
    static Stream<Arguments> patterns() {
        return Stream.of(
                Arguments.of("*.json", List.of("a.json", "sub/a.json")),
                Arguments.of("*", NAMES),
                Arguments.of("?", List.of("a", "b", "]", "[", "x", "^", "-", ".", "/")),
                Arguments.of("a?c", List.of("abc")),
                Arguments.of("[abc].txt", List.of("a.txt")),
                Arguments.of("[!abc].txt", List.of("d.txt")),
                Arguments.of("[a-c]x", List.of("ax", "cx")),
                Arguments.of("[]]", List.of("]")),
                Arguments.of("[!]]", List.of("a", "b", "[", "x", "^", "-", ".", "/")),
                Arguments.of("[", List.of("[")),
                Arguments.of("a[", List.of("a[")),
                Arguments.of("[z-a]", List.of()),
                Arguments.of("[!z-a]x", List.of("ax", "cx", "\\x", "zx")),
                Arguments.of("sub/*", List.of("sub/a.json", "sub/b", "sub/", "sub/deep/c")),
                Arguments.of("*/b", List.of("sub/b")),
                Arguments.of("sub/", List.of("sub/a.json", "sub/b", "sub/", "sub/deep/c")),
                Arguments.of("a.b", List.of("a.b")),
                Arguments.of("a+b", List.of("a+b")),
                Arguments.of("(x)", List.of("(x)")),
                Arguments.of("[^a]", List.of("a", "^")),
                Arguments.of("[a-]", List.of("a", "-")),
                Arguments.of("\\*", List.of("\\*", "\\x")),
                Arguments.of(
                        "*.*",
                        List.of(
                                "a.json",
                                "sub/a.json",
                                "a.txt",
                                "d.txt",
                                "a.b",
                                ".",
                                "model-00001-of-00002.safetensors",
                                "é.bin")),
                Arguments.of("{a,b}", List.of("{a,b}")),
                Arguments.of("[--/]", List.of("-", ".", "/")),
                Arguments.of("model-0000?-of-*.safetensors", List.of("model-00001-of-00002.safetensors")),
                Arguments.of("", List.of("")),
                Arguments.of("**", NAMES),
                Arguments.of("[a\\]", List.of("a")),
                Arguments.of("é*", List.of("é.bin")));
    }

    @ParameterizedTest
    @MethodSource("patterns")
    void patternsMatchAsPythonsDo(String pattern, List<String> matching) {
        FileSelection selection = new FileSelection(Set.of(), List.of(pattern), List.of());
        assertEquals(matching, NAMES.stream().filter(selection::wants).toList());
    }

    @Test
    void whatIsExcludedIsNotWantedEvenIfIncluded() {
        FileSelection selection = new FileSelection(Set.of(), List.of("*.json", "*.txt"), List.of("b*"));
        assertTrue(selection.wants("a.txt"));
        assertFalse(selection.wants("b.json"));
        assertFalse(selection.wants("a.bin"));
    }

    @Test
    void namesAreExact() {
        FileSelection selection = new FileSelection(Set.of("a[1].txt"), List.of(), List.of());
        assertTrue(selection.wants("a[1].txt"));
        assertFalse(selection.wants("a1.txt"));
        assertTrue(FileSelection.ALL.wants("anything/at all"));
    }
}
