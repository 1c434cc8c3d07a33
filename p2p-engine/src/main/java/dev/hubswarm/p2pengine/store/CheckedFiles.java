package dev.hubswarm.p2pengine.store;

import dev.hubswarm.base.UserError;
import dev.hubswarm.base.UserError.Kind;
import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.protocol.metainfo.PieceGeometry;
import java.nio.ByteBuffer;
import java.util.BitSet;

/**
 * Files that were right when they were looked at last, of which each piece is compared with its hash once more before it
 * is read the first time: a disk may have changed what nobody wrote to (reliability.md T6). Thread-safe: one monitor
 * guards what was seen, and is not held while a piece is read; two that want the same may both look.
 */
public final class CheckedFiles implements PieceFiles {
    private final PieceFiles files;
    private final PieceSpace space;
    private final PieceGeometry geometry;
    private final PieceHashes hashes;
    private final SegmentPool segments;
    private final BitSet seen = new BitSet();

    public CheckedFiles(Metainfo torrent, PieceFiles files, SegmentPool segments) {
        this.files = files;
        this.space = PieceSpace.of(torrent);
        this.geometry = space.geometry();
        this.hashes = PieceHashes.of(torrent);
        this.segments = segments;
    }

    @Override
    public void read(ByteBuffer into, long at) throws UserError {
        int last = geometry.pieceAt(at + Math.max(into.remaining(), 1) - 1);
        for (int piece = geometry.pieceAt(at); piece <= last; piece++) {
            if (isSeen(piece)) continue;
            look(piece);
            seen(piece);
        }
        files.read(into, at);
    }

    private boolean isSeen(int piece) {
        synchronized (seen) {
            return seen.get(piece);
        }
    }

    private void seen(int piece) {
        synchronized (seen) {
            seen.set(piece);
        }
    }

    private void look(int piece) throws UserError {
        PieceHasher hasher = PieceHasher.of(hashes.kind(), space, piece);
        int length = geometry.lengthOf(piece);
        ByteBuffer bytes = segments.take(Math.min(SegmentPool.LENGTH, length));
        try {
            for (int from = 0; from < length; from += SegmentPool.LENGTH) {
                bytes.clear().limit(Math.min(SegmentPool.LENGTH, length - from));
                files.read(bytes, geometry.offsetOf(piece) + from);
                hasher.add(from, bytes.flip());
            }
        } finally {
            segments.give(bytes);
        }
        if (hashes.matches(piece, hasher.end())) return;
        throw new UserError(
                Kind.DAMAGED,
                "A file that is shared is not what it was, though nobody wrote to it: the disk may be failing.",
                "Fetch it anew.");
    }

    @Override
    public BitSet held() {
        return files.held();
    }

    @Override
    public boolean isTrusted() {
        return files.isTrusted();
    }

    @Override
    public void write(ByteBuffer bytes, long at) throws UserError {
        files.write(bytes, at);
    }

    @Override
    public void claim(int piece, boolean fromHub) throws UserError {
        files.claim(piece, fromHub);
    }

    @Override
    public boolean isFromHub(int piece) {
        return files.isFromHub(piece);
    }

    @Override
    public void forget(int piece) throws UserError {
        files.forget(piece);
    }
}
