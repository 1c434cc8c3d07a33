package dev.hubswarm.torrentcreator;

import dev.hubswarm.protocol.metainfo.Digests;
import dev.hubswarm.protocol.metainfo.Hash;
import dev.hubswarm.protocol.metainfo.PieceGeometry;
import dev.hubswarm.storage.HashPool;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The SHA-1 hashes of v1 pieces (BEP 3). {@link #submit} is confined to the reading thread; {@link #add} runs in the
 * pool, in order for chunks of one piece.
 */
final class PieceHashes {
    private static final ByteBuffer ZEROS = ByteBuffer.allocateDirect(64 * 1024).asReadOnlyBuffer();

    private final PieceGeometry geometry;
    private final HashPool pool;
    private final byte[] hashes;
    /** Of pieces longer than a chunk, from their first chunk to their last. Confined to the reading thread. */
    private final Map<Integer, HashPool.Lane> lanes = new HashMap<>();
    /** The digests of the same pieces, which their lanes use. */
    private final Map<Integer, MessageDigest> unfinished = new ConcurrentHashMap<>();

    PieceHashes(long spaceSize, int pieceLength, HashPool pool) {
        this.geometry = new PieceGeometry(spaceSize, pieceLength);
        this.pool = pool;
        this.hashes = new byte[geometry.pieceCount() * Hash.SHA1_LENGTH];
    }

    /** Has a task for the chunk run, after those for earlier chunks of the same piece. */
    void submit(long from, int length, Runnable task) {
        int piece = geometry.pieceAt(from);
        if (holdsWholePieces(from, length)) {
            pool.execute(task);
            return;
        }
        lanes.computeIfAbsent(piece, p -> pool.newLane()).execute(task);
        if (from + length == pieceEnd(piece)) lanes.remove(piece);
    }

    void add(long from, int length, List<ContentHasher.Segment> segments, ByteBuffer buffer) {
        boolean whole = holdsWholePieces(from, length);
        int piece = geometry.pieceAt(from);
        MessageDigest sha1 = whole ? Digests.sha1() : unfinished.computeIfAbsent(piece, p -> Digests.sha1());
        long at = from;
        for (ContentHasher.Segment segment : segments) {
            if (segment.spaceOffset() != at) {
                // Something between could not be read. Its piece is known to be missing, the next may be good.
                at = segment.spaceOffset();
                piece = geometry.pieceAt(at);
                sha1.reset();
            }
            int done = 0;
            while (done < segment.length()) {
                long pieceEnd = pieceEnd(piece);
                int part = (int) Math.min(segment.length() - done, pieceEnd - at);
                if (segment.padding()) updateZeros(sha1, part);
                else sha1.update(buffer.limit(segment.bufferAt() + done + part).position(segment.bufferAt() + done));
                done += part;
                at += part;
                if (at == pieceEnd) {
                    System.arraycopy(sha1.digest(), 0, hashes, piece * Hash.SHA1_LENGTH, Hash.SHA1_LENGTH);
                    unfinished.remove(piece);
                    piece++;
                }
            }
        }
    }

    byte[] hashes() {
        return hashes;
    }

    private boolean holdsWholePieces(long from, int length) {
        int piece = geometry.pieceAt(from);
        return from == geometry.offsetOf(piece) && from + length >= pieceEnd(piece);
    }

    private long pieceEnd(int piece) {
        return geometry.offsetOf(piece) + geometry.lengthOf(piece);
    }

    private static void updateZeros(MessageDigest sha1, int length) {
        for (int left = length; left > 0; ) {
            int part = Math.min(left, ZEROS.capacity());
            sha1.update(ZEROS.duplicate().limit(part));
            left -= part;
        }
    }
}
