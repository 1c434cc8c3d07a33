package dev.hubswarm.torrentcreator;

import dev.hubswarm.base.ContentDigest;
import dev.hubswarm.base.UserError;
import dev.hubswarm.protocol.metainfo.FileEntry;
import dev.hubswarm.protocol.metainfo.Hash;
import dev.hubswarm.protocol.metainfo.PieceGeometry;
import dev.hubswarm.storage.HashPool;
import dev.hubswarm.torrentcreator.ChunkSchedule.Claim;
import dev.hubswarm.torrentcreator.ChunkSchedule.Step;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Reads a piece space once and computes every hash asked for on the way. Used once.
 *
 * <p>The calling thread is one of the workers, so there are as many as the pool has threads; one more, to read while
 * all cores hash, was slower with files in the page cache and on disk alike. A worker reads and hashes a piece by
 * itself, {@link #CHUNK} bytes at a time, so the bytes stay in its core's cache, and memory does not grow with the
 * piece length. Only the digests of whole files need the order of the file; {@link ChunkSchedule} sees to that.
 */
final class ContentHasher {
    /** Large enough for the kernel's fastest copy, small enough for a core's second-level cache. */
    static final int CHUNK = 1 << 20;

    private static final int MAX_BUFFERS = 48;

    /** What to compute. */
    record Plan(int pieceLength, boolean v1, boolean v2, Set<ContentDigest.Kind> digests) {
        Plan {
            digests = Set.copyOf(digests);
        }
    }

    private final Plan plan;
    private final List<FileEntry> files;
    private final long spaceSize;
    private final ContentSource source;
    private final HashPool pool;
    private final Progress progress;

    private final byte[] v1Pieces;
    private final @Nullable TreeHashes trees;
    private final @Nullable WholeFileHashes wholes;
    private final ChunkSchedule schedule;
    private final AtomicLong bytesRead = new AtomicLong();
    private final BitSet missing = new BitSet();

    /** @param files in the order of the piece space, with padding */
    ContentHasher(
            Plan plan, List<FileEntry> files, long spaceSize, ContentSource source, HashPool pool, Progress progress) {
        this.plan = plan;
        this.files = files;
        this.spaceSize = spaceSize;
        this.source = source;
        this.pool = pool;
        this.progress = progress;
        int pieces = new PieceGeometry(spaceSize, plan.pieceLength).pieceCount();
        this.v1Pieces = new byte[plan.v1 ? pieces * Hash.SHA1_LENGTH : 0];
        this.trees = plan.v2 ? new TreeHashes(files, plan.pieceLength, CHUNK) : null;
        this.wholes = plan.digests.isEmpty() ? null : new WholeFileHashes(files, plan.digests);
        // A chunk lies in one piece or is made of whole ones, also where v1 torrents have odd piece lengths.
        long unit = plan.pieceLength > CHUNK ? plan.pieceLength : CHUNK / plan.pieceLength * plan.pieceLength;
        this.schedule = new ChunkSchedule(spaceSize, unit, CHUNK, MAX_BUFFERS, wholes != null);
    }

    HashedContent hash() throws UserError, InterruptedException {
        long payload = payload();
        progress.bytesRead(0, payload);
        for (int i = 1; i < pool.size(); i++) pool.execute(() -> work(Progress.NONE, payload));
        work(progress, payload);
        Throwable failure = schedule.awaitEnd();
        if (failure instanceof UserError error) throw error;
        if (failure instanceof InterruptedException interrupted) throw interrupted;
        if (failure != null) throw new IllegalStateException("Hashing failed", failure);
        source.checkUnchanged();
        progress.bytesRead(payload, payload);
        return result();
    }

    private long payload() {
        return files.stream()
                .filter(file -> !file.padding())
                .mapToLong(FileEntry::length)
                .sum();
    }

    private void work(Progress heard, long payload) {
        Claim claim = schedule.enter();
        if (claim == null) return;
        HashWorker worker = new HashWorker(plan, files, spaceSize, source, v1Pieces, trees);
        try (OpenFiles open = new OpenFiles()) {
            while (true) {
                if (Thread.interrupted()) throw new InterruptedException();
                Step step = schedule.next(claim);
                if (step instanceof Step.Stop) break;
                if (step instanceof Step.Digest digest) digest(digest.chunk());
                if (step instanceof Step.Read read) read(worker, open, claim, read);
                heard.bytesRead(bytesRead.get(), payload);
            }
        } catch (UserError | InterruptedException | RuntimeException | Error e) {
            schedule.stop(e);
        } finally {
            synchronized (missing) {
                missing.or(worker.missing());
            }
            schedule.leave(claim);
        }
    }

    private void read(HashWorker worker, OpenFiles open, Claim claim, Step.Read read)
            throws UserError, InterruptedException {
        long from = claim.at();
        long dataEnd = worker.dataEnd(from, claim.end());
        long to = Math.min(from + CHUNK, dataEnd);
        Chunk chunk = worker.process(open, from, (int) (to - from), read.buffer());
        bytesRead.addAndGet(chunk.payload());
        schedule.hashed(claim, chunk, to == dataEnd ? claim.end() : to);
    }

    private void digest(Chunk chunk) {
        if (wholes != null) wholes.add(chunk);
        schedule.digested(chunk);
    }

    private HashedContent result() {
        List<HashedContent.HashedFile> hashed = new ArrayList<>();
        for (int i = 0; i < files.size(); i++) {
            if (files.get(i).padding()) continue;
            byte[] layer = trees == null ? new byte[0] : trees.layer(i);
            Hash root = trees == null ? null : trees.root(layer);
            Map<ContentDigest.Kind, Hash> digests = wholes == null ? Map.of() : wholes.digests(i);
            hashed.add(new HashedContent.HashedFile(root, layer, digests));
        }
        return new HashedContent(v1Pieces, List.copyOf(hashed), missing);
    }
}
