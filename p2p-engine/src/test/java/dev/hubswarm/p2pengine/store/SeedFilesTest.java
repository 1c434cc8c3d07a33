package dev.hubswarm.p2pengine.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.base.UserError;
import dev.hubswarm.base.UserError.Kind;
import dev.hubswarm.protocol.metainfo.TorrentVersion;
import dev.hubswarm.storage.FileStamp;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

final class SeedFilesTest extends DiskTest {
    private static final int PIECE = 1 << 18;

    private Sample sample() throws Exception {
        return Sample.file(temporary, TorrentVersion.HYBRID, PIECE, 5 * PIECE + 3);
    }

    private Path file() {
        return temporary.resolve("weights.bin");
    }

    private SeedFiles seed(Sample sample, List<FileStamp> known) throws Exception {
        return SeedFiles.open(sample.torrent(), file(), known, open);
    }

    private void edit(long at) throws Exception {
        try (RandomAccessFile file = new RandomAccessFile(file().toFile(), "rw")) {
            file.seek(at);
            int found = file.read();
            file.seek(at);
            file.write(found ^ 1);
        }
    }

    @Test
    void whatWasKnownToBeRightIsServedAtOnce() throws Exception {
        Sample sample = sample();
        List<FileStamp> stamps = seed(sample, List.of()).stamps();
        SeedFiles files = seed(sample, stamps);
        assertTrue(files.isTrusted());
        PieceStore store = create(sample.space(), sample.hashes(), files);
        assertEquals(6, store.verified().cardinality());
        assertArrayEquals(Arrays.copyOfRange(sample.bytes(), PIECE, PIECE + 100), bytes(store, PIECE, 100));
        close(store);
        assertEquals(List.of(), heard.events);
    }

    @Test
    void whatWasChangedInPlaceMeanwhileIsLookedAtAndNotServed() throws Exception {
        Sample sample = sample();
        List<FileStamp> stamps = seed(sample, List.of()).stamps();
        edit(2 * PIECE + 5);
        SeedFiles files = seed(sample, stamps);
        assertFalse(files.isTrusted());
        PieceStore store = create(sample.space(), sample.hashes(), files);
        loop.await(() -> heard.events.size() == 6);
        assertTrue(heard.has("wrong 2"));
        assertEquals("{0, 1, 3, 4, 5}", store.verified().toString());
        close(store);
    }

    @Test
    void anEditInPlaceEndsTheSharingAndIsNeverSent() throws Exception {
        Sample sample = sample();
        PieceStore store = create(
                sample.space(),
                sample.hashes(),
                seed(sample, seed(sample, List.of()).stamps()));
        edit(3 * PIECE);
        Got got = read(store, 3 * PIECE, 100);
        assertNull(got.bytes);
        assertNotNull(got.failure);
        loop.await(() -> !heard.failures.isEmpty());
        assertEquals(Kind.DAMAGED, heard.failures.get(0).kind());
        close(store);
    }

    @Test
    void aFileThatVanishedEndsTheSharing() throws Exception {
        for (boolean isOpen : new boolean[] {true, false}) {
            Sample sample = sample();
            PieceStore store = create(
                    sample.space(),
                    sample.hashes(),
                    seed(sample, seed(sample, List.of()).stamps()));
            if (isOpen) assertArrayEquals(Arrays.copyOf(sample.bytes(), 9), bytes(store, 0, 9));
            Files.delete(file());
            assertNotNull(read(store, 3 * PIECE, 100).failure);
            loop.await(() -> !heard.failures.isEmpty());
            assertEquals(Kind.NOT_FOUND, heard.failures.get(0).kind());
            close(store);
            open.close();
        }
    }

    @Test
    void nothingIsEverWritten() throws Exception {
        Sample sample = sample();
        edit(0);
        byte[] before = Files.readAllBytes(file());
        PieceStore store = create(sample.space(), sample.hashes(), seed(sample, List.of()));
        loop.await(() -> heard.has("wrong 0"));
        loop.await(() -> store.open(0));
        loop.run(() -> addAll(store, sample, 0, ANN));
        loop.await(() -> !heard.failures.isEmpty());
        close(store);
        assertArrayEquals(before, Files.readAllBytes(file()));
    }

    @Test
    void aPieceThatTheDiskLostIsFoundBeforeItIsReadTheFirstTime() throws Exception {
        Sample sample = sample();
        edit(2 * PIECE + 5);
        CheckedFiles files = new CheckedFiles(sample.torrent(), seed(sample, List.of()), new SegmentPool(1 << 20));
        ByteBuffer bytes = ByteBuffer.allocate(100);
        files.read(bytes, 3 * PIECE - 50L + PIECE);
        assertArrayEquals(Arrays.copyOfRange(sample.bytes(), 4 * PIECE - 50, 4 * PIECE + 50), bytes.array());
        for (long at : new long[] {2 * PIECE, 2 * PIECE - 1}) {
            UserError failure = assertThrows(UserError.class, () -> files.read(bytes.clear(), at));
            assertEquals(Kind.DAMAGED, failure.kind());
        }
    }
}
