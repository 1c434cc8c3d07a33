package dev.hubswarm.seeder;

import dev.hubswarm.base.TlsTrust;
import dev.hubswarm.base.UserError;
import dev.hubswarm.hub.origin.HubOrigin;
import dev.hubswarm.hub.origin.OriginClock;
import dev.hubswarm.hub.origin.OriginConfig;
import dev.hubswarm.hub.origin.ProxyRules;
import dev.hubswarm.hub.origin.RateBudget;
import dev.hubswarm.hub.origin.RemoteFile;
import dev.hubswarm.hub.request.RepoRef;
import dev.hubswarm.hub.request.RepoType;
import dev.hubswarm.hubstub.HubStub;
import dev.hubswarm.hubstub.StubContent;
import dev.hubswarm.hubstub.StubRepo;
import dev.hubswarm.p2pengine.store.MemoryBudget;
import dev.hubswarm.p2pengine.store.OpenFiles;
import dev.hubswarm.p2pengine.store.SegmentPool;
import dev.hubswarm.p2pengine.store.StoreResources;
import dev.hubswarm.p2pengine.swarm.Swarm;
import dev.hubswarm.p2pengine.swarm.SwarmConfig;
import dev.hubswarm.protocol.announce.PeerId;
import dev.hubswarm.protocol.metainfo.Hash;
import dev.hubswarm.storage.DiskPool;
import dev.hubswarm.testkit.SeededBytes;
import dev.hubswarm.trackerclient.announce.Announcer;
import dev.hubswarm.trackerclient.contact.TrackerApi;
import dev.hubswarm.trackerclient.contact.TrackerHttp;
import dev.hubswarm.trackerclient.contact.TrackerUrl;
import dev.hubswarm.trackerclient.index.CatalogueIndex;
import dev.hubswarm.trackerclient.index.CataloguePublisher;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** All that a seeder works with, on loopback: a Hub with one model, and whatever trackers a test names. Thread-safe. */
final class World implements AutoCloseable {
    static final RepoRef REPO = new RepoRef(RepoType.MODEL, "org/model");
    static final String PATH = "model.safetensors";
    static final int SIZE = 2_500_000;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** Something that may be so at some time. */
    interface Condition {
        boolean holds() throws Exception;
    }

    /** A clock that a test moves. */
    static final class Now extends Clock {
        private volatile Instant now = Instant.parse("2026-01-02T03:04:05Z");

        synchronized void plus(Duration time) {
            now = now.plus(time);
        }

        @Override
        public Instant instant() {
            return now;
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    }

    final HubStub hub = HubStub.builder().start();
    final Now clock = new Now();
    final Set<Hash> denied = Collections.synchronizedSet(new HashSet<>());
    final Swarm swarm;
    final TrackerHttp http = new TrackerHttp("test/1", TlsTrust.ofRuntime());
    private final Path folder;
    private final Random random = new Random(1);
    private final HubOrigin origin;
    private final Announcer announcer;
    private final DiskPool disk = new DiskPool(2, 64);
    private final OpenFiles files = new OpenFiles(16);
    private final List<Seeder> seeders = new ArrayList<>();

    World(Path folder) throws UserError {
        this(folder, Duration.ofSeconds(20));
    }

    /** @param timeout after which a silent Hub is given up */
    World(Path folder, Duration timeout) throws UserError {
        this.folder = folder;
        origin = new HubOrigin(
                new OriginConfig(
                        URI.create(hub.endpoint()), null, ProxyRules.NONE, null, false, "test/1", timeout, timeout, 0),
                new RateBudget(new Sleepless(), random),
                random);
        swarm = Swarm.start(
                SwarmConfig.on(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)),
                "test",
                new PeerId(1, 1, 1),
                random);
        announcer = new Announcer(http, new PeerId(1, 1, 1), swarm.address().getPort(), any -> true, random);
    }

    /** The Hub's clock, as far as waiting goes: nobody does. */
    private static final class Sleepless implements OriginClock {
        private long slept;

        @Override
        public synchronized long nanoTime() {
            return System.nanoTime() + slept;
        }

        @Override
        public Instant instant() {
            return Instant.now();
        }

        @Override
        public synchronized void sleep(long nanos) {
            slept += nanos;
        }
    }

    Path home() {
        return folder.resolve("home");
    }

    Path file(int seed) throws IOException {
        return SeededBytes.write(place(seed), seed, SIZE);
    }

    /** Where {@link #file} is, or was. */
    Path place(int seed) {
        return folder.resolve("file-" + seed);
    }

    /** Puts the file of this seed on the Hub. */
    RemoteFile put(int seed, StubRepo.Access access) {
        return put(REPO, seed, access);
    }

    RemoteFile put(RepoRef where, int seed, StubRepo.Access access) {
        StubContent content = StubContent.of(SeededBytes.of(seed, SIZE));
        StubRepo repo =
                StubRepo.model(where.id()).access(access).xet(PATH, content).build();
        hub.put(repo);
        return new RemoteFile(where, repo.head(), PATH, repo.file("main", PATH).digest(), SIZE);
    }

    RemoteFile put(int seed) {
        return put(seed, new StubRepo.Access.Public());
    }

    SeedTracker tracker(InetSocketAddress address) throws UserError {
        TrackerUrl url = TrackerUrl.parse("http://127.0.0.1:" + address.getPort());
        TrackerApi api = new TrackerApi(http, url, null, false);
        return new SeedTracker(
                url, new SeedTracker.Catalogue(new CataloguePublisher(api), new CatalogueIndex(api, random)));
    }

    SeederParts parts(Path home, SeedPolicy policy, List<SeedTracker> trackers) {
        MemoryBudget budget = new MemoryBudget(0);
        StoreResources stores = new StoreResources(disk, new SegmentPool(4 << 20), budget, new MemoryBudget(4 << 20));
        return new SeederParts(
                swarm, stores, files, announcer, trackers, origin, home, policy, denied::contains, clock, random);
    }

    Seeder seeder(SeedListener listener, SeedTracker... trackers) throws UserError {
        return seeder(home(), SeedPolicy.DEFAULT, listener, trackers);
    }

    Seeder seeder(Path home, SeedPolicy policy, SeedListener listener, SeedTracker... trackers) throws UserError {
        Seeder seeder = Seeder.open(parts(home, policy, List.of(trackers)), listener);
        seeders.add(seeder);
        return seeder;
    }

    /** As at the end of a process. */
    void close(Seeder seeder) {
        seeders.remove(seeder);
        seeder.close();
    }

    static SeedRequest request(Path file, RemoteFile origin) {
        return new SeedRequest(file, origin, null, null, false);
    }

    static SeedAnswer add(Seeder seeder, SeedRequest request) throws Exception {
        return seeder.add(request).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    static List<SeedSnapshot> list(Seeder seeder) throws Exception {
        return seeder.list().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    static List<SeedSnapshot.State> states(Seeder seeder) throws Exception {
        return list(seeder).stream().map(SeedSnapshot::state).toList();
    }

    static void await(Condition condition) throws Exception {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.holds()) {
            if (System.nanoTime() > end) throw new AssertionError("it never came to be so");
            LockSupport.parkNanos(2_000_000);
        }
    }

    @Override
    public void close() {
        seeders.forEach(Seeder::close);
        announcer.close();
        swarm.close();
        http.close();
        origin.close();
        files.close();
        disk.close();
        hub.close();
    }
}
