package dev.hubswarm.hub.download;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.base.ContentDigest;
import dev.hubswarm.storage.HashPool;
import dev.hubswarm.storage.PartFile;
import dev.hubswarm.storage.PartHeader;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class RunningDigestTest {
    private static final int PIECE = 1 << 20;
    private static final int SIZE = 3 * PIECE + 5;

    @TempDir
    private Path folder;

    private final HashPool pool = new HashPool(2);
    private final byte[] content = new byte[SIZE];

    @AfterEach
    void close() {
        pool.close();
    }

    private void write(PartFile part, int piece, byte[] from) throws Exception {
        int at = piece * PIECE;
        int length = Math.min(PIECE, SIZE - at);
        part.write(ByteBuffer.wrap(from, at, length), at);
        part.written(at, at + length, PartFile.Source.PEER);
    }

    /** Of both kinds, since one begins with a length that must not be lost. */
    @Test
    void whatIsFetchedAgainIsDigestedAgain() throws Exception {
        new Random(1).nextBytes(content);
        byte[] wrong = content.clone();
        wrong[PIECE + 7]++;
        for (ContentDigest.Kind kind : ContentDigest.Kind.values()) {
            ContentDigest right =
                    ContentDigest.of(HexFormat.of().formatHex(kind.begin(SIZE).digest(content)));
            Path journals = Files.createDirectories(folder.resolve("journals"));
            try (PartFile part = PartFile.open(folder, journals, new PartHeader(right, SIZE, PIECE, kind.name()))) {
                RunningDigest digest = new RunningDigest(part, kind, SIZE, pool);
                for (int piece = 3; piece >= 0; piece--) {
                    write(part, piece, wrong);
                    digest.advance();
                }
                assertFalse(right.matches(digest.await()));
                for (int piece = 1; piece < 3; piece++) {
                    part.forget(piece);
                    digest.forgot((long) piece * PIECE);
                }
                for (int piece = 2; piece >= 1; piece--) {
                    write(part, piece, content);
                    digest.advance();
                }
                assertTrue(right.matches(digest.await()), kind.name());
            }
        }
    }
}
