package dev.hubswarm.torrentcreator;

import dev.hubswarm.base.ContentDigest;
import dev.hubswarm.base.UserError;
import dev.hubswarm.protocol.metainfo.CanonicalTorrent;
import dev.hubswarm.protocol.metainfo.FileEntry;
import dev.hubswarm.protocol.metainfo.Hash;
import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.protocol.metainfo.MetainfoException;
import dev.hubswarm.protocol.metainfo.PieceGeometry;
import dev.hubswarm.protocol.metainfo.PieceLengthPolicy;
import dev.hubswarm.protocol.metainfo.TorrentExtras;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * Makes the canonical torrent of a file a piece at a time, in whatever order the pieces come. A piece may be hashed
 * again, if it was another before. Confined to one thread at a time.
 */
public final class CanonicalPieces {
    /** Where the bytes come from. */
    @FunctionalInterface
    public interface Bytes {
        /** Fills the buffer with what stands there in the file. */
        void read(ByteBuffer into, long at) throws UserError;
    }

    private final Hash digest;
    private final PieceGeometry geometry;
    private final TreeHashes tree;
    private final byte[] v1Pieces;
    private final HashWorker worker;

    /** @param size not 0: there is no torrent of nothing */
    public CanonicalPieces(ContentDigest digest, long size, Bytes bytes) {
        this.digest = Hash.ofHex(digest.hex());
        geometry = new PieceGeometry(size, PieceLengthPolicy.forSize(size));
        List<FileEntry> files = List.of(new FileEntry(List.of(digest.hex()), size, 0, null, false));
        tree = new TreeHashes(files, geometry.pieceLength(), ContentHasher.CHUNK);
        v1Pieces = new byte[geometry.pieceCount() * Hash.SHA1_LENGTH];
        ContentHasher.Plan plan = new ContentHasher.Plan(geometry.pieceLength(), true, true, Set.of());
        worker = new HashWorker(plan, files, size, new Source(bytes), v1Pieces, tree);
    }

    public PieceGeometry geometry() {
        return geometry;
    }

    /** Reads and hashes a piece. */
    public void hash(int piece) throws UserError, InterruptedException {
        ByteBuffer buffer = ByteBuffer.allocate(ContentHasher.CHUNK);
        long at = geometry.offsetOf(piece);
        long end = at + geometry.lengthOf(piece);
        try (OpenFiles none = new OpenFiles()) {
            for (; at < end; at += ContentHasher.CHUNK)
                worker.process(none, at, (int) Math.min(ContentHasher.CHUNK, end - at), buffer.clear());
        }
    }

    /** Once each piece was hashed. */
    public Metainfo torrent() {
        byte[] layer = tree.layer(0);
        byte[] torrent = CanonicalTorrent.torrent(
                digest, geometry.size(), v1Pieces, Objects.requireNonNull(tree.root(layer)), layer, TorrentExtras.NONE);
        try {
            return Metainfo.readStrictly(torrent);
        } catch (MetainfoException e) {
            throw new IllegalStateException("We made a torrent that we would not read", e);
        }
    }

    /** Immutable. */
    private record Source(Bytes bytes) implements ContentSource {
        @Override
        public int read(OpenFiles open, int file, long offset, ByteBuffer buffer, int length) throws UserError {
            int from = buffer.position();
            bytes.read(buffer.slice(from, length), offset);
            buffer.position(from + length);
            return length;
        }

        @Override
        public void checkUnchanged() {}
    }
}
