package dev.hubswarm.agent.accelerator;

import dev.hubswarm.base.ThreadLoop;
import dev.hubswarm.base.UserError;
import dev.hubswarm.hub.download.Destination;
import dev.hubswarm.hub.download.FileResult;
import dev.hubswarm.hub.download.RepoPlan;
import dev.hubswarm.hub.download.SpeedLimit;
import dev.hubswarm.hub.origin.HubOrigin;
import dev.hubswarm.hub.origin.RangeReader;
import dev.hubswarm.p2pengine.store.MemoryBudget;
import dev.hubswarm.p2pengine.store.SegmentPool;
import dev.hubswarm.p2pengine.store.StoreResources;
import dev.hubswarm.storage.DiskPool;
import dev.hubswarm.storage.DiskSpace;
import dev.hubswarm.storage.HashPool;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/** What all downloads of this process share: connections, memory, threads. Thread-safe. */
public final class Accelerator implements AutoCloseable {
    private static final int DISK_QUEUE = 1024;

    private final HubOrigin origin;
    private final RangeReader ranges;
    private final ThreadLoop loop = new ThreadLoop("hubswarm-transfers");
    private final HashPool hashing = HashPool.perCore();
    private final DiskPool disk = new DiskPool(Math.max(2, Runtime.getRuntime().availableProcessors()), DISK_QUEUE);
    private final ExecutorService background;
    private final HubLines lines;
    private final FileFetch.Means means;

    /**
     * @param connections to the Hub, at most
     * @param bytesPerSecond from the Hub, at most; 0 for no limit
     */
    public Accelerator(HubOrigin origin, int connections, long bytesPerSecond) {
        this.origin = origin;
        ranges = new RangeReader(origin.config(), origin.tls());
        AtomicInteger number = new AtomicInteger();
        background = Executors.newCachedThreadPool(task -> {
            Thread thread = new Thread(task, "hubswarm-file-" + number.getAndIncrement());
            thread.setDaemon(true);
            return thread;
        });
        SpeedLimit speed = new SpeedLimit(bytesPerSecond, System.nanoTime());
        lines = CompletableFuture.supplyAsync(() -> new HubLines(loop, connections, speed), loop::execute)
                .join();
        StoreResources store = new StoreResources(
                disk, new SegmentPool(MemoryBudget.USUAL), new MemoryBudget(MemoryBudget.USUAL), new MemoryBudget(0));
        means = new FileFetch.Means(
                loop,
                lines,
                store,
                hashing,
                background,
                new Random(),
                origin.config().retries());
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

    @Override
    public void close() {
        loop.execute(lines::close);
        loop.close();
        ranges.close();
        background.shutdown();
        disk.close();
        hashing.close();
    }
}
