package dev.hubswarm.cli;

import dev.hubswarm.agent.accelerator.PeerNetwork;
import dev.hubswarm.base.UserError;
import dev.hubswarm.base.UserError.Kind;
import dev.hubswarm.hub.origin.HubOrigin;
import dev.hubswarm.p2pengine.store.MemoryBudget;
import dev.hubswarm.p2pengine.store.OpenFiles;
import dev.hubswarm.p2pengine.store.SegmentPool;
import dev.hubswarm.p2pengine.store.StoreResources;
import dev.hubswarm.protocol.metainfo.Hash;
import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.seeder.SeedAnswer;
import dev.hubswarm.seeder.SeedListener;
import dev.hubswarm.seeder.SeedPolicy;
import dev.hubswarm.seeder.SeedRequest;
import dev.hubswarm.seeder.SeedTracker;
import dev.hubswarm.seeder.Seeder;
import dev.hubswarm.seeder.SeederParts;
import dev.hubswarm.storage.DiskPool;
import dev.hubswarm.storage.FileStamp;
import dev.hubswarm.storage.HashPool;
import dev.hubswarm.storage.StateFolder;
import dev.hubswarm.torrentcreator.Progress;
import dev.hubswarm.torrentcreator.TorrentCreator;
import dev.hubswarm.torrentcreator.TorrentKind;
import dev.hubswarm.trackerclient.contact.TrackerApi;
import dev.hubswarm.trackerclient.index.CatalogueIndex;
import dev.hubswarm.trackerclient.index.CataloguePublisher;
import dev.hubswarm.trackerclient.index.WantedFile;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The machine of the demo that has the file and shares it, as an agent does. Thread-safe. */
final class DemoSeed implements AutoCloseable {
    private static final long LOOK_MILLIS = 50;
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(30);

    private final DemoWorld world;
    private final HubOrigin origin;
    private final PeerNetwork network;
    private final TrackerApi tracker;
    private final DiskPool disk = new DiskPool(2, 64);
    private final OpenFiles open = new OpenFiles(16);
    private final Seeder seeder;

    DemoSeed(DemoWorld world, Path folder) throws UserError {
        this.world = world;
        Path state = StateFolder.open(folder);
        origin = world.connect();
        network = world.join(origin, state);
        tracker = network.apis().get(0);
        SeedTracker.Catalogue catalogue = new SeedTracker.Catalogue(new CataloguePublisher(tracker), catalogue());
        seeder = Seeder.open(
                new SeederParts(
                        network.peers().swarm(),
                        new StoreResources(
                                disk,
                                new SegmentPool(MemoryBudget.USUAL / 4),
                                new MemoryBudget(MemoryBudget.USUAL),
                                new MemoryBudget(MemoryBudget.USUAL / 2)),
                        open,
                        network.peers().announcer(),
                        List.of(new SeedTracker(tracker.tracker(), catalogue)),
                        origin,
                        state,
                        SeedPolicy.DEFAULT,
                        hash -> false,
                        Clock.systemUTC(),
                        world.random()),
                new SeedListener() {});
    }

    /** A new one remembers no answers. */
    private CatalogueIndex catalogue() {
        return new CatalogueIndex(tracker, world.random());
    }

    /** Returns when others can find it. */
    void share(SeedRequest request) throws UserError, InterruptedException {
        // The seeder hashes when nobody else wants the processor, which on a busy machine nobody would watch.
        FileStamp stamp = FileStamp.ofReadable(request.file());
        Metainfo torrent = hash(request.file());
        SeedAnswer answer = seeder.add(new SeedRequest(request.file(), request.origin(), stamp, torrent, false))
                .join();
        if (!answer.accepted()) throw failure(answer.why());
        WantedFile wanted = new WantedFile(
                Hash.ofHex(request.origin().digest().hex()), request.origin().size(), null);
        long end = System.nanoTime() + PATIENCE_NANOS;
        while (catalogue().find(wanted, early -> {}).join().stream().noneMatch(found -> found.seeders() > 0)) {
            if (System.nanoTime() - end > 0) throw failure("The tracker does not list it.");
            TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
        }
    }

    private static Metainfo hash(Path file) throws UserError, InterruptedException {
        try (HashPool pool = HashPool.perCore()) {
            return new TorrentCreator(pool)
                    .create(TorrentCreator.Request.of(file, TorrentKind.FILE), Progress.NONE)
                    .torrent();
        }
    }

    private static UserError failure(String why) {
        return new UserError(
                Kind.FAILED, "The demo's file could not be shared. " + why, "Please report it with --verbose.");
    }

    @Override
    public void close() {
        seeder.close();
        network.close();
        disk.close();
        open.close();
        origin.close();
    }
}
