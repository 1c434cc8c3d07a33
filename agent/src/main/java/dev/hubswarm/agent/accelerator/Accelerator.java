package dev.hubswarm.agent.accelerator;

import dev.hubswarm.base.Loop;
import dev.hubswarm.base.ThreadLoop;
import dev.hubswarm.base.UserError;
import dev.hubswarm.hub.cache.HubCache;
import dev.hubswarm.hub.download.Destination;
import dev.hubswarm.hub.download.RepoPlan;
import dev.hubswarm.hub.download.SpeedLimit;
import dev.hubswarm.hub.origin.HubOrigin;
import dev.hubswarm.hub.origin.RangeReader;
import dev.hubswarm.p2pengine.store.MemoryBudget;
import dev.hubswarm.p2pengine.store.SegmentPool;
import dev.hubswarm.p2pengine.store.StoreResources;
import dev.hubswarm.storage.BackgroundThread;
import dev.hubswarm.storage.DiskPool;
import dev.hubswarm.storage.DiskSpace;
import dev.hubswarm.storage.HashPool;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What all downloads of this process share: connections, memory, threads. Thread-safe. */
public final class Accelerator implements AutoCloseable {
    /**
     * @param connections to the Hub, at most
     * @param bytesPerSecond from the Hub, at most; 0 for no limit
     */
    public record Limits(int connections, long bytesPerSecond) {}

    /** More than cores, since they wait: for what is written, and for it to be safe. */
    private static final int DISK_THREADS = 8;

    private static final int DISK_QUEUE = 1024;

    private final HubOrigin origin;
    private final RangeReader ranges;
    private final @Nullable ThreadLoop own;
    private final Loop loop;
    private final HashPool hashing = HashPool.perCore();
    private final DiskPool disk = new DiskPool(DISK_THREADS, DISK_QUEUE);
    private final ExecutorService background;
    private final @Nullable ExecutorService drafting;
    private final HubLines lines;
    private final FileFetch.Means means;

    /**
     * @param limits what may be taken from the Hub
     * @param peers not closed with it; null if there are none
     * @param shares whether what is fetched may be shared, so that torrents of it are worth making while it comes
     */
    public Accelerator(HubOrigin origin, Limits limits, Mode mode, @Nullable Peers peers, boolean shares) {
        this.origin = origin;
        ranges = new RangeReader(origin.config(), origin.tls());
        own = peers == null ? new ThreadLoop("hubswarm-transfers") : null;
        loop = peers == null ? Objects.requireNonNull(own) : peers.swarm().loop();
        AtomicInteger number = new AtomicInteger();
        background = Executors.newCachedThreadPool(task -> {
            Thread thread = new Thread(task, "hubswarm-file-" + number.getAndIncrement());
            thread.setDaemon(true);
            return thread;
        });
        SpeedLimit speed = new SpeedLimit(limits.bytesPerSecond, System.nanoTime());
        lines = CompletableFuture.supplyAsync(() -> new HubLines(loop, limits.connections, speed), loop::execute)
                .join();
        StoreResources store = new StoreResources(
                disk,
                new SegmentPool(MemoryBudget.USUAL),
                new MemoryBudget(MemoryBudget.USUAL),
                new MemoryBudget(peers == null ? 0 : MemoryBudget.USUAL / 2));
        drafting = shares ? BackgroundThread.executor("hubswarm-draft") : null;
        means = new FileFetch.Means(
                loop, origin, lines, mode, peers, store, hashing, background, drafting, new Random());
    }

    /**
     * Brings the files of a plan to their destination. Returns when every file is there or can't be had; files that
     * were not tried any more are left out.
     *
     * @throws UserError if there is not enough space, before anything was fetched
     */
    public List<FileResult> fetch(Destination destination, DiskSpace space, RepoFetch.Listener listener, RepoPlan plan)
            throws UserError, InterruptedException {
        return new RepoFetch(origin, ranges, means, destination, space, listener, plan).run();
    }

    /**
     * For clients that read files while they are fetched into a cache.
     *
     * @param quota how much of it may be theirs
     * @param fetched hears of every file that was
     */
    public ClientFetches clients(HubCache cache, DiskSpace space, FetchQuota quota, Consumer<FetchedFile> fetched) {
        return new ClientFetches(origin, ranges, means, cache, space, quota, fetched);
    }

    @Override
    public void close() {
        loop.execute(lines::close);
        if (own != null) own.close();
        ranges.close();
        background.shutdown();
        // What was begun may end; nobody waits for it.
        if (drafting != null) drafting.shutdown();
        disk.close();
        hashing.close();
    }
}
