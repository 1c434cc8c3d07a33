package dev.hubswarm.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

final class TextTest {
    private static final long SECOND = 1_000_000_000L;

    @ParameterizedTest
    @CsvSource({
        "90,1,'  1:30 left'",
        "0,1,'  0:00 left'",
        "36061,10,'  1:00:07 left'",
        "400000,1,''",
        "5,0,''",
        "0,0,''"
    })
    void theTimeThatIsLeftIsToldWhereItIsKnown(long bytes, double rate, String left) {
        assertEquals(left, ProgressLine.left(bytes, rate));
    }

    @Test
    void foldersAreWhereAShellWouldHaveThem() {
        assertEquals(Path.of("/home/ada"), UserFolders.home(Map.of("HOME", "/home/ada"), false));
        Path ours = Path.of(System.getProperty("user.home"));
        assertEquals(ours, UserFolders.home(Map.of("HOME", "/c/Users/ada"), true));
        assertEquals(ours, UserFolders.home(Map.of("HOME", ""), false));
        assertEquals(UserFolders.home().resolve("x"), new UserFolders().convert("~/x"));
        assertEquals(Path.of("a/c").toAbsolutePath(), new UserFolders().convert("./a/b/../c"));
        assertThrows(TypeConversionException.class, () -> new UserFolders().convert(""));
    }

    @ParameterizedTest
    @CsvSource({
        "0,0",
        "16384,16384",
        "16KiB,16384",
        "16k,16384",
        "4MiB,4194304",
        "4M,4194304",
        "1GB,1000000000",
        "2TiB,2199023255552",
        "7B,7"
    })
    void sizesAreReadInAllCustomaryForms(String text, long bytes) {
        assertEquals(bytes, new Sizes().convert(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "x", "-1", "MiB", "1.5MiB", "9999999999999999999", "9223372036854775807K", "4 apples"})
    void whatIsNoSizeIsRefused(String text) {
        assertThrows(TypeConversionException.class, () -> new Sizes().convert(text));
    }

    @ParameterizedTest
    @CsvSource({
        "0,0 B",
        "1023,1023 B",
        "1024,1.00 KiB",
        "1047552,1.00 MiB",
        "1048576,1.00 MiB",
        "104857600,100 MiB",
        "9223372036854775807,8192 PiB"
    })
    void sizesAreWrittenWithThreeDigits(long bytes, String text) {
        assertEquals(text, Sizes.format(bytes));
    }

    @Test
    void jsonEscapesAndKeepsTheOrder() {
        Json json = Json.event("x")
                .put("text", "a\"\n\u0001")
                .put("none", null)
                .put("list", List.of(1L, "b", new Json().put("c", true)));
        assertEquals(
                "{\"event\":\"x\",\"text\":\"a\\\"\\n\\u0001\",\"none\":null,\"list\":[1,\"b\",{\"c\":true}]}",
                json.toString());
    }

    @Test
    void aBarIsDrawnOverItselfAndTakenAway() {
        StringWriter text = new StringWriter();
        try (ProgressLine line = new ProgressLine(new PrintWriter(text), ProgressLine.Style.BAR, "Hashing", 80, 0)) {
            line.bytesRead(0, 100 << 20, SECOND / 100);
            assertEquals("", text.toString(), "not drawn more often than ten times a second");
            line.bytesRead(50 << 20, 100 << 20, SECOND);
            assertTrue(text.toString().contains("50 %  50.0 MiB of 100 MiB  50.0 MiB/s  0:01 left"), text.toString());
            assertTrue(text.toString().startsWith("\rHashing ["), text.toString());
            assertTrue(text.toString().length() <= 80, "it fits the line");
        }
        assertTrue(text.toString().endsWith("\r"), text.toString());
    }

    @Test
    void withoutATerminalThereIsALineEveryFiveSeconds() {
        StringWriter text = new StringWriter();
        try (ProgressLine line = new ProgressLine(new PrintWriter(text), ProgressLine.Style.LINES, "Hashing", 80, 0)) {
            for (int tenth = 0; tenth <= 110; tenth++) line.bytesRead(tenth, 110, tenth * SECOND / 10);
        }
        assertEquals(2, text.toString().lines().count(), text.toString());
        assertTrue(text.toString().startsWith("Hashing:  45 %"), text.toString());
    }

    @Test
    void jsonProgressIsOneObjectALine() {
        StringWriter text = new StringWriter();
        try (ProgressLine line = new ProgressLine(new PrintWriter(text), ProgressLine.Style.JSON, "Hashing", 80, 0)) {
            line.bytesRead(5, 10, SECOND);
        }
        assertEquals(
                "{\"event\":\"progress\",\"bytes\":5,\"total\":10,\"bytes_per_second\":5}",
                text.toString().strip());
    }
}
