package dev.hubswarm.p2pengine.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.hubswarm.base.ContentDigest;
import dev.hubswarm.base.UserError;
import dev.hubswarm.p2pengine.store.Heard.Peer;
import dev.hubswarm.protocol.metainfo.TorrentVersion;
import dev.hubswarm.storage.PartFile;
import dev.hubswarm.storage.PartHeader;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class PartPiecesTest extends DiskTest {
    private static final int PIECE = 1 << 18;

    private PartFile part(Sample sample) throws Exception {
        PartHeader header = new PartHeader(ContentDigest.of("cd".repeat(32)), sample.bytes().length, PIECE, "test");
        Path folder = Files.createDirectories(temporary.resolve("blobs"));
        return PartFile.open(folder, temporary.resolve("resume"), header);
    }

    @Test
    void whoAPieceCameFromIsRememberedAndEachIsLookedAtAgain() throws Exception {
        Sample sample = Sample.file(temporary, TorrentVersion.HYBRID, PIECE, 5 * PIECE + 9);
        try (PartFile part = part(sample)) {
            PieceStore store = create(sample.space(), sample.hashes(), new PartPieces(part, Heard.NOBODY));
            for (int piece : new int[] {0, 1, 3, 4}) {
                loop.await(() -> store.open(piece));
                loop.run(() -> addAll(store, sample, piece, piece < 2 ? Peer.HUB : ANN));
            }
            loop.await(() -> store.verified().cardinality() == 4);
            close(store);
            assertEquals(PartFile.Source.HUB, part.source(0));
            assertEquals(PartFile.Source.PEER, part.source(4));
            assertEquals(2L * PIECE, part.contiguous());
            // As a bad disk would.
            part.write(sample.wrongBlock(1, 2), sample.at(1, 2));
            part.write(sample.wrongBlock(3, 0), sample.at(3, 0));
        }
        PartFile part = part(sample);
        // Before the store that looks at them drops one.
        assertEquals("{0, 1, 3, 4}", new PartPieces(part, Heard.NOBODY).held().toString());
        PieceStore store = create(sample.space(), sample.hashes(), new PartPieces(part, Heard.NOBODY));
        loop.await(() -> heard.events.size() == 4);
        assertEquals(Set.of("verified 0", "differs 1", "wrong 3", "verified 4"), Set.copyOf(heard.events));
        assertEquals(false, part.has(3));
        loop.run(() -> store.forget(1));
        for (int piece : new int[] {1, 2, 3, 5}) {
            loop.await(() -> store.open(piece));
            loop.run(() -> addAll(store, sample, piece, ANN));
        }
        loop.await(() -> store.verified().cardinality() == 6);
        close(store);
        Path target = temporary.resolve("blobs/target");
        part.publish(target, false);
        part.close();
        assertArrayEquals(sample.bytes(), Files.readAllBytes(target));
    }

    @Test
    void readingBehindTheEndIsAnError() throws Exception {
        Sample sample = Sample.file(temporary, TorrentVersion.HYBRID, PIECE, PIECE + 9);
        PartFile part = part(sample);
        assertThrows(UserError.class, () -> new PartPieces(part, Heard.NOBODY).read(ByteBuffer.allocate(1), 0));
        part.discard();
        assertEquals(0, arriving.used());
    }
}
