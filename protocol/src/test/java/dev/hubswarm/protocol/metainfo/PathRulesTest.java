package dev.hubswarm.protocol.metainfo;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PathRulesTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "a",
                "model-00001-of-00002.safetensors",
                ".gitattributes",
                "..a",
                "a..",
                "...a",
                ".a.",
                "a b",
                " a",
                "a ",
                "CON",
                "NUL.txt",
                "~",
                "-rf",
                "ab:cd",
                "a|b?*<>\"",
                "é",
                "漢字",
                "😀",
                "\u00a0",
                "\u202eevil"
            })
    void ordinaryNamesPass(String name) {
        assertDoesNotThrow(() -> PathRules.checkComponent(name));
    }

    @ParameterizedTest
    @CsvSource({
        "'', a path has an empty name in it",
        "., the name \".\" names a folder above or the same one",
        ".., the name \"..\" names a folder above or the same one",
        "..., the name \"...\" names a folder above or the same one",
        "'.. ', the name \".. \" names a folder above or the same one",
        "' ', the name \" \" names a folder above or the same one",
        "'. .', the name \". .\" names a folder above or the same one",
        "..:x, the name \"..:x\" names a folder above or the same one",
        ":x, the name \":x\" names a folder above or the same one",
        ".::$DATA, the name \".::$DATA\" names a folder above or the same one",
        "/, the name \"/\" has a path separator in it",
        "a/b, the name \"a/b\" has a path separator in it",
        "\\, the name \"\\\" has a path separator in it",
        "\\\\host\\share, the name \"\\\\host\\share\" has a path separator in it",
        "C:, the name \"C:\" begins with a Windows drive",
        "z:x, the name \"z:x\" begins with a Windows drive",
        "1:2, the name \"1:2\" begins with a Windows drive",
        "é:, the name \"é:\" begins with a Windows drive"
    })
    void namesThatLeadElsewhereAreRefused(String name, String refusal) {
        assertEquals(refusal, refusal(name));
    }

    @Test
    void controlCharactersAreRefusedAndNotShown() {
        for (int c = 0; c < 0xa0; c++) {
            if (c >= 0x20 && c < 0x7f) continue;
            assertEquals("the name \"a?b\" has a control character in it", refusal("a" + (char) c + "b"));
        }
        assertDoesNotThrow(() -> PathRules.checkComponent("a\u00a0b"));
    }

    @Test
    void namesOf255BytesPassAndOf256DoNot() {
        assertDoesNotThrow(() -> PathRules.checkComponent("x".repeat(255)));
        assertEquals("the name \"" + "x".repeat(80) + "…\" is longer than 255 bytes", refusal("x".repeat(256)));
        assertDoesNotThrow(() -> PathRules.checkComponent("é".repeat(127)));
        assertTrue(refusal("é".repeat(128)).endsWith("is longer than 255 bytes"));
    }

    @Test
    void loneSurrogatesAreRefused() {
        assertTrue(refusal("a\ud800").endsWith("is not Unicode"));
        assertTrue(refusal("\udc00a").endsWith("is not Unicode"));
    }

    @Test
    void utf8IsWhatTheDecoderOfJavaAccepts() {
        Random random = new Random(3);
        byte[] leads = {0x41, 0x7f, (byte) 0x80, (byte) 0xbf, (byte) 0xc0, (byte) 0xc1, (byte) 0xc2, (byte) 0xdf};
        byte[] others = {
            (byte) 0xe0,
            (byte) 0xed,
            (byte) 0xef,
            (byte) 0xf0,
            (byte) 0xf4,
            (byte) 0xf5,
            (byte) 0x9f,
            (byte) 0xa0,
            (byte) 0x8f,
            (byte) 0x90
        };
        int valid = 0;
        for (int run = 0; run < 300_000; run++) {
            byte[] bytes = new byte[1 + random.nextInt(5)];
            for (int i = 0; i < bytes.length; i++) {
                int pick = random.nextInt(leads.length + others.length + 4);
                if (pick < leads.length) bytes[i] = leads[pick];
                else if (pick < leads.length + others.length) bytes[i] = others[pick - leads.length];
                else bytes[i] = (byte) random.nextInt(256);
            }
            boolean decodes;
            try {
                StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
                decodes = true;
            } catch (CharacterCodingException e) {
                decodes = false;
            }
            assertEquals(decodes, Utf8.isValid(bytes, 0, bytes.length), Arrays.toString(bytes));
            if (decodes) valid++;
        }
        assertTrue(valid > 10_000, valid + " were valid");
    }

    @ParameterizedTest
    @CsvSource({
        "readme, README",
        "é, É",
        "é, e\u0301",
        "E\u0301, é",
        "a, a.",
        "a, 'a. . '",
        "straße, STRASSE",
        "ﬁle, FILE",
        "ΣΑΣ, σας",
        "K, k",
        "\u212a, k",
        "Å, \u212b",
        "ǆ, ǅ",
        "İ, i",
        "ı, I",
        "ſ, s",
        "𐐀, 𐐨",
        "각, \u1100\u1161\u11a8",
        "a\u0323\u0307, a\u0307\u0323"
    })
    void namesThatSomeFileSystemTakesForOneCollide(String a, String b) {
        assertEquals(collision(List.of(b)), refusal(List.of(List.of(a), List.of(b))));
        assertEquals(collision(List.of("x", b)), refusal(List.of(List.of("x", a), List.of("x", b))));
    }

    @ParameterizedTest
    @CsvSource({"a, b", "a, aa", "a, á", "a, .a", "o, ø", "1, ١", "a, а"})
    void differentNamesDoNotCollide(String a, String b) {
        assertDoesNotThrow(() -> PathRules.checkTogether(List.of(List.of(a), List.of(b))));
        assertNotEquals(key(a), key(b));
    }

    @Test
    void aFileIsNoFolder() {
        assertTrue(refusal(List.of(List.of("a"), List.of("A", "b"))).contains("collides"));
        assertTrue(refusal(List.of(List.of("x", "a", "b"), List.of("x", "a."))).contains("collides"));
        assertDoesNotThrow(() -> PathRules.checkTogether(List.of(List.of("a", "b"), List.of("A", "c"))));
    }

    @Test
    void whereNamesAreCutMatters() {
        assertDoesNotThrow(() -> PathRules.checkTogether(
                List.of(List.of("ab", "c"), List.of("a", "bc"), List.of("abc"), List.of("a", "b", "c"))));
    }

    @Test
    void pathsTogetherAreCheckedEachToo() {
        assertEquals("a file has no path", refusal(List.of(List.of())));
        assertEquals("a path has an empty name in it", refusal(List.of(List.of("a", ""))));
        List<String> deep = new ArrayList<>();
        for (int i = 0; i < 32; i++) deep.add("d");
        assertDoesNotThrow(() -> PathRules.checkTogether(List.of(deep)));
        deep.add("d");
        assertEquals("a path is deeper than 32 folders", refusal(List.of(deep)));
    }

    @Test
    void treeOrderIsThatOfUnsignedBytesElementByElement() {
        List<List<String>> sorted = List.of(
                List.of("A"),
                List.of("a"),
                List.of("a", "b"),
                List.of("a", "b", "c"),
                List.of("a", "c"),
                List.of("a-b"),
                List.of("ab"),
                List.of("é"),
                List.of("\uffff"),
                List.of("😀"));
        List<List<String>> shuffled = new ArrayList<>(sorted);
        Collections.shuffle(shuffled, new Random(1));
        shuffled.sort(PathRules.TREE_ORDER);
        assertEquals(sorted, shuffled);
        assertEquals(0, PathRules.TREE_ORDER.compare(List.of("a", "b"), List.of("a", "b")));
    }

    private static long key(String name) {
        byte[] utf8 = name.getBytes(StandardCharsets.UTF_8);
        return PathRules.collisionKey(0, utf8, 0, utf8.length);
    }

    private static String collision(List<String> path) {
        return String.join("/", path) + " collides with another name on common file systems";
    }

    private static String refusal(String name) {
        return String.valueOf(assertThrows(MetainfoException.class, () -> PathRules.checkComponent(name))
                .getMessage());
    }

    private static String refusal(List<List<String>> paths) {
        return String.valueOf(assertThrows(MetainfoException.class, () -> PathRules.checkTogether(paths))
                .getMessage());
    }
}
