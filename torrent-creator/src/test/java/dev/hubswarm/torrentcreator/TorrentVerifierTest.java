package dev.hubswarm.torrentcreator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.base.UserError;
import dev.hubswarm.protocol.metainfo.CanonicalTorrent;
import dev.hubswarm.protocol.metainfo.Digests;
import dev.hubswarm.protocol.metainfo.FileEntry;
import dev.hubswarm.protocol.metainfo.Hash;
import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.protocol.metainfo.TorrentExtras;
import dev.hubswarm.protocol.metainfo.TorrentVersion;
import dev.hubswarm.storage.HashPool;
import dev.hubswarm.testkit.LeakCheck;
import dev.hubswarm.testkit.SeededBytes;
import dev.hubswarm.torrentcreator.TorrentCreator.Request;
import dev.hubswarm.torrentcreator.VerifyReport.BadPiece;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@ExtendWith(LeakCheck.class)
final class TorrentVerifierTest {
    private static final int PIECE = 32768;

    private final HashPool pool = new HashPool(2);

    @TempDir
    Path folder;

    @AfterEach
    void closePool() {
        pool.close();
    }

    private Metainfo torrentOf(Path path, TorrentVersion version) throws Exception {
        Request request = Request.of(path, TorrentKind.PLAIN).plain(version, PIECE);
        return new TorrentCreator(pool).create(request, Progress.NONE).torrent();
    }

    private VerifyReport verify(Metainfo torrent, Path path) throws Exception {
        return new TorrentVerifier(pool).verify(torrent, path, Progress.NONE);
    }

    private Path tree() throws Exception {
        Path tree = folder.resolve("tree");
        SeededBytes.write(tree.resolve("a"), 1, 100_000);
        SeededBytes.write(tree.resolve("b"), 2, 10);
        SeededBytes.write(tree.resolve("c/d"), 3, 3 * PIECE);
        SeededBytes.write(tree.resolve("e"), 4, 0);
        return tree;
    }

    private static void flip(Path file, long offset) throws Exception {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            ByteBuffer one = ByteBuffer.allocate(1);
            channel.read(one, offset);
            one.put(0, (byte) (one.get(0) ^ 1)).rewind();
            channel.write(one, offset);
        }
    }

    @ParameterizedTest
    @EnumSource
    void unchangedFilesAreGoodByTheFolderOrTheFolderAroundIt(TorrentVersion version) throws Exception {
        Path tree = tree();
        Metainfo torrent = torrentOf(tree, version);
        assertTrue(verify(torrent, tree).isGood());
        assertTrue(verify(torrent, folder).isGood());
    }

    @ParameterizedTest
    @EnumSource
    void everyBadPieceIsNamedWithTheFilesItTouches(TorrentVersion version) throws Exception {
        Path tree = tree();
        Metainfo torrent = torrentOf(tree, version);
        flip(tree.resolve("a"), 0);
        flip(tree.resolve("b"), 9);
        flip(tree.resolve("c/d"), 3 * PIECE - 1);
        // In v1 the files follow each other, so b lies in the piece that ends a and begins c/d.
        List<BadPiece> expected = version == TorrentVersion.V1
                ? List.of(
                        new BadPiece(0, List.of("a")),
                        new BadPiece(3, List.of("a", "b", "c/d")),
                        new BadPiece(6, List.of("c/d")))
                : List.of(
                        new BadPiece(0, List.of("a")), new BadPiece(4, List.of("b")), new BadPiece(7, List.of("c/d")));
        assertEquals(expected, verify(torrent, tree).badPieces());
    }

    @ParameterizedTest
    @EnumSource
    void missingShortAndLongFilesAreNamedAndTheRestIsStillChecked(TorrentVersion version) throws Exception {
        Path tree = tree();
        Metainfo torrent = torrentOf(tree, version);
        Files.delete(tree.resolve("b"));
        try (FileChannel channel = FileChannel.open(tree.resolve("c/d"), StandardOpenOption.WRITE)) {
            channel.truncate(2 * PIECE);
        }
        Files.write(tree.resolve("e"), new byte[1]);
        flip(tree.resolve("a"), PIECE);

        VerifyReport report = verify(torrent, tree);
        assertEquals(Set.of("b"), report.unreadable().keySet());
        assertEquals(Map.of("c/d", 2L * PIECE, "e", 1L), report.wrongSize());
        List<Integer> bad = report.badPieces().stream().map(BadPiece::piece).toList();
        assertEquals(version == TorrentVersion.V1 ? List.of(1, 3, 5, 6) : List.of(1, 4, 7), bad);
        assertFalse(report.isGood());
    }

    @Test
    void aFileThatIsOnlyTooLongIsNotGood() throws Exception {
        Path file = SeededBytes.write(folder.resolve("file"), 1, 1000);
        Metainfo torrent = torrentOf(file, TorrentVersion.HYBRID);
        Files.write(file, new byte[1], StandardOpenOption.APPEND);
        VerifyReport report = verify(torrent, file);
        assertEquals(List.of(), report.badPieces());
        assertFalse(report.isGood());
    }

    /** T2: the pieces of such a torrent are consistent; only the name shows that it is for other bytes. */
    @Test
    void aCanonicalTorrentOfOtherBytesThanItsNameSaysIsRecognised() throws Exception {
        byte[] content = SeededBytes.of(1, 1000);
        Path file = folder.resolve("file");
        Files.write(file, content);
        Metainfo honest = new TorrentCreator(pool)
                .create(Request.of(file, TorrentKind.FILE), Progress.NONE)
                .torrent();
        FileEntry entry = honest.files().get(0);
        Hash root = Objects.requireNonNull(entry.piecesRoot());
        byte[] pieces = honest.v1Piece(0).bytes();
        Hash wrong = Hash.of(Digests.sha256().digest(new byte[0]));
        Metainfo forged = Metainfo.readStrictly(
                CanonicalTorrent.torrent(wrong, 1000, pieces, root, root.bytes(), TorrentExtras.NONE));

        assertTrue(verify(honest, file).isGood());
        VerifyReport report = verify(forged, file);
        assertEquals(List.of(), report.badPieces());
        assertTrue(report.digestDiffers());
        assertFalse(report.isGood());
    }

    @Test
    void aPathThatDoesNotExistOrDoesNotFitIsAnError() throws Exception {
        Path tree = tree();
        Metainfo ofTree = torrentOf(tree, TorrentVersion.V1);
        Metainfo ofFile = torrentOf(tree.resolve("a"), TorrentVersion.V1);
        assertEquals(UserError.Kind.NOT_FOUND, error(ofFile, folder.resolve("gone")));
        assertEquals(UserError.Kind.USAGE, error(ofTree, tree.resolve("a")));
        assertEquals(UserError.Kind.NOT_FOUND, error(ofFile, folder));
    }

    private UserError.Kind error(Metainfo torrent, Path path) {
        return assertThrows(UserError.class, () -> verify(torrent, path)).kind();
    }
}
