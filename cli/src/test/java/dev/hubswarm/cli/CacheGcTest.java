package dev.hubswarm.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

final class CacheGcTest {
    @TempDir
    Path cache;

    private final List<Path> garbage = new ArrayList<>();
    private final StringWriter out = new StringWriter();
    private Path needed = Path.of("");

    @BeforeEach
    void fill() throws Exception {
        Path repo = cache.resolve("models--org--model");
        Path blobs = Files.createDirectories(repo.resolve("blobs"));
        needed = Files.writeString(blobs.resolve("d".repeat(40)), "needed");
        Path snapshot = Files.createDirectories(repo.resolve("snapshots").resolve("0".repeat(40)));
        Files.createSymbolicLink(snapshot.resolve("file"), snapshot.relativize(needed));
        for (String name : List.of(
                "a".repeat(64), "b".repeat(64) + ".incomplete", "c".repeat(64) + ".0123456789abcdef.hubswarm-part")) {
            garbage.add(Files.writeString(blobs.resolve(name), "x".repeat(100)));
        }
    }

    private int run(String... more) {
        List<String> args = new ArrayList<>(List.of("--cache-dir", cache.toString()));
        args.addAll(List.of(more));
        CacheGcCommand tomorrow = new CacheGcCommand(Clock.offset(Clock.systemUTC(), Duration.ofHours(25)));
        return new CommandLine(tomorrow).setOut(new PrintWriter(out, true)).execute(args.toArray(String[]::new));
    }

    @Test
    void unlessToldItOnlySaysWhatItWouldRemove() {
        assertEquals(0, run());
        assertTrue(out.toString().contains("Not needed: 3 files, 300 B"), out.toString());
        for (Path file : garbage) {
            assertTrue(out.toString().contains(file.toString()), out.toString());
            assertTrue(Files.exists(file));
        }
        assertFalse(out.toString().contains(needed.toString()), out.toString());
    }

    @Test
    void whatNothingNeedsIsRemovedAndTheRestStays() {
        assertEquals(0, run("--delete", "--json"));
        for (String json : List.of(
                "\"reason\":\"lost_part\"",
                "\"reason\":\"incomplete\"",
                "\"reason\":\"unreferenced\"",
                "{\"event\":\"summary\",\"deleted\":true,\"files\":3,\"bytes\":300,")) {
            assertTrue(out.toString().contains(json), out.toString());
        }
        garbage.forEach(file -> assertFalse(Files.exists(file), file::toString));
        assertTrue(Files.exists(needed));
    }
}
