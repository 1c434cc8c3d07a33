package dev.hubswarm.torrentcreator;

import dev.hubswarm.base.UserError;
import dev.hubswarm.protocol.metainfo.Digests;
import dev.hubswarm.protocol.metainfo.FileEntry;
import dev.hubswarm.protocol.metainfo.Hash;
import dev.hubswarm.protocol.metainfo.PieceGeometry;
import dev.hubswarm.torrentcreator.Chunk.Segment;
import java.nio.ByteBuffer;
import java.security.DigestException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads chunks and hashes them: v1 pieces (BEP 3) and hash trees (BEP 52) in the same pass over the same bytes, a
 * block at a time, while they are in the processor's cache. Confined to one thread; several share the results, but
 * each piece is hashed by one.
 */
final class HashWorker {
    private static final byte[] ZEROS = new byte[PieceGeometry.BLOCK_LENGTH];

    private final ContentHasher.Plan plan;
    private final List<FileEntry> files;
    private final PieceGeometry geometry;
    private final ContentSource source;
    private final byte[] v1Pieces;
    private final @Nullable TreeHashes trees;

    private final byte[] block = new byte[PieceGeometry.BLOCK_LENGTH];
    private final MessageDigest sha1 = Digests.sha1();
    private final BitSet missing = new BitSet();
    /** The first file that this worker has not left behind; it claims units front to back. */
    private int firstFile;

    HashWorker(
            ContentHasher.Plan plan,
            List<FileEntry> files,
            long spaceSize,
            ContentSource source,
            byte[] v1Pieces,
            @Nullable TreeHashes trees) {
        this.plan = plan;
        this.files = files;
        this.geometry = new PieceGeometry(spaceSize, plan.pieceLength());
        this.source = source;
        this.v1Pieces = v1Pieces;
        this.trees = trees;
    }

    /** Pieces of which this worker could not read everything. */
    BitSet missing() {
        return missing;
    }

    /** Where the files that touch the unit end, so that nobody walks through a gap of v2. */
    long dataEnd(long from, long unitEnd) {
        if (plan.v1()) return unitEnd;
        skipTo(from);
        long end = from;
        for (int i = firstFile; i < files.size() && files.get(i).offset() < unitEnd; i++) end = end(i);
        return Math.min(Math.max(end, from), unitEnd);
    }

    /** Reads a stretch of the piece space and hashes it, after the stretch before it in the same piece. */
    Chunk process(OpenFiles open, long from, int length, ByteBuffer buffer) throws UserError, InterruptedException {
        Chunk chunk = read(open, from, length, buffer);
        if (plan.v1() && from == geometry.offsetOf(geometry.pieceAt(from))) sha1.reset();
        long at = from;
        for (Segment segment : chunk.segments()) {
            // Something between could not be read: its piece is known to be missing, and the next begins anew.
            if (segment.spaceOffset() != at) sha1.reset();
            hash(segment, buffer);
            at = segment.spaceOffset() + segment.length();
        }
        return chunk;
    }

    private Chunk read(OpenFiles open, long from, int length, ByteBuffer buffer)
            throws UserError, InterruptedException {
        skipTo(from);
        List<Segment> segments = new ArrayList<>(2);
        for (int i = firstFile; i < files.size() && files.get(i).offset() < from + length; i++) {
            FileEntry file = files.get(i);
            if (end(i) <= from) continue;
            long start = Math.max(from, file.offset());
            int part = (int) (Math.min(from + length, end(i)) - start);
            long fileOffset = start - file.offset();
            int bufferAt = buffer.position();
            int read = file.padding() ? part : source.read(open, i, fileOffset, buffer, part);
            if (read < part) missing.set(geometry.pieceAt(start + read), geometry.pieceAt(start + part - 1) + 1);
            if (read > 0) segments.add(new Segment(i, start, fileOffset, read, bufferAt, file.padding()));
        }
        return new Chunk(from, buffer, segments);
    }

    private void skipTo(long from) {
        while (firstFile < files.size() && end(firstFile) <= from) firstFile++;
    }

    private long end(int file) {
        return files.get(file).offset() + files.get(file).length();
    }

    private void hash(Segment segment, ByteBuffer buffer) {
        ByteBuffer data = segment.padding() ? buffer : segment.in(buffer);
        TreeHashes.Stretch tree =
                trees == null || segment.padding() ? null : trees.stretch(segment.file(), segment.fileOffset());
        for (int done = 0; done < segment.length(); ) {
            int part = Math.min(block.length, segment.length() - done);
            byte[] bytes = segment.padding() ? ZEROS : block;
            if (!segment.padding()) data.get(block, 0, part);
            if (plan.v1()) addToPieces(segment.spaceOffset() + done, bytes, part);
            if (tree != null) tree.addBlock(bytes, part);
            done += part;
        }
        if (tree != null) tree.end();
    }

    private void addToPieces(long from, byte[] bytes, int length) {
        int done = 0;
        while (done < length) {
            int piece = geometry.pieceAt(from + done);
            long pieceEnd = geometry.offsetOf(piece) + geometry.lengthOf(piece);
            int part = (int) Math.min(length - done, pieceEnd - from - done);
            sha1.update(bytes, done, part);
            done += part;
            if (from + done == pieceEnd) endPiece(piece);
        }
    }

    private void endPiece(int piece) {
        try {
            sha1.digest(v1Pieces, piece * Hash.SHA1_LENGTH, Hash.SHA1_LENGTH);
        } catch (DigestException e) {
            throw new IllegalStateException("SHA-1 has 20 bytes", e);
        }
    }
}
