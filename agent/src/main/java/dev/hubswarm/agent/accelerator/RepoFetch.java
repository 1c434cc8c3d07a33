package dev.hubswarm.agent.accelerator;

import dev.hubswarm.base.ContentDigest;
import dev.hubswarm.base.UserError;
import dev.hubswarm.base.UserError.Kind;
import dev.hubswarm.hub.download.Destination;
import dev.hubswarm.hub.download.RepoPlan;
import dev.hubswarm.hub.download.StopSignal;
import dev.hubswarm.hub.origin.HubFile;
import dev.hubswarm.hub.origin.HubOrigin;
import dev.hubswarm.hub.origin.RangeReader;
import dev.hubswarm.hub.origin.RemoteFile;
import dev.hubswarm.hub.request.HubRequest;
import dev.hubswarm.hub.request.HubUrls;
import dev.hubswarm.hub.request.Revision;
import dev.hubswarm.storage.DiskSpace;
import dev.hubswarm.storage.FlockFile;
import dev.hubswarm.storage.PartFile;
import dev.hubswarm.trackerclient.index.WantedFile;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Brings the files of a plan to their destination. Confined to its loop, but for {@link #run}, which blocks and is
 * called once.
 *
 * <p>A line begins the next file when those that were begun need no more lines. Small files are fetched by the line
 * itself, large ones by a {@link FileFetch}.
 */
public final class RepoFetch implements HubLines.Reading, FileFetch.Listener {
    /** Hears how it goes. Called on the loop, but for {@link #tick}. */
    public interface Listener {
        /** @param present bytes that an earlier download left */
        void began(HubFile file, long present);

        void fetched(HubFile file, long fromHub, long fromPeers);

        void ended(FileResult result);

        /** Called a few times a second, by the thread that is in {@link RepoFetch#run}. */
        void tick();
    }

    private record Told(long fromHub, long fromPeers) {}

    private static final long TICK_MILLIS = 100;
    /** Files at a time, where peers and not lines bring them. */
    private static final int MOST_ACTIVE = 16;

    /** Of fewer files each is looked for by itself. */
    private static final int WORTH_A_LIST = 4;

    /** Files up to this size are fetched whole, by one request. */
    private static final long WHOLE = 1 << 20;

    /** After these the other files would fail, too. */
    private static final Set<Kind> HOPELESS = EnumSet.of(Kind.FAILED, Kind.NO_SPACE);

    private final HubOrigin origin;
    private final RangeReader ranges;
    private final FileFetch.Means means;
    private final Destination destination;
    private final DiskSpace space;
    private final Listener listener;
    private final RepoPlan plan;

    private final Set<HubFile> waiting;
    private final Set<ContentDigest> underWay = new HashSet<>();
    /** Each with what its listener was told. */
    private final Map<FileFetch, Told> active = new LinkedHashMap<>();

    private final List<FileResult> results = new ArrayList<>();
    private final StopSignal stop = new StopSignal();
    private final CompletableFuture<List<FileResult>> end = new CompletableFuture<>();
    private int beginning;
    private int begun;

    RepoFetch(
            HubOrigin origin,
            RangeReader ranges,
            FileFetch.Means means,
            Destination destination,
            DiskSpace space,
            Listener listener,
            RepoPlan plan) {
        this.origin = origin;
        this.ranges = ranges;
        this.means = means;
        this.destination = destination;
        this.space = space;
        this.listener = listener;
        this.plan = plan;
        this.waiting = new LinkedHashSet<>(plan.files());
    }

    /**
     * Returns when every file is there or can't be had; files that were not tried any more are left out.
     *
     * @throws UserError if there is not enough space, before anything was fetched
     */
    public List<FileResult> run() throws UserError, InterruptedException {
        DiskSpace.Promise promised = promise();
        try {
            means.loop().execute(() -> {
                means.lines().join(this);
                endIfDone();
            });
            lookUp();
            return await();
        } finally {
            promised.close();
        }
    }

    /**
     * Asks trackers about all that anybody may read with one question, while the first files are begun; the others find
     * the answer. The Hub is asked first (design.md §5).
     */
    @SuppressWarnings("FutureReturnValueIgnored") // It never fails, and nobody waits for it.
    private void lookUp() {
        Peers peers = means.peers();
        if (peers == null || !means.mode().hasPeers()) return;
        List<RemoteFile> large = plan.files().stream()
                .filter(file -> file.size() > WHOLE)
                .map(this::remote)
                .filter(FilePeers::mayHave)
                .toList();
        if (large.size() < WORTH_A_LIST) return;
        means.background().execute(() -> {
            try {
                List<WantedFile> open = new ArrayList<>();
                for (RemoteFile file : large) {
                    if (stop.isStopped()) return;
                    if (FilePeers.mayAsk(peers, origin, file)) open.add(FilePeers.wanted(file));
                }
                peers.index().known(open);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }

    private DiskSpace.Promise promise() throws UserError {
        Path folder = destination.folder();
        try {
            return space.promise(folder, plan.size());
        } catch (UserError e) {
            // Some of it may be there already, for which we need look only now.
            return space.promise(folder, destination.missing(plan.files()));
        }
    }

    private List<FileResult> await() throws InterruptedException {
        boolean isInterrupted = false;
        @Nullable List<FileResult> all = null;
        while (all == null) {
            try {
                all = end.get(TICK_MILLIS, TimeUnit.MILLISECONDS);
            } catch (TimeoutException e) {
                means.loop().execute(this::count);
                listener.tick();
            } catch (InterruptedException e) {
                // Waits whatever happens, for their files can be closed only then.
                isInterrupted = true;
                means.loop().execute(this::stop);
            } catch (ExecutionException e) {
                throw new IllegalStateException("A download broke", e);
            }
        }
        if (isInterrupted) throw new InterruptedException();
        return all;
    }

    private void count() {
        active.replaceAll((fetch, told) -> {
            Told now = new Told(fetch.fromHub(), fetch.fromPeers());
            if (!now.equals(told)) {
                listener.fetched(fetch.file(), now.fromHub - told.fromHub, now.fromPeers - told.fromPeers);
            }
            return now;
        });
    }

    private void stop() {
        stop.stop();
        waiting.clear();
        for (FileFetch fetch : List.copyOf(active.keySet())) {
            fetch.fail(new UserError(Kind.FAILED, "It was stopped.", "Run the same command again to go on."));
        }
        endIfDone();
    }

    private void endIfDone() {
        if (!waiting.isEmpty() || beginning > 0 || !active.isEmpty()) return;
        means.lines().leave(this);
        end.complete(List.copyOf(results));
    }

    // What the lines call.

    @Override
    public HubLines.Urgency urgency() {
        return HubLines.Urgency.ORDERED;
    }

    /** After all that is begun. */
    @Override
    public int order() {
        return Integer.MAX_VALUE;
    }

    @Override
    public HubLines.@Nullable Task next(boolean mayShare) {
        if (active.size() + beginning >= mostActive()) return null;
        HubFile file = poll();
        if (file == null) return null;
        beginning++;
        int order = begun++;
        return buffer -> begin(file, order, buffer);
    }

    /** Not one whose content is on its way already: once it is here, it only takes another name. */
    private @Nullable HubFile poll() {
        for (HubFile file : waiting) {
            if (!underWay.add(file.digest())) continue;
            waiting.remove(file);
            return file;
        }
        return null;
    }

    private int mostActive() {
        boolean isHubFirst = means.mode() == Mode.HTTP || means.mode() == Mode.RACE;
        return isHubFirst ? Integer.MAX_VALUE : MOST_ACTIVE;
    }

    // On a line's thread.

    private void begin(HubFile file, int order, ByteBuffer buffer) throws InterruptedException {
        long startedNanos = System.nanoTime();
        @Nullable FileResult result = null;
        try {
            if (destination.has(file)) {
                result = FileResult.wasThere(file);
            } else if (file.size() <= WHOLE) {
                fetchWhole(file, buffer);
                result = FileResult.ofHub(file, (System.nanoTime() - startedNanos) / 1e9);
            } else {
                result = beginLarge(file, order);
            }
        } catch (UserError e) {
            result = FileResult.failed(file, (System.nanoTime() - startedNanos) / 1e9, e);
        } finally {
            FileResult ended = result;
            means.loop().execute(() -> {
                beginning--;
                if (ended != null) ended(ended);
                endIfDone();
                means.lines().look();
            });
        }
    }

    private @Nullable FileResult beginLarge(HubFile file, int order) throws UserError, InterruptedException {
        FlockFile lock = stop.interruptibly(() -> Optional.ofNullable(destination.lock(file)))
                .orElse(null);
        try {
            // Another program may have fetched it while we waited.
            if (lock != null && destination.has(file)) return FileResult.wasThere(file);
            HubFileReader reader = new HubFileReader(origin, ranges, remote(file));
            stop.interruptibly(reader::locate);
            PartFile part = destination.begin(file);
            FlockFile held = lock;
            lock = null;
            means.loop().execute(() -> join(new FileFetch(means, file, reader, order, destination, part, held, this)));
            return null;
        } finally {
            if (lock != null) lock.close();
        }
    }

    private RemoteFile remote(HubFile file) {
        return new RemoteFile(plan.repo(), plan.commit(), file.path(), file.digest(), file.size());
    }

    private void fetchWhole(HubFile file, ByteBuffer buffer) throws UserError, InterruptedException {
        byte[] content = stop.interruptibly(() -> content(file, buffer));
        try (PartFile part = destination.begin(file)) {
            if (content.length > 0) {
                part.write(ByteBuffer.wrap(content), 0);
                part.written(0, content.length, PartFile.Source.HUB);
            }
            destination.publish(part, file);
        }
        means.loop().execute(() -> {
            means.lines().came(content.length);
            listener.began(file, 0);
            listener.fetched(file, content.length, 0);
        });
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

    // On the loop again.

    private void join(FileFetch fetch) {
        listener.began(fetch.file(), fetch.present());
        active.put(fetch, new Told(0, 0));
        if (stop.isStopped()) stop();
    }

    @Override
    public void broke(Throwable fault) {
        end.completeExceptionally(fault);
        stop();
    }

    @Override
    public void ended(FileFetch fetch, FileResult result) {
        count();
        active.remove(fetch);
        ended(result);
        endIfDone();
        means.lines().look();
    }

    private void ended(FileResult result) {
        underWay.remove(result.file().digest());
        UserError failure = result.failure();
        if (stop.isStopped() && failure != null) return;
        results.add(result);
        listener.ended(result);
        if (failure != null && isHopeless(failure)) stop();
    }

    /** The Hub may refuse one file of many. A disk refuses all, and its refusals have a cause. */
    private static boolean isHopeless(UserError failure) {
        return HOPELESS.contains(failure.kind())
                || (failure.kind() == Kind.NOT_ALLOWED && failure.getCause() instanceof IOException);
    }
}
