package dev.hubswarm.cli;

import dev.hubswarm.agent.accelerator.Accelerator;
import dev.hubswarm.agent.accelerator.FileResult;
import dev.hubswarm.agent.accelerator.Mode;
import dev.hubswarm.agent.accelerator.PeerNetwork;
import dev.hubswarm.agent.accelerator.RepoFetch;
import dev.hubswarm.base.UserError;
import dev.hubswarm.hub.cache.HubCache;
import dev.hubswarm.hub.download.CacheDestination;
import dev.hubswarm.hub.download.FileSelection;
import dev.hubswarm.hub.download.RepoPlan;
import dev.hubswarm.hub.origin.HubFile;
import dev.hubswarm.hub.origin.HubOrigin;
import dev.hubswarm.hub.request.Revision;
import dev.hubswarm.seeder.SeedRequest;
import dev.hubswarm.storage.DiskSpace;
import dev.hubswarm.storage.StateFolder;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A machine of the demo: a cache, connections, threads and a peer port of its own, though all are in one process. Peers
 * can have what it has until it is closed. Thread-safe, but for {@link #fetch}, which is called once.
 */
final class DemoNode implements RepoFetch.Listener, AutoCloseable {
    /** How far a node is. Immutable. */
    record Progress(long fromHub, long fromPeers) {
        static Progress sum(List<Progress> all) {
            return new Progress(
                    all.stream().mapToLong(Progress::fromHub).sum(),
                    all.stream().mapToLong(Progress::fromPeers).sum());
        }

        long bytes() {
            return fromHub + fromPeers;
        }

        long percentFromPeers() {
            return bytes() == 0 ? 0 : 100 * fromPeers / bytes();
        }

        Json put(Json json) {
            return json.put("bytes_from_hub", fromHub).put("bytes_from_peers", fromPeers);
        }
    }

    /** Few, since all nodes share one machine: with more, each would be too slow to tell from a dead one. */
    private static final int CONNECTIONS = 4;

    private final HubOrigin origin;
    private final @Nullable PeerNetwork network;
    private final Accelerator accelerator;
    private final HubCache cache;
    private final AtomicLong fromHub = new AtomicLong();
    private final AtomicLong fromPeers = new AtomicLong();
    private volatile boolean isVerified;

    DemoNode(DemoWorld world, Path folder, Mode mode) throws UserError {
        Path state = StateFolder.open(folder.resolve("state"));
        cache = new HubCache(folder.resolve("cache"), StateFolder.open(state.resolve("resume")), true);
        origin = world.connect();
        network = mode == Mode.HTTP ? null : world.join(origin, state);
        accelerator = new Accelerator(
                origin, new Accelerator.Limits(CONNECTIONS, 0), mode, network == null ? null : network.peers(), false);
    }

    /** Returns where the file is and what it is. */
    SeedRequest fetch() throws UserError, InterruptedException {
        RepoPlan plan = RepoPlan.make(origin, DemoWorld.REPO, Revision.MAIN, FileSelection.ALL);
        CacheDestination destination = new CacheDestination(cache.repo(DemoWorld.REPO), plan);
        FileResult result = accelerator
                .fetch(destination, DiskSpace.withSmallReserve(), this, plan)
                .get(0);
        if (result.failure() != null) throw result.failure();
        fromHub.set(result.fromHub());
        fromPeers.set(result.fromPeers());
        isVerified = result.verified();
        return Objects.requireNonNull(SeedSources.fetched(plan, destination.folder(), result, null), "a large file");
    }

    Progress progress() {
        return new Progress(fromHub.get(), fromPeers.get());
    }

    /** Whether all of it is here, and what the Hub says it is. */
    boolean isVerified() {
        return isVerified;
    }

    @Override
    public void began(HubFile file, long present) {}

    @Override
    public void fetched(HubFile file, long moreFromHub, long moreFromPeers) {
        fromHub.addAndGet(moreFromHub);
        fromPeers.addAndGet(moreFromPeers);
    }

    @Override
    public void ended(FileResult result) {}

    @Override
    public void tick() {}

    @Override
    public void close() {
        accelerator.close();
        if (network != null) network.close();
        origin.close();
    }
}
