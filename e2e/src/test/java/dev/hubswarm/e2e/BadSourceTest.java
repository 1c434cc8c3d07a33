package dev.hubswarm.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.protocol.metainfo.TorrentVersion;
import dev.hubswarm.storage.HashPool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What no torrent can be made of is refused in words, and nothing is left behind. */
@Tag("e2e")
final class BadSourceTest {
    private Path folder = Path.of("");
    private Path source = folder;
    private Path torrent = folder;

    @BeforeEach
    void prepare(@TempDir Path folder) throws IOException {
        this.folder = folder;
        source = Files.createDirectory(folder.resolve("source"));
        Files.writeString(source.resolve("a"), "a");
        Path output = Files.createDirectory(folder.resolve("output"));
        Files.setPosixFilePermissions(output, PosixFilePermissions.fromString("rwxrwxrwx"));
        torrent = output.resolve("made.torrent");
    }

    private Ran refused(int exit) throws Exception {
        return Leftovers.none(folder, Hubswarm.command("torrent", "create", source, "-o", torrent))
                .exits(exit);
    }

    private Ran refusedWithoutPrivileges(int exit) throws Exception {
        return Leftovers.none(folder, Unprivileged.command(folder, "torrent", "create", source, "-o", torrent))
                .exits(exit);
    }

    @Test
    void missing() throws Exception {
        Trees.delete(source);
        refused(3).says(source + " does not exist");
    }

    @Test
    void empty() throws Exception {
        Files.delete(source.resolve("a"));
        refused(1).says("no files in " + source);
    }

    @Test
    void unreadableFolder() throws Exception {
        Files.setPosixFilePermissions(source, Set.of());
        refusedWithoutPrivileges(4).says(source + " may not be read");
    }

    @Test
    void unreadableFolderInside() throws Exception {
        Path inside = Files.createDirectory(source.resolve("inside"));
        Files.setPosixFilePermissions(inside, Set.of());
        refusedWithoutPrivileges(4).says(inside + " may not be read");
    }

    @Test
    void unreadableFile() throws Exception {
        Path file = Files.writeString(source.resolve("b"), "b");
        Files.setPosixFilePermissions(file, Set.of());
        refusedWithoutPrivileges(4).says(file + " may not be read");
    }

    @Test
    void linkThatLeadsNowhere() throws Exception {
        Path link = Files.createSymbolicLink(source.resolve("link"), Path.of("nowhere"));
        refused(3).says(link + " is a link that leads nowhere");
    }

    @Test
    void linkThatLeadsInACircle() throws Exception {
        Files.createSymbolicLink(source.resolve("link"), source);
        refused(1).says("link to a folder around it");
    }

    @Test
    void pipe() throws Exception {
        Ran.of(List.of("mkfifo", source.resolve("pipe").toString())).exits(0);
        refused(1).says(source.resolve("pipe") + " is neither a file nor a folder");
    }

    @Test
    void namesThatWouldCollideElsewhere() throws Exception {
        Files.writeString(source.resolve("A"), "A");
        refused(1).says("collides with another name");
    }

    @Test
    void nameWithALineBreak() throws Exception {
        Files.writeString(source.resolve("two\nlines"), "");
        refused(1).says("two?lines", "control character");
    }

    @Test
    void foldersTooDeep() throws Exception {
        Path deep = Files.createDirectories(source.resolve("d/".repeat(33)));
        Files.writeString(deep.resolve("f"), "");
        refused(1).says("deeper than 32 folders");
    }

    /** Java would read the name as a question mark, and the torrent would be of a file that does not exist. */
    @Test
    void nameThatIsNotUnicode() throws Exception {
        Ran.of(List.of("sh", "-c", "echo x > \"$1/$(printf 'b\\377')\"", "sh", source.toString()))
                .exits(0);
        refused(1).says(source.toString(), "name");
    }

    /** Without a locale Java reads names as ASCII; then too there is the right torrent or none. */
    @Test
    void namesInAnotherLocale() throws Exception {
        Files.writeString(source.resolve("ü"), "ü");
        try (HashPool pool = HashPool.perCore()) {
            Metainfo right = Creation.plain(pool, source, TorrentVersion.HYBRID, 0);
            Ran ran = Ran.of(inLocaleC(Hubswarm.command("torrent", "create", source, "-o", torrent)))
                    .saysNoStack();
            if (ran.exit() == 0)
                assertEquals(
                        right.infoHash(),
                        Metainfo.read(Files.readAllBytes(torrent)).infoHash());
            else assertFalse(Files.exists(torrent), ran.says("LC_ALL")::toString);

            Files.write(torrent, right.bytes());
            Ran.of(inLocaleC(Hubswarm.command("torrent", "show", torrent))).exits(0);
            Ran verified = Ran.of(inLocaleC(Hubswarm.command("torrent", "verify", torrent, source)))
                    .saysNoStack();
            boolean explained = (verified.out() + verified.err()).contains("LC_ALL");
            assertTrue(verified.exit() == 0 || explained, verified::toString);
        }
    }

    private static List<String> inLocaleC(List<String> command) {
        List<String> whole = new ArrayList<>(List.of("env", "LC_ALL=C"));
        whole.addAll(command);
        return whole;
    }

    /** Opening a pipe waits for a writer, who never comes. */
    @Test
    void verifyDoesNotWaitForAPipe() throws Exception {
        Hubswarm.run("torrent", "create", source, "-o", torrent).exits(0);
        Files.delete(source.resolve("a"));
        Ran.of(List.of("mkfifo", source.resolve("a").toString())).exits(0);
        List<String> command = new ArrayList<>(List.of("timeout", "20"));
        command.addAll(Hubswarm.command("torrent", "verify", torrent, source));
        Ran ran = Ran.of(command).exits(5).saysNoStack();
        assertTrue(ran.out().contains("bad piece 0: a"), ran::toString);
    }

    @Test
    void verifyOfTheWrongThing() throws Exception {
        Hubswarm.run("torrent", "create", source, "-o", torrent).exits(0);
        Path gone = folder.resolve("gone");
        Hubswarm.run("torrent", "verify", torrent, gone).exits(3).says(gone + " does not exist");
        Hubswarm.run("torrent", "verify", torrent, source.resolve("a")).exits(2).says("is a file", "of a folder");
        Files.setPosixFilePermissions(source.resolve("a"), Set.of());
        Ran ran = Unprivileged.run(folder, "torrent", "verify", torrent, source)
                .exits(5)
                .saysNoStack();
        assertTrue(ran.out().contains(source.resolve("a") + " may not be read"), ran::toString);
    }
}
