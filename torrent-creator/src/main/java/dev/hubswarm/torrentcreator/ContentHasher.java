package dev.hubswarm.torrentcreator;

import dev.hubswarm.base.UserError;
import dev.hubswarm.protocol.metainfo.FileEntry;
import dev.hubswarm.protocol.metainfo.Hash;
import dev.hubswarm.storage.HashPool;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Reads a piece space once and computes every hash asked for on the way. Used once; the calling thread reads ahead,
 * the pool hashes.
 *
 * <p>The space is read in chunks of at most {@link #CHUNK} bytes, each into one of a fixed set of buffers. A chunk
 * then takes up to three ways, which share no state and run side by side:
 * <ul>
 *   <li>SHA-1 pieces: chunks of one piece after each other, different pieces at once;
 *   <li>hash tree (BEP 52): every chunk by itself;
 *   <li>whole-file digests: all chunks in order.
 * </ul>
 * The buffer is free again when the last of them is through. Memory is thus bounded whatever the piece length; where
 * a piece is so long that the buffers hold no second one, chunks of several pieces are read in turn, since otherwise
 * SHA-1 would keep one core busy and leave the others idle. Whole-file digests need the order of the file, so with
 * them that is not done.
 */
final class ContentHasher {
    static final int CHUNK = 1 << 20;
    /** All buffers of one run together: 16 MiB, which also keeps them in the processor's cache. */
    static final int BUFFERS = 16;

    /** What to compute. */
    record Plan(int pieceLength, boolean v1, boolean v2, Set<FileDigest> digests) {
        Plan {
            digests = Set.copyOf(digests);
        }
    }

    /** A stretch of one file, or of padding, within a chunk. */
    record Segment(int file, long spaceOffset, long fileOffset, int length, int bufferAt, boolean padding) {}

    private final Plan plan;
    private final List<FileEntry> files;
    private final long spaceSize;
    private final ContentReader reader;
    private final HashPool pool;
    private final Progress progress;

    private final BlockingQueue<ByteBuffer> freeBuffers = new ArrayBlockingQueue<>(BUFFERS);
    private int buffersMade;
    private final BitSet missing = new BitSet();
    private volatile @Nullable Throwable failure;

    private final @Nullable PieceHashes pieces;
    private final @Nullable TreeHashes trees;
    private final @Nullable WholeFileHashes wholes;

    /** @param files in the order of the piece space, with padding */
    ContentHasher(
            Plan plan, List<FileEntry> files, long spaceSize, ContentReader reader, HashPool pool, Progress progress) {
        this.plan = plan;
        this.files = files;
        this.spaceSize = spaceSize;
        this.reader = reader;
        this.pool = pool;
        this.progress = progress;
        this.pieces = plan.v1 ? new PieceHashes(spaceSize, plan.pieceLength, pool) : null;
        this.trees = plan.v2 ? new TreeHashes(files, plan.pieceLength, CHUNK) : null;
        this.wholes = plan.digests.isEmpty() ? null : new WholeFileHashes(files, plan.digests, pool.newLane());
    }

    HashedContent hash() throws UserError, InterruptedException {
        try {
            readAll();
        } finally {
            awaitBuffers();
        }
        Throwable failed = failure;
        if (failed != null) throw new IllegalStateException("Hashing failed", failed);
        return result();
    }

    private void readAll() throws UserError, InterruptedException {
        long payload = files.stream()
                .filter(file -> !file.padding())
                .mapToLong(FileEntry::length)
                .sum();
        long done = 0;
        ReadOrder order = new ReadOrder(spaceSize, plan.pieceLength, CHUNK, piecesAtOnce());
        int firstFile = 0;
        long groupStart = 0;
        for (long from = order.next(); from >= 0 && failure == null; from = order.next()) {
            if (Thread.interrupted()) throw new InterruptedException();
            if (order.groupStart() != groupStart) {
                groupStart = order.groupStart();
                while (firstFile < files.size() && end(firstFile) <= groupStart) firstFile++;
            }
            done += readChunk(from, order.length(), firstFile);
            progress.bytesRead(done, payload);
        }
        reader.checkUnchanged();
        if (done < payload || payload == 0) progress.bytesRead(payload, payload);
    }

    /** How many pieces are read in turn. One, unless a single piece would fill the buffers. */
    private int piecesAtOnce() {
        boolean chained = plan.v1 && plan.digests.isEmpty();
        return chained && (long) plan.pieceLength * pool.size() > (long) CHUNK * BUFFERS ? pool.size() : 1;
    }

    private long end(int file) {
        return files.get(file).offset() + files.get(file).length();
    }

    /** Reads the chunk and sends it on its ways. Returns how much of it was payload. */
    private long readChunk(long from, int length, int firstFile) throws UserError, InterruptedException {
        ByteBuffer buffer = takeBuffer();
        List<Segment> segments = new ArrayList<>(2);
        long payload = 0;
        boolean handedOver = false;
        try {
            for (int i = firstFile; i < files.size() && files.get(i).offset() < from + length; i++) {
                FileEntry file = files.get(i);
                if (end(i) <= from) continue;
                long start = Math.max(from, file.offset());
                int part = (int) (Math.min(from + length, end(i)) - start);
                long fileOffset = start - file.offset();
                if (file.padding()) {
                    segments.add(new Segment(i, start, fileOffset, part, 0, true));
                    continue;
                }
                int bufferAt = buffer.position();
                int read = reader.read(i, fileOffset, buffer, part);
                if (read < part) missing.set(piece(start + read), piece(start + part - 1) + 1);
                if (read > 0) segments.add(new Segment(i, start, fileOffset, read, bufferAt, false));
                payload += part;
            }
            handedOver = true;
            dispatch(from, length, buffer, segments);
        } finally {
            if (!handedOver) freeBuffers.add(buffer);
        }
        return payload;
    }

    private int piece(long offset) {
        return (int) (offset / plan.pieceLength);
    }

    private void dispatch(long from, int length, ByteBuffer buffer, List<Segment> segments) {
        boolean treeWork = trees != null && segments.stream().anyMatch(segment -> !segment.padding());
        AtomicInteger ways = new AtomicInteger(1);
        if (wholes != null) {
            ways.incrementAndGet();
            wholes.lane().execute(() -> run(ways, buffer, () -> wholes.add(segments, buffer.duplicate())));
        }
        if (pieces != null) {
            ways.incrementAndGet();
            pieces.submit(
                    from,
                    length,
                    () -> run(ways, buffer, () -> pieces.add(from, length, segments, buffer.duplicate())));
        }
        if (trees != null && treeWork) {
            ways.incrementAndGet();
            pool.execute(() -> run(ways, buffer, () -> trees.add(segments, buffer.duplicate())));
        }
        leave(ways, buffer);
    }

    private void run(AtomicInteger ways, ByteBuffer buffer, Runnable hashing) {
        try {
            if (failure == null) hashing.run();
        } catch (RuntimeException | Error e) {
            failure = e;
        } finally {
            leave(ways, buffer);
        }
    }

    private void leave(AtomicInteger ways, ByteBuffer buffer) {
        if (ways.decrementAndGet() == 0) freeBuffers.add(buffer);
    }

    private ByteBuffer takeBuffer() throws InterruptedException {
        ByteBuffer buffer = freeBuffers.poll();
        if (buffer == null && buffersMade < BUFFERS) {
            buffersMade++;
            buffer = ByteBuffer.allocateDirect(CHUNK);
        }
        return (buffer == null ? freeBuffers.take() : buffer).clear();
    }

    /** Waits until no task uses a buffer any more. Tasks are short, so even a cancelled run waits for them. */
    private void awaitBuffers() {
        boolean interrupted = false;
        for (int i = 0; i < buffersMade; i++) {
            while (true) {
                try {
                    freeBuffers.take();
                    break;
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        buffersMade = 0;
        if (interrupted) Thread.currentThread().interrupt();
    }

    private HashedContent result() {
        List<HashedContent.HashedFile> hashed = new ArrayList<>();
        for (int i = 0; i < files.size(); i++) {
            if (files.get(i).padding()) continue;
            byte[] layer = trees == null ? new byte[0] : trees.layer(i);
            Hash root = trees == null ? null : trees.root(i, layer);
            Map<FileDigest, Hash> digests = wholes == null ? Map.of() : wholes.digests(i);
            hashed.add(new HashedContent.HashedFile(root, layer, digests));
        }
        return new HashedContent(pieces == null ? new byte[0] : pieces.hashes(), List.copyOf(hashed), missing);
    }
}
