package dev.hubswarm.agent;

import dev.hubswarm.agent.accelerator.DeniedTorrents;
import dev.hubswarm.agent.control.AgentNote;
import dev.hubswarm.agent.control.AgentStatus;
import dev.hubswarm.agent.control.ControlSurface;
import dev.hubswarm.agent.control.SeedDesk;
import dev.hubswarm.agent.control.TransferStatus;
import dev.hubswarm.base.UserError;
import dev.hubswarm.hub.origin.HubOrigin;
import dev.hubswarm.hub.origin.RateBudget;
import dev.hubswarm.p2pengine.store.MemoryBudget;
import dev.hubswarm.p2pengine.store.OpenFiles;
import dev.hubswarm.p2pengine.store.SegmentPool;
import dev.hubswarm.p2pengine.store.StoreResources;
import dev.hubswarm.p2pengine.swarm.Swarm;
import dev.hubswarm.p2pengine.swarm.SwarmConfig;
import dev.hubswarm.protocol.announce.PeerId;
import dev.hubswarm.seeder.SeedSnapshot;
import dev.hubswarm.seeder.SeedTracker;
import dev.hubswarm.seeder.Seeder;
import dev.hubswarm.seeder.SeederParts;
import dev.hubswarm.storage.DiskPool;
import dev.hubswarm.trackerclient.announce.Announcer;
import dev.hubswarm.trackerclient.contact.TrackerApi;
import dev.hubswarm.trackerclient.contact.TrackerHttp;
import dev.hubswarm.trackerclient.contact.TrackerUrl;
import dev.hubswarm.trackerclient.index.CatalogueIndex;
import dev.hubswarm.trackerclient.index.CataloguePublisher;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The process that shares files in the background. Its parts are put together from the top to the bottom of the
 * constructor, and taken apart the other way round. Thread-safe.
 */
public final class Agent implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Agent.class.getName());
    private static final int LAST_PEER_PORT = 6999;
    private static final int DISK_QUEUE = 1024;
    private static final int OPEN_FILES = 128;
    private static final long PATIENCE_SECONDS = 30;

    private final AgentConfig config;
    private final long startedNanos = System.nanoTime();
    private final RandomGenerator random = new Random();
    private final Deque<AutoCloseable> parts = new ArrayDeque<>();
    private final @Nullable EmbeddedTracker tracker;
    private final List<TrackerUrl> trackers;
    private final Swarm swarm;
    private final @Nullable Seeder seeder;
    private final ControlSurface control;

    private Agent(AgentConfig config, TransferStatus.Supplier transfers, Runnable onDown) throws UserError {
        this.config = config;
        try {
            keep(InstanceLock.take(config.home()));
            keep(AgentLog.open(config.home()));
            // What is shared must be there for everybody, not for this user alone (reliability.md T9).
            HubOrigin hub = keep(new HubOrigin(config.hub().anonymous(), new RateBudget(random), random));
            tracker = config.trackers().hasOwn()
                    ? keep(EmbeddedTracker.start(config.version(), config.home(), config.hub(), config.trackers()))
                    : null;
            trackers = trackers(config.trackers(), tracker);
            DiskPool disk = keep(new DiskPool(Math.max(2, Runtime.getRuntime().availableProcessors()), DISK_QUEUE));
            DeniedTorrents denied = new DeniedTorrents(config.home().resolve("denied"), Clock.systemUTC());
            OpenFiles files = keep(new OpenFiles(OPEN_FILES));
            TrackerHttp http = keep(new TrackerHttp("hubswarm/" + config.version(), hub.tls()));
            PeerId peerId = PeerId.ours(random);
            swarm = keep(startSwarm(peerId));
            Set<TrackerUrl> ours = tracker == null ? Set.of() : Set.copyOf(trackers);
            Announcer announcer =
                    keep(new Announcer(http, peerId, swarm.address().getPort(), ours::contains, random));
            seeder = config.maySeed()
                    ? keep(Seeder.open(
                            new SeederParts(
                                    swarm,
                                    stores(disk),
                                    files,
                                    announcer,
                                    catalogues(http),
                                    hub,
                                    config.home(),
                                    config.policy(),
                                    denied::has,
                                    Clock.systemUTC(),
                                    random),
                            new SeedLog()))
                    : null;
            control = keep(ControlSurface.start(
                    new AgentNote.Facts(
                            config.version(),
                            config.home(),
                            null,
                            null,
                            swarm.address().getPort(),
                            config.cacheFolders(),
                            config.hub().endpoint().toString()),
                    config.control(),
                    () -> status(transfers),
                    SeedDesk.of(seeder),
                    onDown));
        } catch (UserError | RuntimeException e) {
            close();
            throw e;
        }
        LOG.log(
                System.Logger.Level.INFO,
                () -> "hubswarm " + config.version() + " is up, peers call port "
                        + swarm.address().getPort());
    }

    /**
     * @param transfers that run in this process
     * @param onDown called when somebody asks it to stop
     */
    public static Agent start(AgentConfig config, TransferStatus.Supplier transfers, Runnable onDown) throws UserError {
        return new Agent(config, transfers, onDown);
    }

    private <T extends AutoCloseable> T keep(T part) {
        parts.push(part);
        return part;
    }

    private static List<TrackerUrl> trackers(TrackerChoice choice, @Nullable EmbeddedTracker own) throws UserError {
        if (own != null) return own.urls();
        List<TrackerUrl> all = new ArrayList<>(choice.trackers());
        for (TrackerUrl trusted : choice.trusted()) if (!all.contains(trusted)) all.add(trusted);
        return all;
    }

    /** At the port that was asked for, or the first that is free of those that BitTorrent clients use. */
    private Swarm startSwarm(PeerId peerId) throws UserError {
        Integer port = config.peers().port();
        String client = "hubswarm " + config.version();
        for (int next = SwarmConfig.USUAL_PORT; ; next++) {
            try {
                SwarmConfig at = config.peers().at(port == null ? next : port);
                return Swarm.start(at, client, peerId, random, config.home().resolve("bans"));
            } catch (UserError e) {
                if (port != null || next == LAST_PEER_PORT) throw e;
            }
        }
    }

    private static StoreResources stores(DiskPool disk) {
        return new StoreResources(
                disk,
                new SegmentPool(MemoryBudget.USUAL),
                new MemoryBudget(MemoryBudget.USUAL),
                new MemoryBudget(MemoryBudget.USUAL / 2));
    }

    private List<SeedTracker> catalogues(TrackerHttp http) {
        List<SeedTracker> all = new ArrayList<>();
        for (TrackerUrl url : trackers) {
            if (url.isUdp()) {
                all.add(new SeedTracker(url, null));
                continue;
            }
            boolean isTrusted = config.trackers().trusted().contains(url);
            TrackerApi api = new TrackerApi(http, url, config.trackers().token(), isTrusted);
            CatalogueIndex index = new CatalogueIndex(api, random);
            all.add(new SeedTracker(url, new SeedTracker.Catalogue(new CataloguePublisher(api), index)));
        }
        return all;
    }

    private AgentStatus status(TransferStatus.Supplier transfers) throws InterruptedException {
        return new AgentStatus(
                config.version(),
                ProcessHandle.current().pid(),
                Duration.ofNanos(System.nanoTime() - startedNanos),
                config.home(),
                swarm.address(),
                tracker == null ? null : tracker.address(),
                trackers.stream().map(TrackerUrl::toString).toList(),
                seeder != null,
                config.peers().uploadLimit(),
                config.peers().downloadLimit(),
                transfers.transfers(),
                seeder == null ? List.of() : seeds(seeder));
    }

    private static List<SeedSnapshot> seeds(Seeder seeder) throws InterruptedException {
        try {
            return seeder.list().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new IllegalStateException("the seeder does not answer", e);
        }
    }

    public InetSocketAddress control() {
        return control.address();
    }

    public int peerPort() {
        return swarm.address().getPort();
    }

    /** Where the tracker inside it listens, if there is one. */
    public @Nullable InetSocketAddress ownTracker() {
        return tracker == null ? null : tracker.address();
    }

    /** What other machines give as {@code --tracker} to find the tracker inside this one; null if they cannot. */
    public @Nullable String ownTrackerForOthers() {
        return tracker == null ? null : tracker.urlForOthers();
    }

    /** Without their secrets. */
    public List<String> trackers() {
        return trackers.stream().map(TrackerUrl::toString).toList();
    }

    @Override
    public void close() {
        LOG.log(System.Logger.Level.INFO, () -> "hubswarm stops");
        while (!parts.isEmpty()) {
            try {
                parts.pop().close();
            } catch (Exception e) {
                // The others are to be closed all the same.
                LOG.log(System.Logger.Level.WARNING, () -> "A part of the agent did not end well", e);
            }
        }
    }
}
