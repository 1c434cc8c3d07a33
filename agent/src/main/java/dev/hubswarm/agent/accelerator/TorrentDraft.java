package dev.hubswarm.agent.accelerator;

import static java.lang.System.Logger.Level.DEBUG;

import dev.hubswarm.base.ContentDigest;
import dev.hubswarm.base.UserError;
import dev.hubswarm.base.UserError.Kind;
import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.storage.FileErrors;
import dev.hubswarm.storage.PartFile;
import dev.hubswarm.torrentcreator.CanonicalPieces;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * The torrent of a file, made while the file comes, from what the system still has in memory of it, so that nobody need
 * read it a second time to share it. Its thread makes way for everybody else, and nobody waits for it: a draft that is
 * late goes on when the file has its name. Thread-safe: one monitor guards what is known; one task at a time hashes.
 */
final class TorrentDraft {
    private static final System.Logger LOG = System.getLogger(TorrentDraft.class.getName());

    private final PartFile part;
    private final Path name;
    private final CanonicalPieces pieces;
    private final Executor background;
    private final CompletableFuture<Metainfo> torrent = new CompletableFuture<>();
    private final BitSet hashed = new BitSet();

    /** What was forgotten, or may have been, while it was hashed. */
    private boolean isStale;

    /** Its own, since the part is closed before this may be done. Null until the first task. */
    private @Nullable FileChannel bytes;

    private boolean isRunning;
    private boolean isWhole;
    private boolean isClosed;

    /** @param background runs tasks one at a time */
    TorrentDraft(PartFile part, ContentDigest digest, Path name, Executor background) {
        this.part = part;
        this.name = name;
        this.background = background;
        pieces = new CanonicalPieces(digest, part.header().size(), this::read);
    }

    /** It may be that of another file until this one's digest was found to be right; never, if that does not happen. */
    CompletableFuture<Metainfo> torrent() {
        return torrent;
    }

    /** More of the file may be there. */
    synchronized void advance() {
        if (isRunning || isClosed) return;
        isRunning = true;
        background.execute(this::work);
    }

    /** What is there from here on, or some of it, comes again. */
    synchronized void forgot(long from) {
        isStale = true;
        hashed.clear(pieces.geometry().pieceAt(from), pieces.geometry().pieceCount());
    }

    /** All of it is there, and right. */
    synchronized void finish() {
        isWhole = true;
        advance();
    }

    /** The file does not come. */
    synchronized void close() {
        isClosed = true;
        if (!isRunning) closeBytes();
    }

    private void work() {
        try {
            open();
            for (int piece = next(); piece >= 0; piece = next()) {
                pieces.hash(piece);
                hashed(piece);
            }
            if (isDone()) torrent.complete(pieces.torrent());
        } catch (UserError | InterruptedException e) {
            LOG.log(DEBUG, () -> "no torrent was made of " + name + " while it came: " + e);
            fail(e);
        } catch (RuntimeException | Error e) {
            LOG.log(System.Logger.Level.ERROR, () -> "Making a torrent of " + name + " while it came broke.", e);
            fail(e);
        }
    }

    /** Returns -1 if there is nothing to do for now. */
    private synchronized int next() {
        isStale = false;
        int count = pieces.geometry().pieceCount();
        for (int piece = hashed.nextClearBit(0); piece < count && !isClosed; piece = hashed.nextClearBit(piece + 1))
            if (isWhole || part.has(piece)) return piece;
        isRunning = false;
        if (isWhole || isClosed) closeBytes();
        return -1;
    }

    private synchronized boolean isDone() {
        return isWhole && !isClosed && hashed.cardinality() == pieces.geometry().pieceCount();
    }

    private synchronized void hashed(int piece) {
        if (!isStale) hashed.set(piece);
    }

    private synchronized void fail(Throwable why) {
        isRunning = false;
        isClosed = true;
        closeBytes();
        torrent.completeExceptionally(why);
    }

    private void read(ByteBuffer into, long at) throws UserError {
        try {
            FileChannel open = Objects.requireNonNull(bytes);
            for (long next = at; into.hasRemaining(); ) {
                int count = open.read(into, next);
                if (count < 0) throw new UserError(Kind.FAILED, name + " became shorter.", "Fetch it again.");
                next += count;
            }
        } catch (IOException e) {
            throw FileErrors.reading(name, e);
        }
    }

    private synchronized void open() throws UserError {
        if (bytes == null && !isClosed) bytes = part.openToRead();
    }

    private void closeBytes() {
        try {
            if (bytes != null) bytes.close();
        } catch (IOException e) {
            LOG.log(DEBUG, () -> name + " did not close: " + e);
        }
    }
}
