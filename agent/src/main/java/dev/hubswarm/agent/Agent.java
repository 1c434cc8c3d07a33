package dev.hubswarm.agent;

import dev.hubswarm.agent.accelerator.Accelerator;
import dev.hubswarm.agent.accelerator.ClientFetches;
import dev.hubswarm.agent.accelerator.FetchQuota;
import dev.hubswarm.agent.accelerator.FetchedFile;
import dev.hubswarm.agent.accelerator.PeerNetwork;
import dev.hubswarm.agent.accelerator.Shareable;
import dev.hubswarm.agent.control.AgentNote;
import dev.hubswarm.agent.control.AgentStatus;
import dev.hubswarm.agent.control.ControlSurface;
import dev.hubswarm.agent.control.SeedDesk;
import dev.hubswarm.agent.proxy.ProxyConfig;
import dev.hubswarm.agent.proxy.ProxyParts;
import dev.hubswarm.agent.proxy.ProxyServer;
import dev.hubswarm.agent.tls.CaFolder;
import dev.hubswarm.agent.tls.HubCertificates;
import dev.hubswarm.agent.tls.HubHosts;
import dev.hubswarm.base.UserError;
import dev.hubswarm.hub.origin.HubOrigin;
import dev.hubswarm.hub.origin.RateBudget;
import dev.hubswarm.p2pengine.store.MemoryBudget;
import dev.hubswarm.p2pengine.store.OpenFiles;
import dev.hubswarm.p2pengine.store.SegmentPool;
import dev.hubswarm.p2pengine.store.StoreResources;
import dev.hubswarm.seeder.SeedRequest;
import dev.hubswarm.seeder.SeedSnapshot;
import dev.hubswarm.seeder.SeedTracker;
import dev.hubswarm.seeder.Seeder;
import dev.hubswarm.seeder.SeederParts;
import dev.hubswarm.storage.DiskPool;
import dev.hubswarm.storage.DiskSpace;
import dev.hubswarm.trackerclient.contact.TrackerApi;
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
 * The process through which programs fetch files, and that shares them in the background. Its parts are put together from the top to the bottom of the
 * constructor, and taken apart the other way round. Thread-safe.
 */
public final class Agent implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Agent.class.getName());
    private static final int CONNECTIONS = 64;
    private static final int DISK_QUEUE = 1024;
    private static final int OPEN_FILES = 128;
    private static final long PATIENCE_SECONDS = 30;

    private final AgentConfig config;
    private final long startedNanos = System.nanoTime();
    private final RandomGenerator random = new Random();
    private final Deque<AutoCloseable> parts = new ArrayDeque<>();
    private final @Nullable EmbeddedTracker tracker;
    private final List<TrackerUrl> trackers;
    private final PeerNetwork network;
    private final @Nullable Seeder seeder;
    private final ClientFetches clients;
    private final @Nullable ProxyServer proxy;
    private final ControlSurface control;

    private Agent(AgentConfig config, Runnable onDown) throws UserError {
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
            OpenFiles files = keep(new OpenFiles(OPEN_FILES));
            network = keep(new PeerNetwork(peers(), hub.tls(), random));
            seeder = config.maySeed()
                    ? keep(Seeder.open(
                            new SeederParts(
                                    network.peers().swarm(),
                                    stores(disk),
                                    files,
                                    network.peers().announcer(),
                                    catalogues(),
                                    hub,
                                    config.home(),
                                    config.policy(),
                                    network.peers().denied()::has,
                                    Clock.systemUTC(),
                                    random),
                            new SeedLog()))
                    : null;
            Accelerator.Limits limits =
                    new Accelerator.Limits(CONNECTIONS, config.peers().downloadLimit());
            Accelerator accelerator = keep(new Accelerator(
                    hub, limits, config.mode(), config.mayShare() ? network.peers() : null, seeder != null));
            FetchQuota quota = new FetchQuota(config.maxDisk(), config.home().resolve("fetched"));
            clients = keep(accelerator.clients(config.cache(), DiskSpace.withUsualReserve(), quota, this::share));
            HubCertificates certificates = new HubCertificates(
                    CaFolder.in(config.home()), new HubHosts(config.hub().endpoint()), Clock.systemUTC());
            ProxyParts proxied = ProxyParts.of(config.home(), hub, config.cache(), clients, certificates::contextFor);
            ProxyConfig at = config.proxy();
            proxy = at == null ? null : keep(ProxyServer.start(at, proxied));
            control = keep(ControlSurface.start(
                    new AgentNote.Facts(
                            config.version(),
                            config.home(),
                            proxy(),
                            proxy == null ? null : proxy.socket(),
                            peerPort(),
                            List.of(config.cache().root()),
                            config.hub().endpoint().toString()),
                    config.control(),
                    this::status,
                    SeedDesk.of(seeder),
                    onDown));
        } catch (UserError | RuntimeException e) {
            close();
            throw e;
        }
        LOG.log(
                System.Logger.Level.INFO,
                () -> "hubswarm " + config.version() + " is up, peers call port " + peerPort());
    }

    /** @param onDown called when somebody asks it to stop */
    public static Agent start(AgentConfig config, Runnable onDown) throws UserError {
        return new Agent(config, onDown);
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

    private static StoreResources stores(DiskPool disk) {
        return new StoreResources(
                disk,
                new SegmentPool(MemoryBudget.USUAL),
                new MemoryBudget(MemoryBudget.USUAL),
                new MemoryBudget(MemoryBudget.USUAL / 2));
    }

    private PeerNetwork.Config peers() {
        Set<TrackerUrl> ours = tracker == null ? Set.of() : Set.copyOf(trackers);
        return new PeerNetwork.Config(
                "hubswarm " + config.version(),
                null,
                config.peers().port(),
                config.peers().uploadLimit(),
                config.peers().downloadLimit(),
                trackers,
                config.trackers().trusted(),
                config.trackers().token(),
                config.home(),
                List.of(),
                ours::contains);
    }

    private List<SeedTracker> catalogues() {
        List<SeedTracker> all = new ArrayList<>();
        for (TrackerUrl url : trackers) if (url.isUdp()) all.add(new SeedTracker(url, null));
        for (TrackerApi api : network.apis()) {
            CatalogueIndex index = new CatalogueIndex(api, random);
            all.add(new SeedTracker(api.tracker(), new SeedTracker.Catalogue(new CataloguePublisher(api), index)));
        }
        return all;
    }

    /** Others may have it from here. */
    @SuppressWarnings("FutureReturnValueIgnored") // The seeder tells its listener.
    private void share(FetchedFile fetched) {
        Seeder sharing = seeder;
        if (sharing == null) return;
        Shareable known = fetched.shareable();
        if (known == null) {
            sharing.add(new SeedRequest(fetched.path(), fetched.file(), null, null, false));
        } else {
            known.torrent()
                    .whenComplete((torrent, failure) -> sharing.add(
                            new SeedRequest(fetched.path(), fetched.file(), known.stamp(), torrent, false)));
        }
    }

    private AgentStatus status() throws InterruptedException {
        return new AgentStatus(
                config.version(),
                ProcessHandle.current().pid(),
                Duration.ofNanos(System.nanoTime() - startedNanos),
                config.home(),
                proxy(),
                network.peers().swarm().address(),
                tracker == null ? null : tracker.address(),
                trackers.stream().map(TrackerUrl::toString).toList(),
                seeder != null,
                config.peers().uploadLimit(),
                config.peers().downloadLimit(),
                clients.transfers(),
                seeder == null ? List.of() : seeds(seeder));
    }

    private static List<SeedSnapshot> seeds(Seeder seeder) throws InterruptedException {
        try {
            return seeder.list().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new IllegalStateException("the seeder does not answer", e);
        }
    }

    /** Where programs fetch through it, if they can. */
    public @Nullable InetSocketAddress proxy() {
        return proxy == null ? null : proxy.address();
    }

    public InetSocketAddress control() {
        return control.address();
    }

    public int peerPort() {
        return network.peers().swarm().address().getPort();
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
