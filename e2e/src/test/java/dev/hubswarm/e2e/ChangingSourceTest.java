package dev.hubswarm.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files that change under the reading program, and users who lose patience. */
@Tag("e2e")
final class ChangingSourceTest {
    private static final long GIB = 1L << 30;

    private Path folder = Path.of("");
    private Path source = folder;
    private Path large = folder;
    private Path later = folder;
    private Path torrent = folder;

    @BeforeEach
    void prepare(@TempDir Path folder) throws IOException {
        // As /proc tells it.
        this.folder = folder.toRealPath();
        source = Files.createDirectory(this.folder.resolve("source"));
        large = Sparse.file(source.resolve("a"), GIB / 4);
        later = Files.writeString(source.resolve("b"), "later");
        torrent = this.folder.resolve("made.torrent");
    }

    /** What happens to the source. */
    private interface Deed {
        void happen() throws IOException;
    }

    @Test
    void fileVanishesBeforeItIsRead() throws Exception {
        createWhile(() -> Files.delete(later)).exits(3).says(later + " does not exist");
    }

    @Test
    void fileVanishesWhileItIsRead() throws Exception {
        createWhile(() -> Files.delete(large)).exits(3).says(large + " does not exist");
    }

    @Test
    void fileGrows() throws Exception {
        createWhile(() -> Files.writeString(large, "more", StandardOpenOption.APPEND))
                .exits(1)
                .says(large + " changed while it was read");
    }

    @Test
    void fileShrinks() throws Exception {
        createWhile(() -> Sparse.file(large, 5)).exits(1).says(large + " changed while it was read");
    }

    @Test
    void fileIsWrittenInPlaceAndItsTimeSetBack() throws Exception {
        createWhile(() -> {
                    FileTime time = Files.getLastModifiedTime(large);
                    Files.writeString(large, "x", StandardOpenOption.WRITE);
                    Files.setLastModifiedTime(large, time);
                })
                .exits(1)
                .says(large + " changed while it was read");
    }

    @Test
    void verifyGoesOnAfterAFileThatVanishes() throws Exception {
        Hubswarm.run("torrent", "create", source, "--v2", "--piece-length=256KiB", "-o", torrent)
                .exits(0);
        Ran ran = runWhile(() -> Files.delete(later), Hubswarm.command("torrent", "verify", torrent, source))
                .exits(5)
                .saysNoStack();
        assertEquals(
                List.of(
                        later + " does not exist. Check the path.",
                        "bad piece 1024: b",
                        "Damaged: 1 of 1025 pieces bad."),
                ran.out().lines().toList());
    }

    private Ran createWhile(Deed deed) throws Exception {
        Ran ran = runWhile(deed, Hubswarm.command("torrent", "create", source, "-o", torrent));
        Set<Path> left = new TreeSet<>(Trees.list(folder));
        left.removeAll(Set.of(folder, source, large, later));
        assertEquals(Set.of(), left, ran::toString);
        return ran.saysNoStack();
    }

    /** Runs a command, and stops it for the deed once it has opened the large file. */
    private Ran runWhile(Deed deed, List<String> command) throws Exception {
        Path out = Files.createTempFile("hubswarm-e2e", ".out");
        Path err = Files.createTempFile("hubswarm-e2e", ".err");
        List<String> onOneCore = new ArrayList<>(command);
        onOneCore.add(1, "-XX:ActiveProcessorCount=1");
        Process process = new ProcessBuilder(onOneCore)
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
        try {
            while (!hasOpened(process, large)) {
                assertTrue(process.isAlive(), "ended before it opened " + large);
                LockSupport.parkNanos(200_000);
            }
            signal("STOP", process);
            deed.happen();
            signal("CONT", process);
            assertTrue(process.waitFor(60, TimeUnit.SECONDS));
            return new Ran(command, process.exitValue(), Files.readString(out), Files.readString(err));
        } finally {
            process.destroyForcibly();
            Files.delete(out);
            Files.delete(err);
        }
    }

    private static boolean hasOpened(Process process, Path file) throws IOException {
        try (Stream<Path> open = Files.list(Path.of("/proc", String.valueOf(process.pid()), "fd"))) {
            return open.anyMatch(descriptor -> {
                try {
                    return Files.readSymbolicLink(descriptor).equals(file);
                } catch (IOException e) {
                    return false; // It was closed just now.
                }
            });
        } catch (NoSuchFileException e) {
            return false; // The process has ended.
        }
    }

    @Test
    void interruptedWhileItCreates() throws Exception {
        Sparse.file(large, 100 * GIB);
        interrupt(Hubswarm.command("torrent", "create", source, "-o", torrent, "--json"));
    }

    @Test
    void interruptedWhileItVerifies() throws Exception {
        Sparse.file(large, 100 * GIB);
        Files.writeString(
                torrent,
                "d4:infod6:lengthi" + 100 * GIB + "e4:name1:a12:piece lengthi" + GIB + "e6:pieces2000:"
                        + "h".repeat(2000) + "ee");
        interrupt(Hubswarm.command("torrent", "verify", torrent, large, "--json"));
    }

    private void interrupt(List<String> command) throws Exception {
        List<Path> before = Trees.list(folder);
        // A program started in the background of a script would ignore the signal otherwise.
        List<String> whole = new ArrayList<>(List.of("env", "--default-signal=INT"));
        whole.addAll(command);
        Process process = new ProcessBuilder(whole).redirectErrorStream(true).start();
        try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
            String line = out.readLine();
            assertTrue(line != null && line.contains("\"progress\""), () -> "said first: " + line);
            signal("INT", process);
            String rest =
                    out.lines().filter(more -> !more.contains("\"progress\"")).collect(Collectors.joining("\n"));
            assertEquals("", rest);
            assertTrue(process.waitFor(60, TimeUnit.SECONDS));
            assertEquals(130, process.exitValue());
            assertEquals(before, Trees.list(folder));
        } finally {
            process.destroyForcibly();
        }
    }

    private static void signal(String name, Process process) throws Exception {
        Ran.of(List.of("sh", "-c", "kill -" + name + " " + process.pid())).exits(0);
    }
}
