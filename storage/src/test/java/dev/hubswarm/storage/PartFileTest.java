package dev.hubswarm.storage;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.base.ContentDigest;
import dev.hubswarm.base.UserError;
import dev.hubswarm.storage.PartFile.Source;
import dev.hubswarm.testkit.SeededBytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PartFileTest {
    private static final int PIECE = 1000;
    private static final int SIZE = 9_500;
    private static final byte[] CONTENT = SeededBytes.of(7, SIZE);
    private static final PartHeader HEADER =
            new PartHeader(ContentDigest.of("ab".repeat(32)), SIZE, PIECE, "org/model@main/weights");

    @TempDir
    Path temporary;

    private Path folder;
    private Path journals;
    private Path target;
    private long now;

    @BeforeEach
    void makeFolders() throws IOException {
        folder = Files.createDirectory(temporary.resolve("blobs"));
        journals = Files.createDirectory(temporary.resolve("resume"));
        target = folder.resolve(HEADER.digest().hex());
    }

    private PartFile open() throws UserError {
        return PartFile.open(folder, journals, HEADER, () -> now);
    }

    private static void write(PartFile part, int from, int to, Source source) throws UserError {
        part.write(ByteBuffer.wrap(CONTENT, from, to - from), from);
        part.written(from, to, source);
    }

    private static void writeMissing(PartFile part) throws UserError {
        for (int piece = 0; piece < HEADER.pieces(); piece++) {
            if (!part.has(piece)) write(part, piece * PIECE, Math.min(SIZE, (piece + 1) * PIECE), Source.HUB);
        }
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> String.valueOf(file.getFileName()))
                    .sorted()
                    .toList();
        }
    }

    private static List<Integer> pieces(PartFile part) {
        return IntStream.range(0, HEADER.pieces()).filter(part::has).boxed().toList();
    }

    private void finish(PartFile part) throws UserError, IOException {
        try (part) {
            writeMissing(part);
            assertEquals(SIZE, part.contiguous());
            part.publish(target, false);
        }
        assertArrayEquals(CONTENT, Files.readAllBytes(target));
        assertEquals(List.of(HEADER.digest().hex()), names(folder));
        assertEquals(List.of(), names(journals));
    }

    @Test
    void whatAnEarlierDownloadLeftNeedsNoMoreSpace() throws Exception {
        assertEquals(SIZE, PartFile.missing(folder, journals, HEADER));
        try (PartFile part = open()) {
            write(part, 1000, 4000, Source.HUB);
        }
        List<String> left = names(folder);
        assertEquals(SIZE - 3000, PartFile.missing(folder, journals, HEADER));
        assertEquals(left, names(folder));
        PartFile resumed = open();
        assertEquals(List.of(1, 2, 3), pieces(resumed));
        assertEquals(SIZE, PartFile.missing(folder, journals, HEADER), "somebody else's");
        finish(resumed);
    }

    @Test
    void aFileWrittenInAnyOrderIsPublishedAndNothingElseIsLeft() throws Exception {
        PartFile part = open();
        write(part, 9_000, SIZE, Source.PEER);
        write(part, 500, 3_100, Source.HUB);
        assertEquals(0, part.contiguous());
        assertEquals(List.of(1, 2, 9), pieces(part));
        write(part, 0, 600, Source.PEER);
        assertEquals(3_100, part.contiguous());
        assertEquals(Source.PEER, part.source(0));
        assertEquals(Source.HUB, part.source(1));
        assertNull(part.source(3));
        ByteBuffer back = ByteBuffer.allocate(100);
        assertEquals(100, part.read(back, 550));
        assertArrayEquals(java.util.Arrays.copyOfRange(CONTENT, 550, 650), back.array());
        finish(part);
        assertEquals(
                Files.getPosixFilePermissions(Files.createFile(temporary.resolve("other"))),
                Files.getPosixFilePermissions(target));
    }

    @Test
    void whatWasWholeIsThereAgainAfterAStop() throws Exception {
        try (PartFile part = open()) {
            write(part, 0, 2_500, Source.HUB);
            write(part, 7_000, 8_000, Source.PEER);
        }
        assertEquals(1, names(folder).size());
        PartFile again = open();
        assertEquals(1, names(folder).size());
        assertEquals(List.of(0, 1, 7), pieces(again));
        assertEquals(2_000, again.contiguous());
        assertEquals(Source.PEER, again.source(7));
        assertEquals(Source.HUB, again.source(1));
        finish(again);
    }

    @Test
    void aPartOfWhichNothingIsWholeIsNotKept() throws Exception {
        try (PartFile part = open()) {
            write(part, 10, 900, Source.HUB);
        }
        assertEquals(List.of(), names(folder));
        PartHeader small = new PartHeader(HEADER.digest(), 900, PIECE, "small");
        try (PartFile part = PartFile.open(folder, journals, small)) {
            part.write(ByteBuffer.wrap(CONTENT, 0, 900), 0);
            part.written(0, 900, Source.HUB);
        }
        try (PartFile part = PartFile.open(folder, journals, small)) {
            assertFalse(part.has(0), "small files are not resumed");
        }
        assertEquals(List.of(), names(journals));
    }

    @Test
    void piecesAreForcedEveryTwoSeconds() throws Exception {
        try (PartFile part = open()) {
            write(part, 0, 1_000, Source.HUB);
            now += 1_999_999_999L;
            write(part, 1_000, 2_000, Source.HUB);
            assertEquals(List.of(), names(journals));
            now += 1;
            write(part, 2_000, 2_100, Source.HUB);
            assertEquals(1, names(journals).size());
        }
    }

    @Test
    void twoWritersOfTheSameContentDoNotMeet() throws Exception {
        PartFile first = open();
        write(first, 0, 1_000, Source.HUB);
        first.flush();
        PartFile second = open();
        assertEquals(List.of(), pieces(second), "the first one lives");
        writeMissing(second);
        second.publish(target, false);
        second.close();
        finish(first);
    }

    @Test
    void aPartOfAnotherFolderIsLeftAlone() throws Exception {
        PartFile first = open();
        write(first, 0, 1_000, Source.HUB);
        first.close();
        Path other = Files.createDirectory(temporary.resolve("other"));
        PartFile second = PartFile.open(other, journals, HEADER);
        assertEquals(List.of(), pieces(second));
        second.discard();
        finish(open());
    }

    @Test
    void aReplacedOrShortenedPartIsBegunAnew() throws Exception {
        for (boolean replaced : new boolean[] {true, false}) {
            PartFile part = open();
            write(part, 0, 4_000, Source.HUB);
            part.close();
            Path file = folder.resolve(names(folder).get(0));
            if (replaced) {
                Path copy = Files.copy(file, temporary.resolve("copy"));
                Files.move(copy, file, StandardCopyOption.REPLACE_EXISTING);
            } else {
                Files.write(file, new byte[3_999]);
            }
            PartFile again = open();
            assertEquals(List.of(), pieces(again));
            again.discard();
            assertEquals(List.of(), names(folder));
            assertEquals(List.of(), names(journals));
        }
    }

    @Test
    void aPartThatWasPublishedIsNotWrittenAgain() throws Exception {
        PartFile part = open();
        write(part, 0, 4_000, Source.HUB);
        part.close();
        Files.createLink(target, folder.resolve(names(folder).get(0)));
        PartFile again = open();
        assertEquals(List.of(), pieces(again));
        again.discard();
        assertEquals(List.of(HEADER.digest().hex()), names(folder));
    }

    @Test
    void journalsOfPartsThatAreGoneCanBeDropped() throws Exception {
        PartFile living = open();
        write(living, 0, 4_000, Source.HUB);
        living.flush();
        PartFile stopped = open();
        write(stopped, 0, 4_000, Source.HUB);
        stopped.close();
        assertEquals(0, PartFile.lostJournals(journals, true));
        for (String name : names(folder)) Files.delete(folder.resolve(name));
        assertEquals(1, PartFile.lostJournals(journals, false), "the living one's stays");
        assertEquals(1, PartFile.lostJournals(journals, true));
        assertEquals(0, PartFile.lostJournals(journals, true));
        living.discard();
        assertEquals(List.of(), names(journals));
    }

    @Test
    void anotherPieceLengthIsBegunAnew() throws Exception {
        PartFile part = open();
        write(part, 0, 4_000, Source.HUB);
        part.close();
        PartHeader other = new PartHeader(HEADER.digest(), SIZE, 2 * PIECE, "");
        try (PartFile again = PartFile.open(folder, journals, other)) {
            assertFalse(again.has(0));
        }
        assertEquals(List.of(), names(folder));
    }

    @Test
    void aForgottenPieceIsForgottenOnDiskToo() throws Exception {
        PartFile part = open();
        write(part, 0, 5_000, Source.PEER);
        part.flush();
        write(part, 6_000, 7_000, Source.HUB);
        part.forget(2);
        part.forget(6);
        assertEquals(List.of(0, 1, 3, 4), pieces(part));
        assertEquals(2_000, part.contiguous());
        part.close();
        PartFile again = open();
        assertEquals(List.of(0, 1, 3, 4), pieces(again));
        assertEquals(Source.PEER, again.source(4));
        finish(again);
    }

    @Test
    void withoutAPlaceForJournalsADownloadStillWorks() throws Exception {
        Files.delete(journals);
        Files.createFile(journals);
        try (PartFile part = open()) {
            write(part, 0, 5_000, Source.HUB);
            part.flush();
            writeMissing(part);
            part.publish(target, false);
        }
        assertArrayEquals(CONTENT, Files.readAllBytes(target));
        Files.delete(target);
        PartFile kept = open();
        write(kept, 0, 5_000, Source.HUB);
        kept.close();
        assertEquals(List.of(), names(folder), "nothing vouches for it");
    }

    @Test
    void anExistingFileIsKeptUnlessItIsToBeReplaced() throws Exception {
        Files.writeString(target, "old");
        try (PartFile part = open()) {
            writeMissing(part);
            part.publish(target, false);
        }
        assertEquals("old", Files.readString(target));
        try (PartFile part = open()) {
            writeMissing(part);
            part.publish(target, true);
        }
        assertArrayEquals(CONTENT, Files.readAllBytes(target));
        assertEquals(1, names(folder).size());
    }

    @Test
    void aLinkThatLeadsNowhereGivesWayAndItsTargetIsNotMade() throws Exception {
        Path elsewhere = temporary.resolve("elsewhere");
        Files.createSymbolicLink(target, elsewhere);
        finish(open());
        assertFalse(Files.isSymbolicLink(target));
        assertFalse(Files.exists(elsewhere));
    }

    @Test
    void nothingIsWrittenOutsideTheFile() throws Exception {
        try (PartFile part = open()) {
            assertThrows(IllegalArgumentException.class, () -> part.write(ByteBuffer.allocate(2), SIZE - 1));
            assertThrows(IllegalArgumentException.class, () -> part.written(0, SIZE + 1, Source.HUB));
        }
    }

    /** Every journal that a torn or damaged disk could leave claims what is there, or less. */
    @Test
    void aDamagedJournalNeverClaimsTooMuch() throws Exception {
        PartFile part = open();
        List<Integer> order = new ArrayList<>(List.of(3, 0, 9, 5, 6));
        for (int piece : order) {
            write(part, piece * PIECE, Math.min(SIZE, (piece + 1) * PIECE), piece == 5 ? Source.PEER : Source.HUB);
            part.flush();
        }
        part.close();
        Path partPath = folder.resolve(names(folder).get(0));
        Path journal = journals.resolve(names(journals).get(0));
        byte[] good = Files.readAllBytes(journal);
        assertEquals(5, claims(journal).cardinality());

        int records = good.length - 5 * 12;
        for (int length = 0; length <= good.length; length++) {
            Files.write(journal, java.util.Arrays.copyOf(good, length));
            int whole = Math.max(0, (length - records) / 12);
            assertEquals(expected(order.subList(0, whole)), claims(journal), "cut to " + length);
        }
        for (int bit = 0; bit < good.length * 8; bit++) {
            byte[] bad = good.clone();
            bad[bit / 8] ^= (byte) (1 << bit % 8);
            Files.write(journal, bad);
            int whole = Math.max(0, (bit / 8 - records) / 12);
            List<Integer> left = bit / 8 < records ? List.of() : order.subList(0, whole);
            assertEquals(expected(left), claims(journal), "flipped bit " + bit);
        }
        Random random = new Random(1);
        for (int run = 0; run < 2_000; run++) {
            byte[] bad = new byte[random.nextInt(good.length * 2)];
            random.nextBytes(bad);
            System.arraycopy(good, 0, bad, 0, Math.min(bad.length, random.nextInt(good.length)));
            Files.write(journal, bad);
            BitSet claimed = claims(journal);
            claimed.andNot(expected(order));
            assertTrue(claimed.isEmpty(), "run " + run);
        }
        Files.write(journal, good);
        assertTrue(Files.exists(partPath));
        finish(open());
    }

    private static BitSet claims(Path journal) throws IOException {
        try (ResumeJournal read = ResumeJournal.open(journal)) {
            return read == null ? new BitSet() : read.pieces();
        }
    }

    private static BitSet expected(List<Integer> pieces) {
        BitSet set = new BitSet();
        pieces.forEach(set::set);
        return set;
    }

    @Test
    void writtenRangesAddUpInAnyOrder() throws Exception {
        Random random = new Random(3);
        for (int run = 0; run < 200; run++) {
            BitSet model = new BitSet();
            try (PartFile part = open()) {
                for (int step = 0; step < 12; step++) {
                    int from = random.nextInt(SIZE);
                    int to = from + 1 + random.nextInt(Math.min(3_000, SIZE - from));
                    part.written(from, to, Source.HUB);
                    model.set(from, to);
                    int forgotten = random.nextInt(HEADER.pieces());
                    if (random.nextInt(4) == 0) {
                        part.forget(forgotten);
                        model.clear(forgotten * PIECE, Math.min(SIZE, (forgotten + 1) * PIECE));
                    }
                    assertEquals(model.nextClearBit(0), part.contiguous());
                    for (int piece = 0; piece < HEADER.pieces(); piece++) {
                        int end = Math.min(SIZE, (piece + 1) * PIECE);
                        assertEquals(model.nextClearBit(piece * PIECE) >= end, part.has(piece), "piece " + piece);
                    }
                }
                part.discard();
            }
        }
    }

    @Test
    void manyThreadsWriteOnePart() throws Exception {
        PartFile part = open();
        List<Integer> order =
                new ArrayList<>(IntStream.range(0, HEADER.pieces()).boxed().toList());
        Collections.shuffle(order, new Random(5));
        order.parallelStream().forEach(piece -> {
            try {
                write(part, piece * PIECE, Math.min(SIZE, (piece + 1) * PIECE), Source.HUB);
                part.flush();
            } catch (UserError e) {
                throw new IllegalStateException(e);
            }
        });
        part.close();
        PartFile again = open();
        assertEquals(HEADER.pieces(), pieces(again).size());
        finish(again);
    }

    @Test
    void aPlantedLinkOrJournalIsNotFollowed() throws Exception {
        PartFile part = open();
        write(part, 0, 4_000, Source.HUB);
        part.close();
        Path file = folder.resolve(names(folder).get(0));
        Path victim = Files.writeString(temporary.resolve("victim"), "mine");
        Files.delete(file);
        Files.createSymbolicLink(file, victim);
        PartFile again = open();
        assertEquals(List.of(), pieces(again));
        assertNotEquals(file, victim);
        finish(again);
        assertEquals("mine", Files.readString(victim));
    }
}
