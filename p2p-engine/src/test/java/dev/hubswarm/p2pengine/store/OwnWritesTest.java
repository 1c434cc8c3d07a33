package dev.hubswarm.p2pengine.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.base.ContentDigest;
import dev.hubswarm.p2pengine.store.Heard.Peer;
import dev.hubswarm.protocol.metainfo.TorrentVersion;
import dev.hubswarm.storage.PartFile;
import dev.hubswarm.storage.PartHeader;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Whoever brings bytes writes them himself. */
final class OwnWritesTest extends DiskTest {
    private static final int PIECE = 1 << 20;
    private static final int SEGMENTS = PIECE / SegmentPool.LENGTH;

    private final List<Runnable> writes = new ArrayList<>();

    private Sample sample() throws Exception {
        return Sample.file(temporary, TorrentVersion.HYBRID, PIECE, 2 * PIECE + 9);
    }

    private PartFile part(Sample sample) throws Exception {
        PartHeader header = new PartHeader(ContentDigest.of("cd".repeat(32)), sample.bytes().length, PIECE, "test");
        Path folder = Files.createDirectories(temporary.resolve("blobs"));
        return PartFile.open(folder, temporary.resolve("resume"), header);
    }

    private void bring(PieceStore store, Sample sample, int from, int to) throws Exception {
        loop.run(() -> {
            for (int piece = 0; piece < 3; piece++)
                if (sample.geometry().offsetOf(piece) >= from
                        && sample.geometry().offsetOf(piece) < to) assertTrue(store.openInOrder(piece));
            store.add(from, ByteBuffer.wrap(sample.bytes(), from, to - from).slice(), Peer.HUB, writes::add);
        });
    }

    private void write() {
        writes.forEach(Runnable::run);
        writes.clear();
    }

    private void assertWhole(Sample sample, PartFile part) throws Exception {
        Path target = temporary.resolve("blobs/target");
        part.publish(target, false);
        assertArrayEquals(sample.bytes(), Files.readAllBytes(target));
    }

    private void bringAll(@Nullable PieceHashes hashes, String word) throws Exception {
        Sample sample = sample();
        try (PartFile part = part(sample)) {
            PieceStore store = create(sample.space(), hashes, new PartPieces(part, Heard.NOBODY));
            bring(store, sample, 0, sample.bytes().length);
            assertEquals(2 * SEGMENTS + 1, writes.size());
            assertEquals(0, resources.segments().lent());
            loop.run(() -> assertEquals(List.of(), heard.events));
            write();
            loop.await(() -> store.received().cardinality() == 3);
            loop.run(() -> assertTrue(heard.has(word + " 0") && heard.has(word + " 1") && heard.has(word + " 2")));
            close(store);
            assertWhole(sample, part);
        }
    }

    @Test
    void nothingIsThereBeforeItIsWritten() throws Exception {
        bringAll(null, "received");
    }

    @Test
    void whatIsWrittenIsHashed() throws Exception {
        bringAll(sample().hashes(), "verified");
    }

    @Test
    void whatIsNoWholeSegmentIsCopied() throws Exception {
        Sample sample = sample();
        try (PartFile part = part(sample)) {
            PieceStore store = create(sample.space(), null, new PartPieces(part, Heard.NOBODY));
            bring(store, sample, 0, 5 * Sample.BLOCK);
            assertEquals(List.of(), writes);
            bring(store, sample, 5 * Sample.BLOCK, sample.bytes().length);
            assertEquals(2 * SEGMENTS, writes.size());
            write();
            loop.await(() -> store.received().cardinality() == 3);
            close(store);
            assertWhole(sample, part);
        }
    }

    /** Before it is known to be whole it can be told of. */
    @Test
    void whatTheHubSentIsTold() throws Exception {
        Sample sample = sample();
        PartFile part = part(sample);
        PieceStore store = create(sample.space(), null, new PartPieces(part, Heard.NOBODY));
        bring(store, sample, 0, PIECE / 2);
        loop.run(() -> assertEquals(0, heard.fromHub.endOf(0)));
        write();
        loop.await(() -> heard.fromHub.endOf(0) == PIECE / 2);
        bring(store, sample, PIECE, 2 * PIECE);
        write();
        loop.await(() -> store.received().get(1));
        close(store);
        part.close();
        try (PartFile again = part(sample)) {
            PieceStore later = create(sample.space(), null, new PartPieces(again, Heard.NOBODY));
            loop.await(() -> heard.fromHub.endOf(PIECE) == 2 * PIECE);
            loop.run(() -> assertEquals(0, heard.fromHub.endOf(0), "it was not whole"));
            close(later);
        }
    }

    @Test
    void closingWaitsForWhoWrites() throws Exception {
        Sample sample = sample();
        try (PartFile part = part(sample)) {
            PieceStore store = create(sample.space(), null, new PartPieces(part, Heard.NOBODY));
            bring(store, sample, 0, PIECE);
            int[] ended = {0};
            loop.run(() -> store.close(() -> ended[0]++));
            loop.run(() -> assertEquals(0, ended[0]));
            write();
            loop.await(() -> ended[0] == 1);
        }
    }
}
