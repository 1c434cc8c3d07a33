package dev.hubswarm.hub.download;

import dev.hubswarm.base.UserError;
import dev.hubswarm.hub.download.Slices.Slice;
import dev.hubswarm.hub.origin.FileLocation;
import dev.hubswarm.hub.origin.HubFile;
import dev.hubswarm.hub.origin.HubOrigin;
import dev.hubswarm.hub.origin.RangeReader;
import dev.hubswarm.hub.origin.RemoteFile;
import dev.hubswarm.hub.request.HubRequest;
import dev.hubswarm.hub.request.HubUrls;
import dev.hubswarm.hub.request.Revision;
import dev.hubswarm.storage.DiskSpace;
import dev.hubswarm.storage.FlockFile;
import dev.hubswarm.storage.HashPool;
import dev.hubswarm.storage.PartFile;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Brings the files of a plan to their destination. Used once; {@link #run} blocks.
 *
 * <p>Workers take whatever is next: a slice of a file that others fetch already, else the next file, else a share of
 * what another worker still has to do. Each has one buffer, and one connection in use. {@link ConnectionCount} finds
 * out how many workers are worth having.
 */
public final class RepoDownload {
    /**
     * How to fetch.
     *
     * @param connections at most so many at once
     * @param bytesPerSecond at most so many, or 0 for no limit
     * @param space from which the files take theirs
     */
    public record Limits(int connections, long bytesPerSecond, DiskSpace space) {}

    /** Hears how it goes, from many threads. */
    public interface Listener {
        /** @param present bytes that an earlier download left */
        void began(HubFile file, long present);

        void fetched(HubFile file, long bytes);

        void ended(FileResult result);

        /** Called a few times a second, by the thread that is in {@link RepoDownload#run}. */
        void tick();
    }

    private static final int FIRST_CONNECTIONS = 2;
    private static final long PERIOD_NANOS = TimeUnit.MILLISECONDS.toNanos(200);
    private static final long TICK_MILLIS = 100;
    /** Files up to this size are fetched whole, by one request. */
    private static final long WHOLE = 1 << 20;

    private static final int BUFFER = 1 << 20;
    private static final long LEAST_SLICE = 4L << 20;
    private static final long LARGEST_SLICE = 64L << 20;
    /**
     * A slice is that part of what is left, shared by all connections: large at first, small at the end, so that all
     * end at about the same time and the digest of the whole is not far behind.
     */
    private static final int SLICES_PER_CONNECTION = 2;

    /** After these the other files would fail, too. */
    private static final Set<UserError.Kind> HOPELESS = EnumSet.of(UserError.Kind.FAILED, UserError.Kind.NO_SPACE);

    /** One thing to do. */
    private sealed interface Work {
        record Begin(HubFile file) implements Work {}

        record Fetch(FileDownload download, Slice slice) implements Work {}
    }

    private final HubOrigin origin;
    private final RangeReader ranges;
    private final FileDownload.Means means;
    private final Destination destination;
    private final Limits limits;
    private final Listener listener;
    private final RepoPlan plan;

    private final Deque<HubFile> waiting;
    private final List<FileDownload> active = new ArrayList<>();
    /** Failed, but some workers may not have noticed yet. */
    private final List<FileDownload> broken = new ArrayList<>();

    private final List<FileResult> results = new ArrayList<>();
    private final ConnectionCount connections;
    private final StopSignal stop = new StopSignal();
    private int busy;
    /** A worker found nothing to do in this period. */
    private boolean idled;

    private long fetched;
    private @Nullable Throwable fault;

    /** @param ranges is closed when the download ends */
    public RepoDownload(
            HubOrigin origin,
            RangeReader ranges,
            HashPool pool,
            Destination destination,
            Limits limits,
            Listener listener,
            RepoPlan plan) {
        this.origin = origin;
        this.ranges = ranges;
        SpeedLimit speed = new SpeedLimit(limits.bytesPerSecond, System.nanoTime());
        this.connections = new ConnectionCount(FIRST_CONNECTIONS, limits.connections);
        this.means = new FileDownload.Means(origin, ranges, pool, speed, stop, connections);
        this.destination = destination;
        this.limits = limits;
        this.listener = listener;
        this.plan = plan;
        this.waiting = new ArrayDeque<>(plan.files());
    }

    /**
     * Returns when every file is there or can't be had; files that were not tried any more are left out.
     *
     * @throws UserError if there is not enough space, before anything was fetched
     */
    public List<FileResult> run() throws UserError, InterruptedException {
        DiskSpace.Promise promised = promise();
        try {
            return fetchAll();
        } finally {
            promised.close();
        }
    }

    private DiskSpace.Promise promise() throws UserError {
        Path folder = destination.folder();
        try {
            return limits.space.promise(folder, plan.size());
        } catch (UserError e) {
            // Some of it may be there already, for which we need look only now.
            return limits.space.promise(folder, destination.missing(plan.files()));
        }
    }

    private List<FileResult> fetchAll() throws InterruptedException {
        List<Thread> workers = new ArrayList<>();
        try {
            supervise(workers);
        } finally {
            stop(null);
            boolean interrupted = joined(workers);
            active.forEach(RepoDownload::close);
            broken.forEach(RepoDownload::close);
            if (interrupted) Thread.currentThread().interrupt();
        }
        synchronized (this) {
            if (fault != null) throw new IllegalStateException("A download failed", fault);
            return List.copyOf(results);
        }
    }

    /** Waits whatever happens, for their files can be closed only then; returns whether somebody was impatient. */
    private static boolean joined(List<Thread> workers) {
        boolean interrupted = false;
        for (Thread worker : workers) {
            while (worker.isAlive()) {
                try {
                    worker.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        return Thread.interrupted() || interrupted;
    }

    private static void close(FileDownload download) {
        try {
            download.close();
        } catch (UserError e) {
            // What could not be written down is fetched again next time.
            System.getLogger(RepoDownload.class.getName()).log(System.Logger.Level.DEBUG, e::getMessage);
        }
    }

    private void supervise(List<Thread> workers) throws InterruptedException {
        long periodNanos = System.nanoTime();
        long before = 0;
        while (true) {
            while (workers.size() < connections.count()) workers.add(startWorker(workers.size()));
            synchronized (this) {
                if (stop.isStopped() || isDone()) return;
                wait(TICK_MILLIS);
                long nanos = System.nanoTime() - periodNanos;
                if (nanos >= PERIOD_NANOS) {
                    if (busy >= connections.count() || !idled) connections.measured((fetched - before) * 1e9 / nanos);
                    idled = false;
                    before = fetched;
                    periodNanos += nanos;
                }
            }
            listener.tick();
        }
    }

    private Thread startWorker(int number) {
        Thread worker = new Thread(() -> work(number), "hubswarm-fetch-" + number);
        worker.setDaemon(true);
        worker.start();
        return worker;
    }

    private boolean isDone() {
        return waiting.isEmpty() && active.isEmpty() && busy == 0;
    }

    private synchronized void stop(@Nullable Throwable because) {
        stop.stop();
        if (fault == null) fault = because;
        notifyAll();
        // Wakes the workers that wait for the network, too.
        ranges.close();
    }

    private void work(int number) {
        @Nullable ByteBuffer buffer = null;
        try {
            while (true) {
                Work work = next(number);
                if (work == null) return;
                if (buffer == null) buffer = ByteBuffer.allocateDirect(BUFFER);
                try {
                    if (work instanceof Work.Begin begin) begin(begin.file, buffer);
                    if (work instanceof Work.Fetch fetch) fetch(fetch.download, fetch.slice, buffer);
                } finally {
                    idle();
                }
            }
        } catch (InterruptedException e) {
            stop(null);
        } catch (RuntimeException | Error e) {
            stop(e);
        }
    }

    private synchronized void idle() {
        busy--;
        notifyAll();
    }

    private synchronized @Nullable Work next(int number) throws InterruptedException {
        while (!stop.isStopped() && !isDone()) {
            Work work = number < connections.count() ? choose() : null;
            if (work != null) {
                busy++;
                return work;
            }
            idled |= number < connections.count();
            wait(TICK_MILLIS);
        }
        return null;
    }

    private @Nullable Work choose() {
        long now = System.nanoTime();
        for (FileDownload download : active) {
            Slices slices = download.slices();
            Slice slice = slices.next(sliceLength(slices.left()), now);
            if (slice != null) return new Work.Fetch(download, slice);
        }
        HubFile file = waiting.poll();
        if (file != null) return new Work.Begin(file);
        for (FileDownload download : active) {
            Slice slice = download.slices().takeOver(now);
            if (slice != null) return new Work.Fetch(download, slice);
        }
        return null;
    }

    private long sliceLength(long left) {
        long share = left / ((long) SLICES_PER_CONNECTION * connections.count());
        return Math.max(LEAST_SLICE, Math.min(LARGEST_SLICE, share));
    }

    private void begin(HubFile file, ByteBuffer buffer) throws InterruptedException {
        long startedNanos = System.nanoTime();
        try {
            if (destination.has(file)) {
                ended(FileResult.wasThere(file));
            } else if (file.size() <= WHOLE) {
                fetchWhole(file, buffer);
                ended(FileResult.published(file, file.size(), (System.nanoTime() - startedNanos) / 1e9));
            } else {
                beginRanges(file);
            }
        } catch (UserError e) {
            ended(FileResult.failed(file, 0, (System.nanoTime() - startedNanos) / 1e9, e));
        }
    }

    private void beginRanges(HubFile file) throws UserError, InterruptedException {
        FlockFile lock = stop.interruptibly(() -> Optional.ofNullable(destination.lock(file)))
                .orElse(null);
        FileDownload download;
        try {
            // Another program may have fetched it while we waited.
            if (lock != null && destination.has(file)) {
                ended(FileResult.wasThere(file));
                return;
            }
            FileLocation location = stop.interruptibly(() -> origin.locate(remote(file)));
            PartFile part = destination.begin(file);
            download = new FileDownload(file, location, part, lock, means, bytes -> fetched(file, bytes));
            lock = null;
        } finally {
            if (lock != null) lock.close();
        }
        listener.began(file, download.present());
        synchronized (this) {
            active.add(download);
            notifyAll();
        }
        endIfFetched(download);
    }

    private RemoteFile remote(HubFile file) {
        return new RemoteFile(plan.repo(), plan.commit(), file.path(), file.digest(), file.size());
    }

    private void fetchWhole(HubFile file, ByteBuffer buffer) throws UserError, InterruptedException {
        listener.began(file, 0);
        byte[] content = stop.interruptibly(() -> content(file, buffer));
        try (PartFile part = destination.begin(file)) {
            if (content.length > 0) {
                part.write(ByteBuffer.wrap(content), 0);
                part.written(0, content.length, PartFile.Source.HUB);
            }
            fetched(file, content.length);
            destination.publish(part, file);
        }
    }

    /** The quick way; if that does not give what it should, the careful one. */
    private byte[] content(HubFile file, ByteBuffer buffer) throws UserError, InterruptedException {
        HubRequest request = new HubRequest.Resolve(plan.repo(), new Revision(plan.commit()), file.path());
        URI uri = URI.create(origin.config().endpoint() + HubUrls.path(request));
        byte[] content =
                ranges.readWhole(uri, origin.authorizationFor(uri), (int) file.size(), buffer, origin.budget());
        if (content != null && file.digest().isOf(content)) return content;
        return origin.fetch(remote(file));
    }

    private void fetched(HubFile file, long bytes) {
        synchronized (this) {
            fetched += bytes;
        }
        listener.fetched(file, bytes);
    }

    private void fetch(FileDownload download, Slice slice, ByteBuffer buffer) throws InterruptedException {
        try {
            try {
                download.fetch(slice, buffer);
            } finally {
                download.slices().giveBack(slice);
            }
            endIfFetched(download);
        } catch (UserError e) {
            failed(download, e);
        }
    }

    private void endIfFetched(FileDownload download) throws InterruptedException {
        if (!download.isMineToEnd()) return;
        try {
            if (!download.isRight()) return;
            destination.publish(download.part(), download.file());
            download.close();
            leave(download);
            ended(FileResult.published(download.file(), download.fetched(), download.seconds()));
        } catch (UserError e) {
            failed(download, e);
        }
    }

    private synchronized void leave(FileDownload download) {
        active.remove(download);
        notifyAll();
    }

    private void failed(FileDownload download, UserError failure) {
        synchronized (this) {
            // The other workers that fetch it fail, too, or find nothing more to do; the first failure is told.
            if (!active.remove(download)) return;
            broken.add(download);
        }
        download.slices().cancel();
        ended(FileResult.failed(download.file(), download.fetched(), download.seconds(), failure));
    }

    private void ended(FileResult result) {
        UserError failure = result.failure();
        synchronized (this) {
            if (stop.isStopped() && failure != null) return;
            results.add(result);
            if (failure != null && isHopeless(failure)) stop(null);
        }
        listener.ended(result);
    }

    /** The Hub may refuse one file of many. A disk refuses all, and its refusals have a cause. */
    private static boolean isHopeless(UserError failure) {
        return HOPELESS.contains(failure.kind())
                || (failure.kind() == UserError.Kind.NOT_ALLOWED && failure.getCause() instanceof IOException);
    }
}
