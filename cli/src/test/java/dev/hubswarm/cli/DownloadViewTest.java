package dev.hubswarm.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.agent.accelerator.FileResult;
import dev.hubswarm.base.ContentDigest;
import dev.hubswarm.hub.origin.HubFile;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

final class DownloadViewTest {
    private static final long SECOND = 1_000_000_000L;
    private static final String DIGEST = "0123456789abcdef0123456789abcdef01234567";

    private final StringWriter text = new StringWriter();

    private DownloadView view(ProgressLine.Style style, int width) {
        return new DownloadView(new PrintWriter(text), style, width, 2, 200 << 20, "Do this.", SECOND);
    }

    private static HubFile file(String path) {
        return new HubFile(path, 100 << 20, ContentDigest.of(DIGEST), DIGEST);
    }

    /** What is on the screen since the last time. */
    private String drawn() {
        String drawn = text.toString();
        text.getBuffer().setLength(0);
        return drawn;
    }

    @Test
    void aFileGetsALineWhenItTakesASecond() {
        try (DownloadView view = view(ProgressLine.Style.BAR, 80)) {
            view.began(file("a.bin"), 50 << 20);
            view.show(2 * SECOND);
            assertFalse(drawn().contains("a.bin"));
            view.fetched(file("a.bin"), 10 << 20, 0);
            view.show(3 * SECOND);
            String drawn = drawn();
            assertTrue(drawn.contains("a.bin") && drawn.contains("0 of 2 files  60.0 MiB of 200 MiB"), drawn);
            view.ended(new FileResult(file("a.bin"), 10 << 20, 0, 1, true, null, null));
            view.show(4 * SECOND);
            assertTrue(drawn().contains("1 of 2 files  100 MiB of 200 MiB"));
        }
        assertEquals("\r\u001b[1A\u001b[J", drawn(), "nothing is left of it");
    }

    @Test
    void linesFitTheTerminalAndNamesCannotWriteToIt() {
        for (int width : new int[] {20, 40, 80, 200}) {
            try (DownloadView view = view(ProgressLine.Style.BAR, width)) {
                view.began(file("\u001b[2J" + "very/long/".repeat(20) + "name"), 0);
                view.show(2 * SECOND);
                view.show(4 * SECOND);
                String drawn = drawn();
                assertTrue(drawn.contains("name"), drawn);
                assertFalse(drawn.contains("\u001b[2J"), drawn);
                drawn.replaceAll("\u001b\\[[?0-9]*[A-Za-z]|\r", "")
                        .lines()
                        .forEach(line -> assertTrue(line.length() < width, line));
            }
            drawn();
        }
    }

    @Test
    void pipedThereIsAPlainLineEveryFiveSeconds() {
        try (DownloadView view = view(ProgressLine.Style.LINES, 80)) {
            view.began(file("a.bin"), 0);
            for (int tenth = 10; tenth <= 120; tenth++) view.show(tenth * SECOND / 10);
        }
        assertEquals(2, text.toString().lines().count(), text.toString());
        assertFalse(text.toString().contains("\u001b"), text.toString());
    }

    @Test
    void saysWhenNothingComes() {
        try (DownloadView view = view(ProgressLine.Style.NONE, 80)) {
            view.began(file("a.bin"), 50 << 20);
            for (int second = 1; second <= 20; second++) view.show(second * SECOND);
            assertEquals("", drawn());
            view.show(21 * SECOND);
            view.show(40 * SECOND);
            assertEquals("hubswarm: Nothing came for 20 s. Do this.\n", drawn(), "once for so long");
            view.show(41 * SECOND);
            assertTrue(drawn().contains("for 40 s"));
            view.fetched(file("a.bin"), 0, 1);
            view.show(42 * SECOND);
            view.show(61 * SECOND);
            assertEquals("", drawn());
            view.show(62 * SECOND);
            assertTrue(drawn().contains("for 20 s"));
        }
    }

    @Test
    void scriptsHearOfItToo() {
        try (DownloadView view = view(ProgressLine.Style.JSON, 80)) {
            view.show(21 * SECOND);
        }
        assertTrue(
                text.toString().contains("{\"event\":\"note\",\"message\":\"Nothing came for 20 s."), text.toString());
    }
}
