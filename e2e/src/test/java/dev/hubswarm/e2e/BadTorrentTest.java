package dev.hubswarm.e2e;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.hubswarm.e2e.GeneratedInput.Content;
import dev.hubswarm.protocol.metainfo.TorrentVersion;
import dev.hubswarm.storage.HashPool;
import dev.hubswarm.testkit.SeededBytes;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** What is no torrent, or one that means harm, is refused in words. */
@Tag("e2e")
final class BadTorrentTest {
    private static final int PIECE = 16 * 1024;
    private static final String HASH = "h".repeat(20);
    private static final String ROOT = "r".repeat(32);

    /**
     * @param bytes a character each
     * @param says what the message must have in it
     */
    private record Bad(String what, String bytes, String says) {}

    @TestFactory
    Stream<DynamicTest> showRefuses(@TempDir Path folder) throws Exception {
        return bad(folder)
                .map(bad -> DynamicTest.dynamicTest(bad.what, () -> {
                    Path torrent = Files.writeString(folder.resolve("bad.torrent"), bad.bytes, ISO_8859_1);
                    Hubswarm.run("torrent", "show", torrent)
                            .exits(1)
                            .says(torrent + " is not a torrent we can use: ", bad.says);
                }));
    }

    /** All commands read torrents in one place; this is to see that none goes around it. */
    @Test
    void verifyAndMagnetRefuseTheSame(@TempDir Path folder) throws Exception {
        Path torrent = Files.writeString(folder.resolve("bad.torrent"), v1("l2:..4:evile"), ISO_8859_1);
        List<Path> before = Trees.list(folder);
        for (Object[] command : new Object[][] {
            {"torrent", "show", torrent, "--json"},
            {"torrent", "verify", torrent, folder},
            {"torrent", "verify", torrent, folder, "--json"},
            {"torrent", "magnet", torrent}
        }) {
            Ran ran = Hubswarm.run(command).exits(1).says(torrent + " is not a torrent we can use: ", "\"..\"");
            assertEquals("", ran.out());
        }
        assertEquals(before, Trees.list(folder));
    }

    @Test
    void whatCannotBeReadIsSaid(@TempDir Path folder) throws Exception {
        Path missing = folder.resolve("missing.torrent");
        Hubswarm.run("torrent", "show", missing).exits(3).says(missing + " does not exist");
        Hubswarm.run("torrent", "show", folder).exits(1).says("it is a folder");
        Path large = Sparse.file(folder.resolve("large.torrent"), 1L << 40);
        Hubswarm.run("torrent", "show", large).exits(1).says("it is larger than");
        Path secret = Files.writeString(folder.resolve("secret.torrent"), "de");
        Files.setPosixFilePermissions(secret, Set.of());
        Unprivileged.run(folder, "torrent", "show", secret).exits(4).says(secret + " may not be read");
    }

    private static Stream<Bad> bad(Path folder) throws Exception {
        String good = good(folder);
        int layer = good.indexOf("12:piece layers") + 60;
        return Stream.of(
                new Bad("nothing", "", "it is empty"),
                new Bad("a page of HTML", "<!DOCTYPE html><html><body>404 Not Found</body></html>", "not bencoded"),
                new Bad("a picture", "\u0089PNG\r\n\u001a\n\0\0\0\rIHDR", "not bencoded"),
                new Bad("any bytes", new String(SeededBytes.of(1, 5000), ISO_8859_1), "not bencoded"),
                new Bad("half a torrent", good.substring(0, good.length() / 2), "not bencoded"),
                new Bad("all of a torrent but its last byte", good.substring(0, good.length() - 1), "the input ends"),
                new Bad("a flipped bit in a key", good.replace("4:info", "4:inFo"), "info"),
                new Bad("a flipped bit in a piece layer", flipped(good, layer), "does not hash up to its root"),
                new Bad(
                        "a flipped bit in a length",
                        good.replace("6:lengthi50000e", "6:lengthi50001e"),
                        "file lists differ"),
                new Bad("a piece length that is no power of two", good.replace("i16384e", "i16385e"), "piece length"),
                new Bad("a path that leads out", v1("l2:..4:evile"), "\"..\""),
                new Bad("an absolute path", v1("l4:/etc6:passwde"), "path separator"),
                new Bad("a Windows path", v1("l12:..\\evil.dll.e"), "path separator"),
                new Bad("a name that leads out", info("6:lengthi1e4:name2:..", PIECE, HASH), "\"..\""),
                new Bad("a tree that leads out", v2("2:..d0:d6:lengthi1e11:pieces root32:" + ROOT + "ee"), "\"..\""),
                new Bad(
                        "a symbolic link",
                        v1("l4:linke12:symlink pathl3:etce").replace("4:path", "4:attr1:l4:path"),
                        "symbolic link"),
                new Bad("a file and a folder of one name", v1("l1:ae", "l1:a1:be"), "collides"),
                new Bad("a negative length", info("6:lengthi-1e4:name1:a", PIECE, HASH), "the length is negative"),
                new Bad("too few hashes", info("6:lengthi99999e4:name1:a", PIECE, HASH), "piece hashes"),
                new Bad("lists in lists in lists", "d4:info" + "l".repeat(1_000_000), "nested deeper"),
                new Bad("folders in folders in folders", v2("1:ad".repeat(100_000)), "nested deeper"),
                new Bad("a string longer than memory", "d4:info99999999999:", "longer than the input"),
                new Bad("a number that overflows", "d4:infod6:lengthi" + "9".repeat(1000) + "eee", "exceeds 64 bits"));
    }

    private static String good(Path folder) throws Exception {
        Path source = GeneratedInput.folder("", PIECE, new Content("a", 1, 50_000), new Content("b", 2, 1))
                .write(folder);
        try (HashPool pool = HashPool.perCore()) {
            byte[] torrent =
                    Creation.plain(pool, source, TorrentVersion.HYBRID, PIECE).bytes();
            return new String(torrent, ISO_8859_1);
        }
    }

    private static String flipped(String bytes, int at) {
        return bytes.substring(0, at) + (char) (bytes.charAt(at) ^ 1) + bytes.substring(at + 1);
    }

    private static String v1(String... paths) {
        StringBuilder files = new StringBuilder();
        for (String path : paths)
            files.append("d6:lengthi1e4:path").append(path).append('e');
        return info("5:filesl" + files + "e4:name1:n", PIECE, HASH);
    }

    private static String v2(String tree) {
        return "d4:infod9:file treed" + tree + "e12:meta versioni2e4:name1:n12:piece lengthi16384eee";
    }

    private static String info(String fields, int pieceLength, String pieces) {
        return "d4:infod" + fields + "12:piece lengthi" + pieceLength + "e6:pieces" + pieces.length() + ":" + pieces
                + "ee";
    }
}
