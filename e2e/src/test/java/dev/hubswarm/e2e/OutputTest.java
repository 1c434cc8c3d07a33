package dev.hubswarm.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where the torrent cannot go, there is neither half of it nor a temporary file, and the exit code says why. */
@Tag("e2e")
final class OutputTest {
    private static final long MIB = 1 << 20;

    private Path folder = Path.of("");
    private Path source = folder;

    @BeforeEach
    void prepare(@TempDir Path folder) throws IOException {
        this.folder = folder;
        source = Sparse.file(folder.resolve("source.bin"), 64 * MIB);
    }

    private List<String> create(Object... options) {
        List<String> command = Hubswarm.command("torrent", "create", source);
        for (Object option : options) command.add(option.toString());
        return command;
    }

    @Test
    void existsAlready() throws Exception {
        Path taken = Files.writeString(folder.resolve("taken"), "precious");
        Leftovers.none(folder, create("-o", taken)).exits(1).says(taken + " exists already", "--force");
        assertEquals("precious", Files.readString(taken));
        Ran.of(create("-o", taken, "--force")).exits(0);
        Hubswarm.run("torrent", "show", taken).exits(0);
    }

    /** Whoever mistypes this would lose the file that the torrent is of. */
    @Test
    void isTheSourceItself() throws Exception {
        Leftovers.none(folder, create("-o", source, "--force")).says(source.toString());
        assertEquals(64 * MIB, Files.size(source));
    }

    @Test
    void folderIsMissing() throws Exception {
        Path target = folder.resolve("missing/made.torrent");
        Leftovers.none(folder, create("-o", target)).exits(3).says("The folder of " + target + " does not exist");
    }

    @Test
    void folderMayNotBeWritten() throws Exception {
        Path target = Files.createDirectory(folder.resolve("locked")).resolve("made.torrent");
        Files.setPosixFilePermissions(folder.resolve("locked"), PosixFilePermissions.fromString("r-xr-xr-x"));
        List<String> command = Unprivileged.command(folder, "torrent", "create", source, "-o", target);
        Leftovers.none(folder, command).exits(4).says(target + " may not be written");
    }

    @Test
    void pieceLengthIsNoPowerOfTwo() throws Exception {
        Path target = folder.resolve("made.torrent");
        for (String length : List.of("100000", "16383", "8KiB", "256MiB", "0", "many")) {
            Leftovers.none(folder, create("--kind=plain", "-o", target, "--piece-length", length))
                    .exits(2)
                    .says("--piece-length");
        }
    }

    /** In a mount namespace of its own, so that nothing stays mounted whatever happens. */
    @Test
    void diskIsFull() throws Exception {
        Path disk = Files.createDirectory(folder.resolve("disk"));
        List<String> unshare = Unprivileged.isRoot() ? List.of("unshare", "-m") : List.of("unshare", "-r", "-m");
        List<String> mount = command(unshare, "mount", "-t", "tmpfs", "-o", "size=16k", "none", disk);
        assumeTrue(Ran.of(mount).exit() == 0, "cannot mount a small file system here");

        String script = "mount -t tmpfs -o size=16k none \"$0\" && echo precious > \"$0/old\" && \"$@\"; code=$?; "
                + "ls -A \"$0\"; cat \"$0/old\"; exit $code";
        for (String target : List.of("new", "old")) {
            List<String> command = command(unshare, "sh", "-c", script, disk);
            command.addAll(create("--kind=plain", "--piece-length=16KiB", "-o", disk.resolve(target), "--force"));
            Ran ran = Ran.of(command).exits(6).says("There is no space left to write " + disk.resolve(target));
            assertEquals("old\nprecious\n", ran.out());
        }
    }

    @Test
    void standardOutputIsFull() throws Exception {
        Ran.of(shell("\"$@\" > /dev/full", create("-o", "-"))).exits(6).says("no space left");
    }

    /** A script would go on with an empty file. */
    @Test
    void whatIsShownCannotBeWritten() throws Exception {
        Path torrent = folder.resolve("made.torrent");
        Ran.of(create("-o", torrent)).exits(0);
        Ran ran = Ran.of(shell("\"$@\" > /dev/full", Hubswarm.command("torrent", "show", torrent, "--json")));
        assertNotEquals(0, ran.saysNoStack().exit());
    }

    @Test
    void nobodyReadsToTheEnd() throws Exception {
        StringBuilder files = new StringBuilder();
        for (int i = 0; i < 20_000; i++) files.append("d6:lengthi0e4:pathl6:f%05dee".formatted(i));
        Path torrent = Files.writeString(
                folder.resolve("long.torrent"),
                "d4:infod5:filesl" + files + "d6:lengthi0e4:pathl1:lee"
                        + "e4:name1:n12:piece lengthi16384e6:pieces0:ee");
        Ran shown = Ran.of(shell("\"$@\" | head -n 1", Hubswarm.command("torrent", "show", torrent, "--all")));
        assertEquals("  name          n\n", shown.saysNoStack().out());

        Ran created = Ran.of(shell(
                "{ \"$@\"; echo $? >&2; } | head -c 1", create("--kind=plain", "--piece-length=16KiB", "-o", "-")));
        assertEquals("d", created.saysNoStack().out());
        assertTrue(created.err().endsWith("1\n"), created::toString);
    }

    /** Progress must not end up in the middle of the torrent. */
    @Test
    void standardOutputHoldsTheTorrentAlone() throws Exception {
        Sparse.file(source, 8 * MIB);
        Path torrent = folder.resolve("made.torrent");
        List<String> command = create("--kind=plain", "--v1", "-o", "-", "--json");
        // Slow enough to tell progress, which it does after a second.
        command.add(1, "-Xint");
        Ran ran = Ran.of(shell("\"$@\" > " + torrent, command)).exits(0);
        Hubswarm.run("torrent", "show", torrent).exits(0);
        assertTrue(ran.err().contains("\"progress\""), ran::toString);
    }

    private static List<String> shell(String script, List<String> arguments) {
        List<String> command = new ArrayList<>(List.of("sh", "-c", script, "sh"));
        command.addAll(arguments);
        return command;
    }

    private static List<String> command(List<String> first, Object... more) {
        List<String> command = new ArrayList<>(first);
        for (Object argument : more) command.add(argument.toString());
        return command;
    }
}
