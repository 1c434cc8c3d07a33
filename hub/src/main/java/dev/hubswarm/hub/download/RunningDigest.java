package dev.hubswarm.hub.download;

import dev.hubswarm.base.ContentDigest;
import dev.hubswarm.base.UserError;
import dev.hubswarm.storage.HashPool;
import dev.hubswarm.storage.PartFile;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import org.jspecify.annotations.Nullable;

/**
 * Digests a file on the hash threads while it is being written, close behind the first gap. Thread-safe.
 *
 * <p>It reads what was written from the page cache again, rather than being handed the bytes: they come out of order,
 * and after a restart they are on disk only.
 */
public final class RunningDigest {
    private static final int CHUNK = 1 << 18;
    /** Further behind than this, those who fetch leave it the processor: in the end all wait for the digest anyway. */
    private static final long MOST_BEHIND = 32L << 20;

    private final PartFile part;
    private final HashPool pool;
    private final ContentDigest.Kind kind;
    private final long size;

    /** Of the one task that runs, if one does. */
    private MessageDigest digest;

    private long position;
    /** Bytes that it read, or reads just now, are fetched again. */
    private boolean mustBeginAgain;

    private boolean running;
    private int waiting;
    private @Nullable UserError failure;

    public RunningDigest(PartFile part, ContentDigest.Kind kind, long size, HashPool pool) {
        this.part = part;
        this.pool = pool;
        this.kind = kind;
        this.size = size;
        this.digest = kind.begin(size);
    }

    /** More may have been written. */
    public synchronized void advance() {
        if (running || failure != null || position >= part.contiguous()) return;
        running = true;
        pool.execute(this::follow);
    }

    /** What is there from here on, or some of it, is fetched again. */
    public synchronized void forgot(long from) {
        if (from >= position + CHUNK) return;
        if (running) mustBeginAgain = true;
        else beginAgain();
    }

    private void beginAgain() {
        digest = kind.begin(size);
        position = 0;
        mustBeginAgain = false;
    }

    private void follow() {
        ByteBuffer chunk = ByteBuffer.allocate(CHUNK);
        try {
            while (step(chunk)) {}
        } catch (UserError e) {
            stop(e);
        } catch (RuntimeException | Error e) {
            stop(null);
            throw e;
        }
    }

    private boolean step(ByteBuffer chunk) throws UserError {
        long from = position();
        int length = (int) Math.min(CHUNK, part.contiguous() - from);
        if (length <= 0) return !stopped();
        part.read(chunk.clear().limit(length), from);
        digest().update(chunk.flip());
        synchronized (this) {
            position = from + length;
            if (mustBeginAgain) beginAgain();
            if (waiting > 0 && part.contiguous() - position < MOST_BEHIND / 2) notifyAll();
        }
        return true;
    }

    private synchronized MessageDigest digest() {
        return digest;
    }

    private synchronized long position() {
        return position;
    }

    /** Whether this was the end for now; what is written after this starts a new task. */
    private synchronized boolean stopped() {
        if (mustBeginAgain) beginAgain();
        if (part.contiguous() > position) return false;
        running = false;
        notifyAll();
        return true;
    }

    private synchronized void stop(@Nullable UserError why) {
        failure = why;
        running = false;
        notifyAll();
    }

    /** Waits while the digest is far behind what could be digested; returns whether it was. */
    public synchronized boolean awaitNear() throws InterruptedException {
        boolean behind = false;
        waiting++;
        try {
            while (running && part.contiguous() - position > MOST_BEHIND) {
                behind = true;
                wait();
            }
        } finally {
            waiting--;
        }
        return behind;
    }

    /** Whether what was digested is still all there. */
    public synchronized boolean isStill() {
        return failure == null && !running && position == size;
    }

    /** Waits for the end of the file; returns the digest's bytes. Then it begins anew with what is fetched again. */
    public synchronized byte[] await() throws UserError, InterruptedException {
        advance();
        while (failure == null && (running || position < size)) wait();
        if (failure != null) throw failure;
        return digest.digest();
    }
}
