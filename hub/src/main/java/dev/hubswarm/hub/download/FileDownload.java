package dev.hubswarm.hub.download;

import dev.hubswarm.base.UserError;
import dev.hubswarm.base.UserError.Kind;
import dev.hubswarm.hub.download.Slices.Slice;
import dev.hubswarm.hub.origin.Backoff;
import dev.hubswarm.hub.origin.FileLocation;
import dev.hubswarm.hub.origin.HubFile;
import dev.hubswarm.hub.origin.HubOrigin;
import dev.hubswarm.hub.origin.RangeException;
import dev.hubswarm.hub.origin.RangeReader;
import dev.hubswarm.storage.FlockFile;
import dev.hubswarm.storage.HashPool;
import dev.hubswarm.storage.PartFile;
import dev.hubswarm.storage.PartHeader;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/** A file that several workers fetch by ranges. Thread-safe. */
final class FileDownload implements AutoCloseable {
    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(5);
    private static final long STUCK_NANOS = TimeUnit.SECONDS.toNanos(2);

    /** What all files are fetched with. */
    record Means(
            HubOrigin origin,
            RangeReader ranges,
            HashPool pool,
            SpeedLimit speed,
            StopSignal stop,
            ConnectionCount connections) {}

    private final HubFile file;
    private final PartFile part;
    private final @Nullable FlockFile lock;
    private final Means means;
    private final LongConsumer heard;

    private final long startedNanos = System.nanoTime();
    private final Slices slices = new Slices(STUCK_NANOS);
    private final AtomicLong fetched = new AtomicLong();
    private final AtomicBoolean ended = new AtomicBoolean();
    private volatile FileLocation location;
    private volatile RunningDigest digest;
    private long present;
    private boolean fetchedAgain;

    /**
     * @param lock let go when this is closed
     * @param heard hears how many bytes came, each time some do
     */
    FileDownload(
            HubFile file,
            FileLocation location,
            PartFile part,
            @Nullable FlockFile lock,
            Means means,
            LongConsumer heard) {
        this.file = file;
        this.location = location;
        this.part = part;
        this.lock = lock;
        this.means = means;
        this.heard = heard;
        this.digest = begin();
    }

    /** Asks for all that is not there, and digests what is. */
    private RunningDigest begin() {
        RunningDigest begun = new RunningDigest(part, file.digest().kind(), file.size(), means.pool);
        PartHeader header = part.header();
        for (int piece = 0; piece < header.pieces(); piece++) {
            long from = (long) piece * header.pieceLength();
            long end = Math.min(from + header.pieceLength(), header.size());
            if (!part.has(piece)) slices.add(from, end);
            else present += end - from;
        }
        begun.advance();
        return begun;
    }

    HubFile file() {
        return file;
    }

    Slices slices() {
        return slices;
    }

    /** Bytes that an earlier download left. */
    long present() {
        return present;
    }

    long fetched() {
        return fetched.get();
    }

    double seconds() {
        return (System.nanoTime() - startedNanos) / 1e9;
    }

    /** True once, for the worker that found everything fetched and shall finish the file. */
    boolean isMineToEnd() {
        return slices.isComplete() && ended.compareAndSet(false, true);
    }

    /** Fetches a slice, or what others leave of it. */
    void fetch(Slice slice, ByteBuffer buffer) throws UserError, InterruptedException {
        boolean renewed = false;
        while (slice.at() < slice.end()) {
            FileLocation from = location;
            long start = slice.at();
            try {
                means.ranges.read(
                        from.uri(),
                        means.origin.authorizationFor(from.uri()),
                        slice.at(),
                        slice.end(),
                        file.size(),
                        buffer,
                        (bytes, at) -> write(slice, bytes, at));
            } catch (RangeException e) {
                if (means.stop.isStopped()) throw new InterruptedException();
                int failures = slice.failed();
                boolean refused = e.kind() == RangeException.Kind.STALE;
                // An address that is refused as soon as the Hub has signed it stays refused.
                boolean hopeless = e.kind() == RangeException.Kind.NEVER || (refused && renewed && slice.at() == start);
                if (hopeless || failures > retries()) throw unreachable(e);
                if (e.kind() == RangeException.Kind.LATER) means.connections.tooMany();
                if (refused) relocate(from);
                else pause(failures, e.retryAfter());
                renewed = refused;
            }
        }
    }

    /** Without a byte in between. */
    private int retries() {
        return means.origin.config().retries();
    }

    private long write(Slice slice, ByteBuffer bytes, long at) throws UserError, InterruptedException {
        long end = slice.writing();
        int length = (int) Math.max(0, Math.min(bytes.remaining(), end - at));
        if (length == 0) return end;
        bytes.limit(bytes.position() + length);
        part.write(bytes, at);
        part.written(at, at + length, PartFile.Source.HUB);
        fetched.addAndGet(length);
        heard.accept(length);
        RunningDigest digesting = digest;
        digesting.advance();
        // Bytes come faster than this machine digests them.
        if (means.stop.interruptibly(digesting::awaitNear)) means.connections.enough();
        means.stop.pause(means.speed.pauseNanos(length, System.nanoTime()));
        return slice.moved(at + length, System.nanoTime());
    }

    private synchronized void relocate(FileLocation refused) throws UserError, InterruptedException {
        if (location.equals(refused)) {
            location = means.stop.interruptibly(() -> means.origin.locateAgain(refused));
        }
    }

    private void pause(int failures, @Nullable Duration asked) throws InterruptedException {
        means.stop.pause(
                asked == null
                        ? Backoff.delayNanos(failures, ThreadLocalRandom.current())
                        : Math.min(asked.toNanos(), LONGEST_PAUSE.toNanos()));
    }

    private UserError unreachable(RangeException e) {
        return new UserError(
                Kind.FAILED,
                "The Hub did not send " + file.path() + ": " + e.getMessage() + ".",
                "What came is kept; run the same command again to go on.",
                e);
    }

    /**
     * Everything is fetched. Returns false if the content is wrong and was asked for once more, all of it: no digest
     * tells which bytes are wrong.
     */
    boolean isRight() throws UserError, InterruptedException {
        if (file.digest().matches(means.stop.interruptibly(digest::await))) return true;
        if (fetchedAgain) {
            part.discard();
            throw new UserError(
                    Kind.DAMAGED,
                    "What the Hub sent of " + file.path() + " twice did not have the digest that the Hub states.",
                    "Nothing was kept. Try again later, or tell the repo's owner.");
        }
        fetchedAgain = true;
        for (int piece = 0; piece < part.header().pieces(); piece++) part.forget(piece);
        digest = begin();
        ended.set(false);
        return false;
    }

    PartFile part() {
        return part;
    }

    /** What is not published stays for a later download. */
    @Override
    public void close() throws UserError {
        try (lock) {
            part.close();
        }
    }
}
