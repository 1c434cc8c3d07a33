package dev.hubswarm.p2pengine.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.base.UserError;
import dev.hubswarm.base.UserError.Kind;
import dev.hubswarm.protocol.metainfo.Digests;
import dev.hubswarm.protocol.metainfo.FileEntry;
import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.protocol.metainfo.TorrentExtras;
import dev.hubswarm.protocol.metainfo.TorrentVersion;
import dev.hubswarm.protocol.metainfo.TorrentWriter;
import dev.hubswarm.testkit.SeededBytes;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

final class TorrentFilesTest extends DiskTest {
    private static final int PIECE = 1 << 16;

    /** Files of less than a block, of less than a piece, of some pieces, of none, in folders and not. */
    private Sample sample(TorrentVersion version) throws Exception {
        Path source = temporary.resolve("source/model");
        SeededBytes.write(source.resolve("a/config.json"), 1, 700);
        SeededBytes.write(source.resolve("a/weights.bin"), 2, 3 * PIECE + 20_000);
        SeededBytes.write(source.resolve("empty"), 3, 0);
        SeededBytes.write(source.resolve("large.bin"), 4, 6 * PIECE);
        SeededBytes.write(source.resolve("tokens"), 5, 40_000);
        return Sample.of(source, version, PIECE);
    }

    private Path folder() throws IOException {
        return Files.createDirectories(temporary.resolve("downloads"));
    }

    private TorrentFiles open(Sample sample) throws Exception {
        return open(sample, file -> true);
    }

    private TorrentFiles open(Sample sample, Predicate<FileEntry> wanted) throws Exception {
        return TorrentFiles.open(
                sample.torrent(),
                TorrentFiles.named(sample.torrent(), folder()),
                wanted,
                temporary.resolve("notes"),
                open);
    }

    private PieceStore create(Sample sample, TorrentFiles files) throws Exception {
        return create(sample.space(), sample.hashes(), files);
    }

    private static IntStream pieces(Sample sample) {
        return IntStream.range(0, sample.geometry().pieceCount());
    }

    private void assertSame(Path file) throws IOException {
        Path found = folder().resolve("model").resolve(file);
        assertArrayEquals(
                Files.readAllBytes(temporary.resolve("source/model").resolve(file)), Files.readAllBytes(found));
    }

    private List<String> found() throws IOException {
        try (Stream<Path> all = Files.walk(folder())) {
            return all.filter(Files::isRegularFile)
                    .map(file -> temporary.resolve("downloads").relativize(file).toString())
                    .sorted()
                    .toList();
        }
    }

    @ParameterizedTest
    @EnumSource(TorrentVersion.class)
    void filesComeOutAsTheyWereAndPaddingIsNowhere(TorrentVersion version) throws Exception {
        Sample sample = sample(version);
        try (TorrentFiles files = open(sample)) {
            PieceStore store = create(sample, files);
            download(store, sample, pieces(sample));
            for (int piece : pieces(sample).toArray()) {
                int from = piece * PIECE;
                int length = sample.geometry().lengthOf(piece);
                assertArrayEquals(Arrays.copyOfRange(sample.bytes(), from, from + length), bytes(store, from, length));
            }
            close(store);
            assertEquals(sample.geometry().pieceCount(), heard.events.size());
        }
        assertEquals(
                List.of("model/a/config.json", "model/a/weights.bin", "model/empty", "model/large.bin", "model/tokens"),
                found());
        for (String name : List.of("a/config.json", "a/weights.bin", "empty", "large.bin", "tokens")) {
            assertSame(Path.of(name));
        }
    }

    @Test
    void whatSomebodySendsForPaddingDoesNotMatter() throws Exception {
        Sample sample = sample(TorrentVersion.HYBRID);
        try (TorrentFiles files = open(sample)) {
            PieceStore store = create(sample.space(), PieceHashes.v1(sample.torrent()), files);
            loop.run(() -> {
                assertTrue(store.open(0));
                ByteBuffer padded = ByteBuffer.allocate(Sample.BLOCK);
                padded.put(sample.bytes(), 0, 700);
                while (padded.hasRemaining()) padded.put((byte) 7);
                store.add(0, padded.flip(), EVE);
            });
            loop.await(() -> heard.has("verified 0"));
            // Others send the bytes of the file alone.
            int end = 1 + 3;
            loop.await(() -> store.open(end));
            loop.run(() -> {
                store.add(sample.at(end, 0), sample.block(end, 0), ANN);
                store.add(
                        sample.at(end, 1),
                        sample.block(end, 1).limit(sample.block(end, 1).position() + 20_000 - Sample.BLOCK),
                        ANN);
            });
            loop.await(() -> heard.has("verified " + end));
            close(store);
        }
    }

    /** Two short files, and more than a piece of padding between them, as some write torrents (BEP 47). */
    private static Sample farApart(boolean isPaddingRight) throws Exception {
        int pad = 2 * PIECE - 100;
        byte[] bytes = new byte[2 * PIECE + 100];
        System.arraycopy(SeededBytes.of(1, 100), 0, bytes, 0, 100);
        System.arraycopy(SeededBytes.of(2, 100), 0, bytes, 2 * PIECE, 100);
        ByteArrayOutputStream hashes = new ByteArrayOutputStream();
        for (int at = 0; at < bytes.length; at += PIECE) {
            byte[] piece = Arrays.copyOfRange(bytes, at, Math.min(at + PIECE, bytes.length));
            if (at == PIECE && !isPaddingRight) piece[7] = 1;
            hashes.writeBytes(Digests.sha1().digest(piece));
        }
        List<FileEntry> files = List.of(
                new FileEntry(List.of("a"), 100, 0, null, false),
                new FileEntry(Metainfo.paddingPath(pad), pad, 100, null, true),
                new FileEntry(List.of("b"), 100, 2 * PIECE, null, false));
        byte[] info = TorrentWriter.info(
                new TorrentWriter.Info(TorrentVersion.V1, "model", PIECE, false, files, hashes.toByteArray(), false));
        return new Sample(Metainfo.read(TorrentWriter.torrent(info, null, TorrentExtras.NONE)), bytes);
    }

    @Test
    void aPieceOfPaddingAloneIsHereFromTheStart() throws Exception {
        Sample sample = farApart(true);
        try (TorrentFiles files = open(sample)) {
            PieceStore store = create(sample, files);
            assertTrue(store.received().get(1));
            loop.await(() -> heard.has("verified 1"));
            // Who asks for it gets it: not everybody knows padding.
            assertArrayEquals(new byte[PIECE], bytes(store, PIECE, PIECE));
            close(store);
        }
    }

    @Test
    void paddingThatIsMeantToBeSomethingElseEndsTheDownload() throws Exception {
        Sample sample = farApart(false);
        try (TorrentFiles files = open(sample)) {
            PieceStore store = create(sample, files);
            loop.await(() -> !heard.failures.isEmpty());
            assertEquals(Kind.DAMAGED, heard.failures.get(0).kind());
            close(store);
        }
    }

    @ParameterizedTest
    @EnumSource(TorrentVersion.class)
    void aFileMayBeWantedAlone(TorrentVersion version) throws Exception {
        Sample sample = sample(version);
        FileEntry large = sample.torrent().files().stream()
                .filter(file -> file.displayPath().equals("large.bin"))
                .findFirst()
                .orElseThrow();
        int first = (int) (large.offset() / PIECE);
        int last = (int) ((large.offset() + large.length() - 1) / PIECE);
        Predicate<FileEntry> wanted = file -> file.displayPath().equals("large.bin");
        try (TorrentFiles files = open(sample, wanted)) {
            PieceStore store = create(sample, files);
            download(store, sample, IntStream.rangeClosed(first, last));
            // Pieces at the ends can be sent whole.
            int length = sample.geometry().lengthOf(first);
            assertArrayEquals(
                    Arrays.copyOfRange(sample.bytes(), first * PIECE, first * PIECE + length),
                    bytes(store, (long) first * PIECE, length));
            close(store);
        }
        assertSame(Path.of("large.bin"));
        List<String> expected =
                version.hasV2() ? List.of("model/large.bin") : List.of(".model.unwanted", "model/large.bin");
        assertEquals(expected, found());
        try (TorrentFiles files = open(sample, wanted)) {
            assertTrue(files.isTrusted());
            assertEquals(
                    IntStream.rangeClosed(first, last).boxed().toList(),
                    files.held().stream().boxed().toList());
        }
        try (TorrentFiles files = open(sample)) {
            assertFalse(files.isTrusted(), "it lies elsewhere now");
        }
    }

    @Test
    void afterACleanStopNothingIsReadAgain() throws Exception {
        Sample sample = sample(TorrentVersion.HYBRID);
        try (TorrentFiles files = open(sample)) {
            PieceStore store = create(sample, files);
            download(store, sample, IntStream.of(1, 2, 6));
            close(store);
        }
        try (TorrentFiles files = open(sample)) {
            assertTrue(files.isTrusted());
            PieceStore store = create(sample, files);
            assertEquals("{1, 2, 6}", store.verified().toString());
            assertEquals(sample.bytes()[PIECE], bytes(store, PIECE, 1)[0]);
            download(store, sample, pieces(sample).filter(piece -> !files.held().get(piece)));
            close(store);
        }
        assertSame(Path.of("a/weights.bin"));
        assertSame(Path.of("large.bin"));
    }

    @Test
    void afterACrashEverythingIsLookedAtAndNothingRightIsLost() throws Exception {
        Sample sample = sample(TorrentVersion.V1);
        TorrentFiles crashed = open(sample);
        PieceStore before = create(sample, crashed);
        download(before, sample, IntStream.of(0, 2, 5, 6));
        close(before);
        Path large = folder().resolve("model/large.bin");
        // Piece 6 lies within it; piece 4 was never there.
        flip(large, 6 * PIECE - (int) offset(sample, "large.bin"));

        TorrentFiles files = open(sample);
        assertFalse(files.isTrusted());
        PieceStore store = create(sample, files);
        int looked = files.held().cardinality();
        loop.await(() -> heard.events.size() == looked);
        assertEquals("{0, 2, 5}", store.verified().toString());
        assertEquals(store.verified(), store.received());
        download(store, sample, pieces(sample).filter(piece -> piece != 0 && piece != 2 && piece != 5));
        close(store);
        for (String name : List.of("a/config.json", "a/weights.bin", "large.bin", "tokens")) assertSame(Path.of(name));
    }

    @Test
    void whoStopsBeforeAllWasLookedAtLosesNothing() throws Exception {
        Sample sample = sample(TorrentVersion.V1);
        PieceStore before = create(sample, open(sample));
        download(before, sample, IntStream.of(0, 2, 5));
        close(before);
        // As if the user had seen at once that it is the wrong folder.
        open(sample).close();
        try (TorrentFiles files = open(sample)) {
            PieceStore store = create(sample, files);
            int looked = files.held().cardinality();
            loop.await(() -> heard.events.size() == looked);
            assertEquals("{0, 2, 5}", store.verified().toString());
            close(store);
        }
        try (TorrentFiles files = open(sample)) {
            assertTrue(files.isTrusted());
            assertEquals("{0, 2, 5}", files.held().toString());
        }
    }

    private static long offset(Sample sample, String path) {
        return sample.torrent().files().stream()
                .filter(file -> file.displayPath().equals(path))
                .findFirst()
                .orElseThrow()
                .offset();
    }

    private static void flip(Path file, int at) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            ByteBuffer one = ByteBuffer.allocate(1);
            channel.read(one, at);
            one.put(0, (byte) (one.get(0) ^ 1)).flip();
            channel.write(one, at);
        }
    }

    @Test
    void whatWasChangedBetweenTwoDownloadsIsLookedAt() throws Exception {
        Sample sample = sample(TorrentVersion.V2);
        try (TorrentFiles files = open(sample)) {
            PieceStore store = create(sample, files);
            download(store, sample, pieces(sample));
            close(store);
        }
        flip(folder().resolve("model/tokens"), 100);
        TorrentFiles files = open(sample);
        assertFalse(files.isTrusted());
        PieceStore store = create(sample, files);
        int count = sample.geometry().pieceCount();
        loop.await(() -> heard.events.size() == count);
        assertTrue(heard.has("wrong " + (count - 1)));
        assertEquals(count - 1, store.verified().cardinality());
        close(store);
    }

    @Test
    void strangersFilesAndLinksAreLeftAlone() throws Exception {
        Sample sample = sample(TorrentVersion.HYBRID);
        Path mine = Files.createDirectories(folder().resolve("model")).resolve("tokens");
        Files.writeString(mine, "x".repeat(40_001));
        UserError longer = assertThrows(UserError.class, () -> open(sample));
        assertEquals(Kind.FAILED, longer.kind());
        assertEquals(40_001, Files.size(mine));
        assertEquals(List.of("model/tokens"), found());
        Files.delete(mine);

        Path elsewhere = Files.createDirectory(temporary.resolve("elsewhere"));
        Files.createSymbolicLink(folder().resolve("model/a"), elsewhere);
        assertEquals(
                Kind.NOT_ALLOWED,
                assertThrows(UserError.class, () -> open(sample)).kind());
        try (Stream<Path> files = Files.list(elsewhere)) {
            assertEquals(0, files.count());
        }
    }

    @Test
    void aFileThatVanishesEndsTheDownload() throws Exception {
        Sample sample = sample(TorrentVersion.V2);
        TorrentFiles files = open(sample);
        PieceStore store = create(sample, files);
        download(store, sample, IntStream.of(1));
        Files.delete(folder().resolve("model/a/weights.bin"));
        download(store, sample, IntStream.of(2));
        loop.await(() -> !heard.failures.isEmpty());
        assertEquals(Kind.NOT_FOUND, heard.failures.get(0).kind());
        close(store);
        assertThrows(UserError.class, files::close);
        assertFalse(open(sample).isTrusted());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aFileThatSomebodyCutsShortEndsTheDownloadAndIsLookedAt(boolean goesOn) throws Exception {
        Sample sample = sample(TorrentVersion.V2);
        TorrentFiles files = open(sample);
        PieceStore store = create(sample, files);
        download(store, sample, IntStream.of(1, 2));
        try (FileChannel file = FileChannel.open(folder().resolve("model/a/weights.bin"), StandardOpenOption.WRITE)) {
            file.truncate(PIECE / 2);
        }
        if (goesOn) {
            // Which would make it as long again.
            download(store, sample, IntStream.of(3));
            loop.await(() -> !heard.failures.isEmpty());
            assertEquals(Kind.DAMAGED, heard.failures.get(0).kind());
        }
        close(store);
        files.close();
        assertFalse(open(sample).isTrusted());
    }

    @Test
    void whatIsWholeMovesWhileItIsReadAndIsOnlyReadFromThenOn() throws Exception {
        Sample sample = sample(TorrentVersion.V1);
        Path target = temporary.resolve("whole/model");
        Files.createDirectories(target.resolve("a"));
        Path other = Files.writeString(target.resolve("a/other"), "mine");
        try (TorrentFiles files = open(sample)) {
            PieceStore store = create(sample, files);
            download(store, sample, pieces(sample));
            files.moveTo(temporary.resolve("whole"));
            assertEquals(List.of(), found());
            assertEquals(sample.bytes()[PIECE], bytes(store, PIECE, 1)[0]);
            assertEquals("mine", Files.readString(other));
            assertEquals(
                    Kind.DAMAGED,
                    assertThrows(UserError.class, () -> files.write(ByteBuffer.allocate(1), 0))
                            .kind());
            flip(target.resolve("tokens"), 100);
            int last = sample.geometry().pieceCount() - 1;
            UserError changed = Objects.requireNonNull(read(store, (long) last * PIECE, 1).failure);
            assertEquals(Kind.DAMAGED, changed.kind());
            close(store);
        }
        assertArrayEquals(
                Files.readAllBytes(temporary.resolve("source/model/a/weights.bin")),
                Files.readAllBytes(target.resolve("a/weights.bin")));
    }

    @Test
    void settledFilesAreKnownAgainAndNeverMended() throws Exception {
        Sample sample = sample(TorrentVersion.HYBRID);
        try (TorrentFiles files = open(sample)) {
            PieceStore store = create(sample, files);
            download(store, sample, pieces(sample));
            files.moveTo(temporary.resolve("whole"));
            close(store);
        }
        Path tokens = temporary.resolve("whole/model/tokens");
        try (TorrentFiles files = settled(sample)) {
            assertTrue(files.isTrusted());
        }
        flip(tokens, 100);
        byte[] mine = Files.readAllBytes(tokens);
        try (TorrentFiles files = settled(sample)) {
            assertFalse(files.isTrusted());
            PieceStore store = create(sample, files);
            loop.await(() -> !heard.failures.isEmpty());
            assertEquals(Kind.DAMAGED, heard.failures.get(0).kind());
            close(store);
        }
        assertArrayEquals(mine, Files.readAllBytes(tokens));
    }

    private TorrentFiles settled(Sample sample) throws UserError {
        Path notes = temporary.resolve("notes");
        return TorrentFiles.openSettled(
                sample.torrent(),
                TorrentFiles.named(sample.torrent(), temporary.resolve("whole")),
                file -> true,
                notes,
                open);
    }

    /** Everything is here, and read once, so that the files are open. */
    private PieceStore whole(Sample sample, TorrentFiles files) throws Exception {
        PieceStore store = create(sample, files);
        download(store, sample, pieces(sample));
        int last = sample.geometry().pieceCount() - 1;
        assertEquals(sample.bytes()[last * PIECE], bytes(store, (long) last * PIECE, 1)[0]);
        return store;
    }

    private void assertEnds(PieceStore store, Sample sample, Kind kind) throws Exception {
        int last = sample.geometry().pieceCount() - 1;
        // Beyond what is kept of the last read.
        for (int piece = 0; piece <= last && heard.failures.isEmpty(); piece++) read(store, (long) piece * PIECE, 1);
        loop.await(() -> !heard.failures.isEmpty());
        assertEquals(kind, heard.failures.get(0).kind());
        close(store);
    }

    @Test
    void anEditInPlaceOfAWholeFileIsNeverSentAndNeverTrusted() throws Exception {
        Sample sample = sample(TorrentVersion.V2);
        try (TorrentFiles files = open(sample)) {
            PieceStore store = whole(sample, files);
            flip(folder().resolve("model/large.bin"), 5);
            long at = offset(sample, "large.bin");
            assertEquals(Kind.DAMAGED, failure(store, at).kind());
            assertEnds(store, sample, Kind.DAMAGED);
        }
        try (TorrentFiles files = open(sample)) {
            assertFalse(files.isTrusted());
        }
    }

    private UserError failure(PieceStore store, long at) throws Exception {
        return Objects.requireNonNull(read(store, at, 10).failure);
    }

    @Test
    void anotherFileInTheSamePlaceIsNeitherReadNorWritten() throws Exception {
        Sample sample = sample(TorrentVersion.V2);
        Path large = temporary.resolve("downloads/model/large.bin");
        for (boolean isWhole : new boolean[] {true, false}) {
            TorrentFiles files = open(sample);
            PieceStore store = isWhole ? whole(sample, files) : create(sample, files);
            Path other = Files.write(temporary.resolve("other"), new byte[6 * PIECE]);
            Files.move(other, large, StandardCopyOption.REPLACE_EXISTING);
            int first = (int) (offset(sample, "large.bin") / PIECE);
            if (isWhole) {
                assertEquals(Kind.DAMAGED, failure(store, (long) first * PIECE).kind());
            } else {
                download(store, sample, IntStream.of(first));
            }
            loop.await(() -> !heard.failures.isEmpty());
            assertEquals(Kind.DAMAGED, heard.failures.get(0).kind());
            close(store);
            assertArrayEquals(new byte[6 * PIECE], Files.readAllBytes(large));
            files.close();
            Files.delete(large);
        }
    }

    @Test
    void aWholeFileThatVanishedIsNotMadeAnew() throws Exception {
        Sample sample = sample(TorrentVersion.V2);
        TorrentFiles files = open(sample);
        PieceStore store = whole(sample, files);
        Path large = folder().resolve("model/large.bin");
        Files.delete(large);
        assertEnds(store, sample, Kind.NOT_FOUND);
        assertFalse(Files.exists(large));
    }

    @Test
    void aFullDiskEndsItAndOnceThereIsRoomItGoesOnWhereItWas() throws Exception {
        Sample sample = sample(TorrentVersion.HYBRID);
        try (TorrentFiles files = open(sample)) {
            FaultyFiles faulty = new FaultyFiles(files);
            PieceStore store = create(sample.space(), sample.hashes(), faulty);
            download(store, sample, IntStream.of(0, 1, 2, 6));
            faulty.onWrite = () -> {
                throw new UserError(Kind.NO_SPACE, "The disk is full.", "Free some.");
            };
            download(store, sample, IntStream.of(3));
            assertEquals(Kind.NO_SPACE, heard.failures.get(0).kind());
            close(store);
        }
        try (TorrentFiles files = open(sample)) {
            assertTrue(files.isTrusted());
            assertEquals("{0, 1, 2, 6}", files.held().toString());
            PieceStore store = create(sample, files);
            download(store, sample, pieces(sample).filter(piece -> !files.held().get(piece)));
            close(store);
        }
        for (String name : List.of("a/weights.bin", "large.bin", "tokens")) assertSame(Path.of(name));
    }

    private interface Harm {
        void to(Path large, Path note) throws IOException;
    }

    @Test
    void aNoteThatDoesNotFitIsNoNote() throws Exception {
        Sample sample = sample(TorrentVersion.V2);
        int count = sample.geometry().pieceCount();
        List<Harm> harms = List.of(
                (large, note) -> flip(large, 70_000),
                (large, note) -> {
                    try (FileChannel file = FileChannel.open(large, StandardOpenOption.WRITE)) {
                        file.truncate(2 * PIECE);
                    }
                },
                (large, note) -> {
                    Path other = Files.write(temporary.resolve("other"), new byte[6 * PIECE]);
                    Files.setLastModifiedTime(other, Files.getLastModifiedTime(large));
                    Files.move(other, large, StandardCopyOption.REPLACE_EXISTING);
                },
                (large, note) -> flip(note, 3),
                (large, note) -> flip(note, 32),
                (large, note) -> Files.write(note, new byte[7]),
                (large, note) -> Files.delete(note));
        for (int i = 0; i < harms.size(); i++) {
            try (TorrentFiles files = open(sample)) {
                PieceStore store = create(sample, files);
                loop.await(() -> store.verified().equals(store.received()));
                download(
                        store,
                        sample,
                        pieces(sample).filter(piece -> !store.verified().get(piece)));
                close(store);
            }
            Path note;
            try (Stream<Path> notes = Files.list(temporary.resolve("notes"))) {
                note = notes.findFirst().orElseThrow();
            }
            harms.get(i).to(folder().resolve("model/large.bin"), note);
            int harm = i;
            try (TorrentFiles files = open(sample)) {
                assertFalse(files.isTrusted(), () -> "harm " + harm);
                PieceStore store = create(sample, files);
                int looked = files.held().cardinality();
                loop.await(() -> heard.events.size() == looked);
                long lost = (long) count - store.verified().cardinality();
                assertEquals(List.of(1L, 4L, 6L, 0L, 0L, 0L, 0L).get(i), lost, () -> "harm " + harm);
                close(store);
            }
        }
    }
}
