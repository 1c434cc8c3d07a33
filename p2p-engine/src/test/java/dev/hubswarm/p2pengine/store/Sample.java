package dev.hubswarm.p2pengine.store;

import dev.hubswarm.protocol.metainfo.Digests;
import dev.hubswarm.protocol.metainfo.Hash;
import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.protocol.metainfo.PieceGeometry;
import dev.hubswarm.protocol.metainfo.TorrentVersion;
import dev.hubswarm.storage.HashPool;
import dev.hubswarm.testkit.SeededBytes;
import dev.hubswarm.torrentcreator.Progress;
import dev.hubswarm.torrentcreator.TorrentCreator;
import dev.hubswarm.torrentcreator.TorrentKind;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;

/** A torrent and the bytes of its piece space, padding as zeros. Immutable, but for the array. */
@SuppressWarnings("ArrayRecordComponent")
public record Sample(Metainfo torrent, byte[] bytes) {
    public static final int BLOCK = PieceGeometry.BLOCK_LENGTH;

    static Sample file(Path folder, TorrentVersion version, int pieceLength, int size) throws Exception {
        return of(SeededBytes.write(folder.resolve("weights.bin"), 11, size), version, pieceLength);
    }

    public static Sample of(Path source, TorrentVersion version, int pieceLength) throws Exception {
        try (HashPool pool = new HashPool(1)) {
            Metainfo torrent = new TorrentCreator(pool)
                    .create(
                            TorrentCreator.Request.of(source, TorrentKind.PLAIN).plain(version, pieceLength),
                            Progress.NONE)
                    .torrent();
            byte[] bytes = new byte[(int) torrent.spaceSize()];
            for (var file : torrent.files()) {
                if (file.padding()) continue;
                Path path = source;
                if (!torrent.isSingleFile()) for (String name : file.path()) path = path.resolve(name);
                System.arraycopy(Files.readAllBytes(path), 0, bytes, (int) file.offset(), (int) file.length());
            }
            return new Sample(torrent, bytes);
        }
    }

    public PieceSpace space() {
        return PieceSpace.of(torrent);
    }

    public PieceGeometry geometry() {
        return space().geometry();
    }

    public PieceHashes hashes() {
        return PieceHashes.of(torrent);
    }

    ByteBuffer block(int piece, int block) {
        int from = (int) geometry().offsetOf(piece) + block * BLOCK;
        return ByteBuffer.wrap(bytes, from, geometry().blockLength(piece, block));
    }

    /** The block with one bit of it turned. */
    ByteBuffer wrongBlock(int piece, int block) {
        ByteBuffer right = block(piece, block);
        ByteBuffer wrong =
                ByteBuffer.allocateDirect(right.remaining()).put(right).flip();
        return wrong.put(wrong.limit() / 2, (byte) (wrong.get(wrong.limit() / 2) ^ 1));
    }

    /** What its blocks hash to. */
    byte[] leaves(int piece) {
        ByteBuffer leaves = ByteBuffer.allocate(geometry().blockCount(piece) * Hash.SHA256_LENGTH);
        for (int block = 0; block < geometry().blockCount(piece); block++) {
            MessageDigest sha256 = Digests.sha256();
            int left = space().lengthInTree(piece) - block * BLOCK;
            ByteBuffer bytes = block(piece, block);
            sha256.update(bytes.limit(bytes.position() + Math.min(left, bytes.remaining())));
            leaves.put(sha256.digest());
        }
        return leaves.array();
    }

    long at(int piece, int block) {
        return geometry().offsetOf(piece) + (long) block * BLOCK;
    }
}
