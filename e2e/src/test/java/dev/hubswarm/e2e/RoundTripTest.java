package dev.hubswarm.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.e2e.GeneratedInput.Content;
import dev.hubswarm.protocol.metainfo.TorrentVersion;
import dev.hubswarm.storage.HashPool;
import dev.hubswarm.testkit.SeededBytes;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The jar that users run makes torrents, reads those of others, and finds what is bad. */
@Tag("e2e")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class RoundTripTest {
    private static final int PIECE = 32 * 1024;

    private static final GeneratedInput FOLDER = GeneratedInput.folder(
            "a folder",
            PIECE,
            new Content("a", 1, 3 * PIECE + 7),
            new Content("b/empty", 2, 0),
            new Content("b/ü", 3, 2 * PIECE),
            new Content("c", 4, 5 * PIECE - 1),
            new Content("d", 5, 100),
            new Content("e", 6, 4 * PIECE));

    private final LibtorrentOracle libtorrent;

    RoundTripTest() throws IOException {
        libtorrent = new LibtorrentOracle();
    }

    @AfterAll
    void stop() {
        libtorrent.close();
    }

    @TestFactory
    Stream<DynamicTest> whatWeCreateWeAndLibtorrentFindGood(@TempDir Path folder) throws Exception {
        Path tree = FOLDER.write(folder);
        Path file = SeededBytes.write(folder.resolve("file.bin"), 7, 300_000);
        Path commit = GeneratedInput.folder("", PIECE, FOLDER.files().toArray(Content[]::new))
                .write(Files.createDirectory(folder.resolve("hub")));
        Path snapshot = Files.move(
                commit, commit.resolveSibling("0123456789abcdef".repeat(3).substring(0, 40)));
        List<String> plain = List.of("--piece-length", "32KiB");
        return Stream.of(
                roundTrip(tree, "--v1", plain),
                roundTrip(tree, "--v2", plain),
                roundTrip(tree, "--hybrid", plain),
                roundTrip(file, "--kind=plain", List.of("--v1")),
                roundTrip(file, "--kind=plain", List.of("--v2")),
                roundTrip(snapshot, "--kind=snapshot", List.of()),
                roundTrip(file, "--kind=file", List.of()));
    }

    private DynamicTest roundTrip(Path source, String kind, List<String> more) {
        return DynamicTest.dynamicTest(source.getFileName() + " " + kind + " " + more, () -> {
            Path torrent = source.resolveSibling("made.torrent");
            List<Object> create = new ArrayList<>(List.of("torrent", "create", source, "-o", torrent, "--force", kind));
            create.addAll(more);
            JsonNode made = json(create, "--json");
            JsonNode shown = json(List.of("torrent", "show", torrent), "--json");
            for (String field : List.of("name", "total_size", "info_hash_v1", "info_hash_v2")) {
                assertEquals(made.get(field), shown.get(field), field);
            }
            JsonNode verified = json(List.of("torrent", "verify", torrent, source), "--json");
            assertTrue(verified.get("good").asBoolean());
            String name = shown.get("name").asString();
            Path around = Files.createDirectories(source.resolveSibling("as named"));
            Path named = Files.createSymbolicLink(around.resolve(name), source);
            assertEquals(List.of(), libtorrent.badPieces(Files.readAllBytes(torrent), around));
            Files.delete(named);
        });
    }

    @TestFactory
    Stream<DynamicTest> whatOthersCreateWeReadAndFindGood(@TempDir Path folder) throws Exception {
        Path tree = FOLDER.write(folder);
        Path file = SeededBytes.write(folder.resolve("file.bin"), 7, 300_000);
        List<DynamicTest> tests = new ArrayList<>();
        for (Path source : List.of(tree, file)) {
            for (TorrentVersion version : TorrentVersion.values()) {
                tests.add(foreign(
                        "libtorrent, " + version,
                        source,
                        torrent -> Files.write(
                                torrent,
                                libtorrent.create(source, PIECE, version).bytes())));
            }
            tests.add(foreign(
                    "mktorrent",
                    source,
                    torrent -> Ran.of(List.of(
                                    Tools.require("mktorrent").toString(),
                                    "--piece-length=15",
                                    "--announce=http://tracker.invalid/announce",
                                    "--output=" + torrent,
                                    source.toString()))
                            .exits(0)));
            tests.add(foreign(
                    "Transmission",
                    source,
                    torrent -> Ran.of(List.of(
                                    Tools.require("transmission-create").toString(),
                                    "--piecesize=32",
                                    "--outfile=" + torrent,
                                    source.toString()))
                            .exits(0)));
        }
        return tests.stream();
    }

    private interface Program {
        void create(Path torrent) throws Exception;
    }

    private DynamicTest foreign(String by, Path source, Program program) {
        return DynamicTest.dynamicTest(by + " of " + source.getFileName(), () -> {
            Path torrent = source.resolveSibling("foreign.torrent");
            Files.deleteIfExists(torrent);
            program.create(torrent);
            JsonNode shown = json(List.of("torrent", "show", torrent), "--json");
            assertEquals(source.getFileName().toString(), shown.get("name").asString());
            assertEquals(PIECE, shown.get("piece_length").asInt());
            LibtorrentOracle.Loaded loaded = libtorrent.load(Files.readAllBytes(torrent));
            assertEquals(loaded.v1(), shown.get("info_hash_v1").stringValue(null));
            assertEquals(loaded.v2(), shown.get("info_hash_v2").stringValue(null));
            Hubswarm.run("torrent", "verify", torrent, source).exits(0).saysNoStack();
        });
    }

    @Test
    void aFlippedByteIsFoundInItsPiece(@TempDir Path folder) throws Exception {
        Path tree = FOLDER.write(folder);
        Path v1 = create(tree, TorrentVersion.V1);
        Path v2 = create(tree, TorrentVersion.V2);
        Path hybrid = create(tree, TorrentVersion.HYBRID);
        flip(tree.resolve("c"), 3);

        // In v1 the piece begins in the file before; in the others every file begins a piece.
        assertFinds(v1, folder, List.of(new Bad(5, 5, List.of("b/ü", "c"))));
        assertFinds(v2, folder, List.of(new Bad(6, 6, List.of("c"))));
        assertFinds(hybrid, folder, List.of(new Bad(6, 6, List.of("c"))));
    }

    @Test
    void verifyGoesOnAfterWhatIsBad(@TempDir Path folder) throws Exception {
        Path tree = FOLDER.write(folder);
        Path torrent = create(tree, TorrentVersion.HYBRID);
        flip(tree.resolve("a"), 0);
        Files.delete(tree.resolve("b/ü"));
        resize(tree.resolve("c"), 2 * PIECE);
        resize(tree.resolve("e"), 4 * PIECE + 1);
        flip(tree.resolve("e"), 4 * PIECE - 1);

        JsonNode found = assertFinds(
                        torrent,
                        folder,
                        List.of(
                                new Bad(0, 0, List.of("a")),
                                new Bad(4, 5, List.of("b/ü")),
                                new Bad(8, 10, List.of("c")),
                                new Bad(15, 15, List.of("e"))))
                .json();
        assertEquals(7, found.get("bad_piece_count").asInt());
        assertEquals(16, found.get("piece_count").asInt());
        assertEquals("b/ü", found.get("unreadable").get(0).get("path").asString());
        assertEquals(
                "[{\"path\":\"c\",\"size\":65536},{\"path\":\"e\",\"size\":131073}]",
                found.get("wrong_size").toString());

        Ran words = Hubswarm.run("torrent", "verify", torrent, folder).exits(5).saysNoStack();
        assertEquals(
                List.of(
                        tree.resolve("b/ü") + " does not exist. Check the path.",
                        "wrong size: c has 65536 bytes",
                        "wrong size: e has 131073 bytes",
                        "bad piece 0: a",
                        "bad pieces 4 to 5: b/ü",
                        "bad pieces 8 to 10: c",
                        "bad piece 15: e",
                        "Damaged: 7 of 16 pieces bad."),
                words.out().lines().toList());
    }

    /** Neighbouring bad pieces, as {@code verify --json} tells them. */
    private record Bad(int first, int last, List<String> files) {}

    /** Asserts that our program finds these, and libtorrent the same. */
    private Ran assertFinds(Path torrent, Path folder, List<Bad> expected) throws Exception {
        Ran ran = Hubswarm.run("torrent", "verify", torrent, folder, "--json")
                .exits(5)
                .saysNoStack();
        List<Bad> found = new ArrayList<>();
        for (JsonNode bad : ran.json().get("bad_pieces")) {
            List<String> files = new ArrayList<>();
            bad.get("files").forEach(file -> files.add(file.asString()));
            found.add(new Bad(bad.get("first").asInt(), bad.get("last").asInt(), files));
        }
        assertEquals(expected, found);

        List<Integer> pieces = new ArrayList<>();
        for (Bad bad : expected) {
            for (int piece = bad.first; piece <= bad.last; piece++) pieces.add(piece);
        }
        assertEquals(pieces, libtorrent.badPieces(Files.readAllBytes(torrent), folder));
        return ran;
    }

    private static Path create(Path tree, TorrentVersion version) throws Exception {
        try (HashPool pool = HashPool.perCore()) {
            byte[] torrent = Creation.plain(pool, tree, version, PIECE).bytes();
            return Files.write(tree.resolveSibling(version + ".torrent"), torrent);
        }
    }

    private static void flip(Path path, long offset) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.seek(offset);
            int old = file.read();
            file.seek(offset);
            file.write(old ^ 1);
        }
    }

    private static void resize(Path path, long size) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.setLength(size);
        }
    }

    private static JsonNode json(List<Object> command, String last) throws Exception {
        List<Object> whole = new ArrayList<>(command);
        whole.add(last);
        return Hubswarm.run(whole.toArray()).exits(0).saysNoStack().json();
    }
}
