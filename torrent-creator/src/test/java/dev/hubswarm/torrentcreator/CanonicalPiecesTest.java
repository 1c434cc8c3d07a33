package dev.hubswarm.torrentcreator;

import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.hubswarm.base.ContentDigest;
import dev.hubswarm.protocol.metainfo.CanonicalTorrent;
import dev.hubswarm.protocol.metainfo.Digests;
import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.protocol.metainfo.PieceLengthPolicy;
import dev.hubswarm.storage.HashPool;
import dev.hubswarm.testkit.SeededBytes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class CanonicalPiecesTest {
    private static final int MIB = 1 << 20;
    private static final int BLOCK = 16 << 10;

    @TempDir
    private Path folder;

    private byte[] made(byte[] content) throws Exception {
        Path file = Files.write(folder.resolve("file"), content);
        try (HashPool pool = new HashPool(1)) {
            return new TorrentCreator(pool)
                    .create(TorrentCreator.Request.of(file, TorrentKind.FILE), Progress.NONE)
                    .torrent()
                    .bytes();
        }
    }

    private static CanonicalPieces pieces(byte[] content, byte[] current) {
        ContentDigest digest =
                ContentDigest.of(HexFormat.of().formatHex(Digests.sha256().digest(content)));
        return new CanonicalPieces(digest, content.length, (into, at) -> into.put(current, (int) at, into.remaining()));
    }

    /** As one that is made of the whole file at once; sizes around blocks, chunks and pieces. */
    @ParameterizedTest
    @ValueSource(ints = {1, BLOCK, BLOCK + 1, MIB - 1, MIB, MIB + 1, 3 * MIB, 5 * MIB + BLOCK + 7})
    void theOrderDoesNotMatter(int size) throws Exception {
        byte[] content = SeededBytes.of(size, size);
        CanonicalPieces pieces = pieces(content, content);
        List<Integer> order = new ArrayList<>();
        for (int piece = 0; piece < pieces.geometry().pieceCount(); piece++) order.add(piece);
        Collections.shuffle(order, new Random(size));
        for (int piece : order) pieces.hash(piece);
        assertArrayEquals(made(content), pieces.torrent().bytes());
    }

    @Test
    void aPieceThatCameAgainIsHashedAgain() throws Exception {
        byte[] content = SeededBytes.of(1, 3 * PieceLengthPolicy.forSize(MIB));
        byte[] current = content.clone();
        CanonicalPieces pieces = pieces(content, current);
        int wrong = pieces.geometry().pieceLength() + 5;
        current[wrong]++;
        for (int piece = 0; piece < 3; piece++) pieces.hash(piece);
        current[wrong]--;
        pieces.hash(1);
        assertArrayEquals(made(content), pieces.torrent().bytes());
    }

    /** As a gibibyte's are. All but the first is empty, and costs no disk. */
    @Test
    void piecesMayBeLargerThanWhatIsReadAtATime() throws Exception {
        Path file = folder.resolve("large");
        try (FileChannel channel = FileChannel.open(file, CREATE_NEW, READ, WRITE);
                HashPool pool = HashPool.perCore()) {
            channel.write(ByteBuffer.wrap(SeededBytes.of(2, 3 * MIB)));
            channel.write(ByteBuffer.wrap(SeededBytes.of(3, MIB)), (1L << 30) + MIB);
            Metainfo made = new TorrentCreator(pool)
                    .create(TorrentCreator.Request.of(file, TorrentKind.FILE), Progress.NONE)
                    .torrent();
            ContentDigest digest = ContentDigest.of(
                    Objects.requireNonNull(CanonicalTorrent.digestOf(made)).hex());
            CanonicalPieces pieces = new CanonicalPieces(digest, channel.size(), (into, at) -> fill(into, at, channel));
            for (int piece = pieces.geometry().pieceCount() - 1; piece >= 0; piece--) pieces.hash(piece);
            assertArrayEquals(made.bytes(), pieces.torrent().bytes());
        }
    }

    private static void fill(ByteBuffer into, long at, FileChannel channel) {
        try {
            while (into.hasRemaining()) channel.read(into, at + into.position());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
