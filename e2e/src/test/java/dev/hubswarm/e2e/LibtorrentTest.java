package dev.hubswarm.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.e2e.GeneratedInput.Content;
import dev.hubswarm.e2e.LibtorrentOracle.Loaded;
import dev.hubswarm.e2e.LibtorrentOracle.Made;
import dev.hubswarm.e2e.LibtorrentOracle.Refused;
import dev.hubswarm.protocol.metainfo.FileEntry;
import dev.hubswarm.protocol.metainfo.Hash;
import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.protocol.metainfo.TorrentVersion;
import dev.hubswarm.storage.HashPool;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Our torrents are those that libtorrent makes of the same input, and it reads them as we do. */
@Tag("e2e")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class LibtorrentTest {
    private static final int BLOCK = 16 * 1024;

    private final HashPool pool = HashPool.perCore();

    private @Nullable LibtorrentOracle started;

    @BeforeAll
    void start() throws IOException {
        started = new LibtorrentOracle();
    }

    @AfterAll
    void stop() {
        pool.close();
        if (started != null) started.close();
    }

    private LibtorrentOracle libtorrent() {
        if (started == null) throw new IllegalStateException("not started");
        return started;
    }

    @TestFactory
    Stream<DynamicTest> makesTheSameTorrents(@TempDir Path folder) {
        List<GeneratedInput> inputs = GeneratedInput.all();
        assertTrue(inputs.size() >= 300, () -> "only " + inputs.size() + " inputs");
        return inputs.stream()
                .map(input -> DynamicTest.dynamicTest(input.toString(), () -> {
                    Path source = input.write(folder);
                    try {
                        for (TorrentVersion version : TorrentVersion.values()) compare(input, source, version);
                    } finally {
                        Trees.delete(source);
                    }
                }));
    }

    private void compare(GeneratedInput input, Path source, TorrentVersion version) throws Exception {
        String what = version + " of " + input;
        Metainfo ours = Creation.plain(pool, source, version, input.pieceLength());
        boolean ordered = version == TorrentVersion.V1 && input.isFolder();
        Made theirs = ordered
                ? libtorrent().create(source, input.pieceLength(), version, input.inTreeOrder())
                : libtorrent().create(source, input.pieceLength(), version);
        assertEquals(theirs.infoHash(), ours.infoHash(), what);
        assertEquals(theirs.layers(), LibtorrentOracle.layers(ours), () -> "piece layers of " + what);
        assertLoads(ours, what);
    }

    private Loaded assertLoads(Metainfo ours, String what) throws Refused {
        Loaded loaded = libtorrent().load(ours.bytes());
        assertEquals(hex(ours.infoHash().v1()), loaded.v1(), () -> "v1 info hash of our " + what);
        assertEquals(hex(ours.infoHash().v2()), loaded.v2(), () -> "v2 info hash of our " + what);
        return loaded;
    }

    /**
     * With a folder {@code a} beside a file {@code a-b}, libtorrent writes the files of a hybrid by their whole paths,
     * in which '-' comes before '/', and the file tree by single names, where {@code a} comes first. It then refuses
     * its own torrent, since the two lists differ. Ours has one order for both, and libtorrent reads it.
     */
    @Test
    void readsOurHybridsWhereItsOwnContradictThemselves(@TempDir Path folder) throws Exception {
        GeneratedInput input = GeneratedInput.folder(
                "a folder beside files that begin with its name",
                BLOCK,
                new Content("a/inside", 1, 3 * BLOCK + 5),
                new Content("a-b", 2, BLOCK + 1),
                new Content("a.txt", 3, 20),
                new Content("a b/inside", 4, 7));
        assertTrue(!input.inTreeOrder().equals(input.inPathOrder()), "the orders differ");
        Path source = input.write(folder);

        Made theirs = libtorrent().create(source, input.pieceLength(), TorrentVersion.HYBRID);
        Refused refused = assertThrows(Refused.class, () -> libtorrent().load(theirs.bytes()));
        assertTrue(String.valueOf(refused.getMessage()).contains("v1 and v2 file metadata does not match"));

        Metainfo ours = Creation.plain(pool, source, TorrentVersion.HYBRID, input.pieceLength());
        Loaded loaded = assertLoads(ours, "hybrid");
        assertEquals(roots(ours), loaded.rootByPath());
        assertEquals(theirs.layers(), LibtorrentOracle.layers(ours));
        // Without a second list there is nothing to contradict.
        compare(input, source, TorrentVersion.V1);
        compare(input, source, TorrentVersion.V2);
    }

    private static Map<String, @Nullable String> roots(Metainfo torrent) {
        Map<String, @Nullable String> roots = new TreeMap<>();
        for (FileEntry file : torrent.files()) {
            if (!file.padding()) roots.put(torrent.name() + "/" + file.displayPath(), hex(file.piecesRoot()));
        }
        return roots;
    }

    /**
     * libtorrent makes and reads no torrent without a single byte, so these stand here whole. They were written by
     * hand after BEP 3 and BEP 52, and hashed with Python's hashlib.
     */
    @Test
    void emptyInputsAreAsTheStandardSays(@TempDir Path folder) throws Exception {
        Path file = Files.createFile(folder.resolve("empty"));
        Path tree = Files.createDirectory(folder.resolve("tree"));
        Files.createFile(tree.resolve("b"));
        Files.createFile(Files.createDirectory(tree.resolve("a")).resolve("c"));

        assertEmpty(
                file,
                TorrentVersion.V1,
                "d6:lengthi0e4:name5:empty12:piece lengthi16384e6:pieces0:e",
                "1ce8637c5f73f5ada1a28843e0629b300fd8a7d6",
                null);
        assertEmpty(
                file,
                TorrentVersion.V2,
                "d9:file treed5:emptyd0:d6:lengthi0eeee12:meta versioni2e4:name5:empty12:piece lengthi16384ee",
                null,
                "29dea24395d9c2ee4891fb7e2349faa601c9ca8a26c28fe3be98dc31e3f96d6b");
        assertEmpty(
                file,
                TorrentVersion.HYBRID,
                "d9:file treed5:emptyd0:d6:lengthi0eeee6:lengthi0e12:meta versioni2e4:name5:empty"
                        + "12:piece lengthi16384e6:pieces0:e",
                "1deee579e92b52311217f33eca09cb794df54c95",
                "a77f3fc0b52ad6c16e333429d6b24a3a560f92e63850e4ea3b921a2449f60a80");
        assertEmpty(
                tree,
                TorrentVersion.V1,
                "d5:filesld6:lengthi0e4:pathl1:a1:ceed6:lengthi0e4:pathl1:beee4:name4:tree"
                        + "12:piece lengthi16384e6:pieces0:e",
                "6dbce16feded459cd0c0d250923c57c5550f71c5",
                null);
        assertEmpty(
                tree,
                TorrentVersion.V2,
                "d9:file treed1:ad1:cd0:d6:lengthi0eeee1:bd0:d6:lengthi0eeee12:meta versioni2e4:name4:tree"
                        + "12:piece lengthi16384ee",
                null,
                "f2d0b8f7c6575a074d2fd4118ab571e58b0de293917c8a5e136dd512dd9296d9");
        assertEmpty(
                tree,
                TorrentVersion.HYBRID,
                "d9:file treed1:ad1:cd0:d6:lengthi0eeee1:bd0:d6:lengthi0eeee5:filesl"
                        + "d6:lengthi0e4:pathl1:a1:ceed6:lengthi0e4:pathl1:beee12:meta versioni2e4:name4:tree"
                        + "12:piece lengthi16384e6:pieces0:e",
                "7c9ca29beb38342b1f963e2118ca64a613f62ad3",
                "3b4cb5b063764a8f6c76a13a5159a89fbb04fa422093eed5dc20b807e40325ad");
    }

    private void assertEmpty(Path source, TorrentVersion version, String info, @Nullable String v1, @Nullable String v2)
            throws Exception {
        Metainfo ours = Creation.plain(pool, source, version, BLOCK);
        assertEquals(info, StandardCharsets.UTF_8.decode(ours.info()).toString());
        assertEquals(v1, hex(ours.infoHash().v1()), () -> "v1 of " + info);
        assertEquals(v2, hex(ours.infoHash().v2()), () -> "v2 of " + info);
        assertEquals(Map.of(), LibtorrentOracle.layers(ours));
        assertThrows(Refused.class, () -> libtorrent().load(ours.bytes()));
    }

    private static @Nullable String hex(@Nullable Hash hash) {
        return hash == null ? null : hash.hex();
    }
}
