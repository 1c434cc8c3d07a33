package dev.hubswarm.torrentcreator;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.base.ContentDigest;
import dev.hubswarm.base.UserError;
import dev.hubswarm.protocol.metainfo.CanonicalTorrent;
import dev.hubswarm.protocol.metainfo.FileEntry;
import dev.hubswarm.protocol.metainfo.Hash;
import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.protocol.metainfo.TorrentVersion;
import dev.hubswarm.storage.HashPool;
import dev.hubswarm.testkit.LeakCheck;
import dev.hubswarm.testkit.SeededBytes;
import dev.hubswarm.torrentcreator.TorrentCreator.Created;
import dev.hubswarm.torrentcreator.TorrentCreator.Request;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;

@ExtendWith(LeakCheck.class)
final class TorrentCreatorTest {
    private static final int MIB = 1 << 20;
    private static final String COMMIT = "5617a9f61b028005a4858fdac845db406aefb181";

    private final HashPool pool = new HashPool(2);
    private final TorrentCreator creator = new TorrentCreator(pool);

    @TempDir
    Path folder;

    @AfterEach
    void closePool() {
        pool.close();
    }

    private Created create(Request request) throws UserError, InterruptedException {
        return creator.create(request, Progress.NONE);
    }

    private Path file(String name, int size) throws IOException {
        return SeededBytes.write(folder.resolve(name), name.hashCode(), size);
    }

    /** The vectors that other implementations can be checked with: what bytes, and which hashes come out. */
    @ParameterizedTest(name = "seed {0}, {1} bytes")
    @CsvFileSource(resources = "/vectors/canonical.csv", useHeadersInDisplayName = true)
    void canonicalTorrentsHaveTheHashesOfTheVectors(long seed, long size, String sha256, String v1, String v2)
            throws Exception {
        Path file = SeededBytes.write(folder.resolve("any name"), seed, size);
        Metainfo torrent = create(Request.of(file, TorrentKind.FILE)).torrent();
        assertEquals(sha256, torrent.name());
        assertEquals(v1, String.valueOf(torrent.infoHash().v1()));
        assertEquals(v2, String.valueOf(torrent.infoHash().v2()));
        assertEquals(Hash.ofHex(sha256), CanonicalTorrent.digestOf(torrent));
    }

    @Test
    void canonicalTorrentsDependOnTheBytesAlone() throws Exception {
        Path first = file("model.safetensors", 3 * MIB + 1);
        Path second = folder.resolve("deep/er/другое имя.bin");
        Files.createDirectories(Objects.requireNonNull(second.getParent()));
        Files.copy(first, second);
        Files.setLastModifiedTime(second, FileTime.from(Instant.EPOCH));
        assertTrue(second.toFile().setExecutable(true));

        Metainfo a = create(Request.of(first, TorrentKind.FILE)).torrent();
        Metainfo b = create(Request.of(second, TorrentKind.FILE)).torrent();
        assertArrayEquals(a.bytes(), b.bytes());
    }

    @Test
    void snapshotsAreV2OnlyUnderTheNameOfTheCommitAndWithoutAttributes() throws Exception {
        Path snapshot = folder.resolve(COMMIT);
        Files.createDirectories(snapshot.resolve("onnx"));
        Path blob = file("blob", 300_000);
        assertTrue(blob.toFile().setExecutable(true));
        Files.createSymbolicLink(snapshot.resolve("model.bin"), blob);
        SeededBytes.write(snapshot.resolve("onnx/model.onnx"), 5, 10);
        SeededBytes.write(snapshot.resolve(".cache/huggingface/download/model.bin.metadata"), 6, 10);

        Metainfo torrent = create(Request.of(snapshot, TorrentKind.SNAPSHOT)).torrent();
        assertEquals(TorrentVersion.V2, torrent.version());
        assertEquals(COMMIT, torrent.name());
        assertEquals(256 * 1024, torrent.pieceLength());
        List<String> paths = torrent.files().stream()
                .filter(entry -> !entry.padding())
                .map(FileEntry::displayPath)
                .toList();
        assertEquals(List.of("model.bin", "onnx/model.onnx"), paths);
        String info = new String(bytes(torrent), StandardCharsets.ISO_8859_1);
        assertTrue(!info.contains("attr"), "no attribute may change the info hash");
    }

    private static byte[] bytes(Metainfo torrent) {
        byte[] info = new byte[torrent.info().remaining()];
        torrent.info().get(info);
        return info;
    }

    @Test
    void digestsOfWholeFilesComeFromTheSameRead() throws Exception {
        Path file = file("hello", 0);
        Files.writeString(file, "hello\n");
        Request request = Request.of(folder, TorrentKind.PLAIN).with(EnumSet.allOf(ContentDigest.Kind.class));
        var digests = Objects.requireNonNull(create(request).digests().get(List.of("hello")));
        // As sha256sum and git hash-object print them.
        assertEquals(
                "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03",
                String.valueOf(digests.get(ContentDigest.Kind.SHA256)));
        assertEquals(
                "ce013625030ba8dba906f756967f9e9ca394464a", String.valueOf(digests.get(ContentDigest.Kind.GIT_SHA1)));
    }

    @Test
    void progressGrowsUpToTheWholeSize() throws Exception {
        Path file = file("data", 9 * MIB);
        List<Long> heard = new ArrayList<>();
        creator.create(Request.of(file, TorrentKind.FILE), (done, total) -> {
            assertEquals(9 * MIB, total);
            heard.add(done);
        });
        assertEquals(heard.stream().sorted().toList(), heard);
        assertEquals(9L * MIB, heard.get(heard.size() - 1));
    }

    @Test
    void anInterruptCancels() throws Exception {
        Path file = file("data", 20 * MIB);
        Request request = Request.of(file, TorrentKind.FILE);
        assertThrows(
                InterruptedException.class,
                () -> creator.create(
                        request, (done, total) -> Thread.currentThread().interrupt()));
    }

    @Test
    void aFileThatGrowsWhileItIsReadGivesAnErrorWithItsName() throws Exception {
        Path file = file("growing", 5 * MIB);
        UserError error = assertThrows(
                UserError.class,
                () -> creator.create(Request.of(file, TorrentKind.FILE), once(() -> {
                    Files.write(file, new byte[] {1}, StandardOpenOption.APPEND);
                })));
        assertTrue(
                String.valueOf(error.getMessage()).contains("growing changed while it was read"), error.getMessage());
    }

    @Test
    void aFileThatShrinksWhileItIsReadGivesAnErrorWithItsName() throws Exception {
        Path file = file("shrinking", 60 * MIB);
        UserError error = assertThrows(
                UserError.class,
                () -> creator.create(Request.of(file, TorrentKind.FILE), once(() -> {
                    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                        channel.truncate(100);
                    }
                })));
        assertTrue(
                String.valueOf(error.getMessage()).contains("shrinking changed while it was read"), error.getMessage());
    }

    @Test
    void aFileOverwrittenInPlaceWhileItIsReadGivesAnError() throws Exception {
        Path file = file("overwritten", 5 * MIB);
        Files.setLastModifiedTime(file, FileTime.from(Instant.EPOCH));
        UserError error = assertThrows(
                UserError.class,
                () -> creator.create(Request.of(file, TorrentKind.FILE), once(() -> {
                    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                        channel.write(ByteBuffer.wrap(new byte[] {42}), 10);
                    }
                })));
        assertTrue(String.valueOf(error.getMessage()).contains("changed while it was read"), error.getMessage());
    }

    /** Something that happens once, after the files were listed and before they are read. */
    private interface Mischief {
        void happen() throws IOException;
    }

    private static Progress once(Mischief mischief) {
        boolean[] done = {false};
        return (read, total) -> {
            if (done[0]) return;
            done[0] = true;
            try {
                mischief.happen();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        };
    }

    @Test
    void whatCannotBecomeATorrentIsRefusedWithTheRightKindOfError() throws Exception {
        Path empty = file("empty", 0);
        Path some = file("some", 10);
        Path loop = Files.createDirectories(folder.resolve("loop"));
        Files.createSymbolicLink(loop.resolve("again"), loop);
        Path dangling = Files.createDirectories(folder.resolve("dangling"));
        Files.createSymbolicLink(dangling.resolve("link"), folder.resolve("nowhere"));
        Path hollow = Files.createDirectories(folder.resolve("hollow"));
        Path twins = folder.resolve("twins");
        SeededBytes.write(twins.resolve("Readme"), 1, 1);
        SeededBytes.write(twins.resolve("README"), 1, 1);
        Path bad = folder.resolve("bad");
        Path backslash = SeededBytes.write(bad.resolve("a\\b"), 1, 1);

        refused(UserError.Kind.FAILED, "empty files have no canonical", Request.of(empty, TorrentKind.FILE));
        refused(UserError.Kind.USAGE, "is a folder", Request.of(folder, TorrentKind.FILE));
        refused(UserError.Kind.USAGE, "40 hex digits", Request.of(folder, TorrentKind.SNAPSHOT));
        refused(UserError.Kind.NOT_FOUND, "does not exist", Request.of(folder.resolve("gone"), TorrentKind.FILE));
        refused(UserError.Kind.FAILED, "link to a folder around it", Request.of(loop, TorrentKind.PLAIN));
        refused(UserError.Kind.NOT_FOUND, "leads nowhere", Request.of(dangling, TorrentKind.PLAIN));
        refused(UserError.Kind.FAILED, "no files in", Request.of(hollow, TorrentKind.PLAIN));
        refused(UserError.Kind.FAILED, "collides", Request.of(twins, TorrentKind.PLAIN));
        refused(UserError.Kind.FAILED, "path separator", Request.of(bad, TorrentKind.PLAIN));
        refused(UserError.Kind.USAGE, "path separator", Request.of(backslash, TorrentKind.PLAIN));
        assertEquals(
                64,
                create(Request.of(backslash, TorrentKind.FILE)).torrent().name().length());
        for (int length : new int[] {1, 8192, 16383, 20000, 3 * MIB, 1 << 28}) {
            refused(
                    UserError.Kind.USAGE,
                    "not legal",
                    Request.of(some, TorrentKind.PLAIN).plain(TorrentVersion.V1, length));
        }
    }

    private void refused(UserError.Kind kind, String words, Request request) {
        UserError error = assertThrows(UserError.class, () -> create(request));
        assertTrue(String.valueOf(error.getMessage()).contains(words), error.getMessage());
        assertEquals(kind, error.kind(), error.getMessage());
    }

    @Test
    void emptyFilesAloneMakeATorrentWithoutPieces() throws Exception {
        Path only = folder.resolve("only");
        SeededBytes.write(only.resolve("a"), 1, 0);
        SeededBytes.write(only.resolve("b"), 1, 0);
        for (TorrentVersion version : TorrentVersion.values()) {
            Metainfo torrent = create(Request.of(only, TorrentKind.PLAIN).plain(version, 16384))
                    .torrent();
            assertEquals(0, torrent.pieceCount());
            assertEquals(2, torrent.fileCount());
            assertNull(torrent.files().get(0).piecesRoot());
        }
    }

    @Test
    void aTorrentOfAFolderNamesItsFilesInTheOrderOfTheTree() throws Exception {
        Path tree = folder.resolve("tree");
        for (String name : List.of("a/z", "a-b", "Ä", "a.b/c", "z", "😀", "\uffee")) {
            SeededBytes.write(tree.resolve(name), 1, 5);
        }
        Set<List<String>> seen = new HashSet<>();
        for (TorrentVersion version : TorrentVersion.values()) {
            Metainfo torrent = create(Request.of(tree, TorrentKind.PLAIN).plain(version, 16384))
                    .torrent();
            seen.add(torrent.files().stream()
                    .filter(entry -> !entry.padding())
                    .map(FileEntry::displayPath)
                    .toList());
        }
        assertEquals(Set.of(List.of("a/z", "a-b", "a.b/c", "z", "Ä", "\uffee", "😀")), seen);
    }
}
