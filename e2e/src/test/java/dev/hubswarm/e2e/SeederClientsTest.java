package dev.hubswarm.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.base.TlsTrust;
import dev.hubswarm.e2e.OtherPeer.Client;
import dev.hubswarm.hub.origin.HubOrigin;
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
import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.protocol.metainfo.TorrentExtras;
import dev.hubswarm.seeder.SeedAnswer;
import dev.hubswarm.seeder.SeedListener;
import dev.hubswarm.seeder.SeedPolicy;
import dev.hubswarm.seeder.SeedRequest;
import dev.hubswarm.seeder.SeedTracker;
import dev.hubswarm.seeder.Seeder;
import dev.hubswarm.seeder.SeederParts;
import dev.hubswarm.storage.DiskPool;
import dev.hubswarm.storage.HashPool;
import dev.hubswarm.testkit.LeakCheck;
import dev.hubswarm.testkit.SeededBytes;
import dev.hubswarm.torrentcreator.Progress;
import dev.hubswarm.torrentcreator.TorrentCreator;
import dev.hubswarm.torrentcreator.TorrentKind;
import dev.hubswarm.trackerclient.announce.Announcer;
import dev.hubswarm.trackerclient.contact.TrackerApi;
import dev.hubswarm.trackerclient.contact.TrackerHttp;
import dev.hubswarm.trackerclient.contact.TrackerUrl;
import dev.hubswarm.trackerclient.index.CatalogueIndex;
import dev.hubswarm.trackerclient.index.CataloguePublisher;
import dev.hubswarm.trackerserver.TrackerConfig;
import dev.hubswarm.trackerserver.TrackerService;
import dev.hubswarm.trackerserver.catalogue.AccessTokens;
import dev.hubswarm.trackerserver.server.ServerConfig;
import dev.hubswarm.trackerserver.store.StorageUri;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the seeder made, published and announced, others find at its tracker and fetch from it. */
@Tag("peer")
@ExtendWith(LeakCheck.class)
final class SeederClientsTest {
    private static final int SIZE = 3_000_000;
    private static final InetSocketAddress ANY = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

    @TempDir
    Path folder;

    @ParameterizedTest
    @EnumSource(
            value = Client.class,
            names = {"LIBTORRENT", "ARIA2", "TRANSMISSION"})
    void aSeedIsFetchedBy(Client client) throws Exception {
        byte[] bytes = SeededBytes.of(3, SIZE);
        StubRepo repo = StubRepo.model("org/model")
                .xet("model.bin", StubContent.of(bytes))
                .build();
        RemoteFile origin = new RemoteFile(
                new RepoRef(RepoType.MODEL, "org/model"),
                repo.head(),
                "model.bin",
                repo.file("main", "model.bin").digest(),
                SIZE);
        // By the name that its torrent gives it, so that both can be compared.
        Path file = Files.write(folder.resolve(origin.digest().hex()), bytes);
        Random random = new Random(1);
        PeerId id = new PeerId(1, 1, 1);
        Duration patience = Duration.ofSeconds(20);
        try (HubStub hub = HubStub.builder().start();
                HubOrigin asked = new HubOrigin(
                        new OriginConfig(
                                URI.create(hub.endpoint()),
                                null,
                                ProxyRules.NONE,
                                null,
                                false,
                                "t",
                                patience,
                                patience,
                                2),
                        new RateBudget(random),
                        random);
                TrackerService tracker = tracker();
                TrackerHttp http = new TrackerHttp("test/1", TlsTrust.ofRuntime());
                DiskPool disk = new DiskPool(2, 64);
                OpenFiles files = new OpenFiles(16);
                Swarm swarm = Swarm.start(SwarmConfig.on(ANY), "test", id, random);
                Announcer announcer = new Announcer(http, id, swarm.address().getPort(), any -> true, random)) {
            hub.put(repo);
            TrackerUrl url =
                    TrackerUrl.parse("http://127.0.0.1:" + tracker.address().getPort());
            TrackerApi api = new TrackerApi(http, url, null, false);
            CatalogueIndex index = new CatalogueIndex(api, random);
            CataloguePublisher publisher = new CataloguePublisher(api);
            SeedTracker at = new SeedTracker(url, new SeedTracker.Catalogue(publisher, index));
            StoreResources stores =
                    new StoreResources(disk, new SegmentPool(4 << 20), new MemoryBudget(0), new MemoryBudget(4 << 20));
            SeederParts parts = new SeederParts(
                    swarm,
                    stores,
                    files,
                    announcer,
                    List.of(at),
                    asked,
                    folder.resolve("home"),
                    SeedPolicy.DEFAULT,
                    any -> false,
                    Clock.systemUTC(),
                    random);
            Metainfo torrent = torrent(file, url);
            // Published and announced before, so that the seeder hears of them at once: not every client calls a peer
            // on
            // its own machine.
            publisher.publish(torrent, null).get();
            Path named = Files.write(folder.resolve("a.torrent"), torrent.bytes());
            try (OtherPeer peer = OtherPeer.start(client, named.toString(), folder.resolve("other"));
                    Seeder seeder = Seeder.open(parts, new SeedListener() {})) {
                awaitLeecher("http://127.0.0.1:" + tracker.address().getPort(), origin);
                SeedAnswer answer = seeder.add(new SeedRequest(file, origin, null, null, false))
                        .get();
                assertEquals("", answer.why());
                peer.awaitSame(file);
                assertTrue(seeder.list().get().get(0).uploaded() >= SIZE);
            }
        }
    }

    private static void awaitLeecher(String tracker, RemoteFile origin) throws Exception {
        long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        String question = tracker + "/api/v2/files/" + origin.digest().hex();
        while (!new String(Http.bytes(question), StandardCharsets.UTF_8).contains("\"leechers\":1")) {
            assertTrue(System.nanoTime() < end, "the tracker knows of nobody");
            LockSupport.parkNanos(20_000_000);
        }
    }

    private static Metainfo torrent(Path file, TrackerUrl tracker) throws Exception {
        TorrentCreator.Request plain = TorrentCreator.Request.of(file, TorrentKind.FILE);
        List<List<String>> trackers = List.of(List.of(tracker.announce().toString()));
        TorrentCreator.Request request = new TorrentCreator.Request(
                file,
                plain.kind(),
                plain.version(),
                0,
                null,
                false,
                new TorrentExtras(trackers, List.of(), null, null),
                Set.of());
        try (HashPool pool = new HashPool(1)) {
            return new TorrentCreator(pool).create(request, Progress.NONE).torrent();
        }
    }

    private TrackerService tracker() throws Exception {
        return TrackerService.start(new TrackerConfig(
                "test",
                new ServerConfig(ANY, false),
                dev.hubswarm.trackerserver.swarm.SwarmConfig.DEFAULT,
                StorageUri.parse("memory"),
                folder,
                null,
                AccessTokens.NONE,
                null));
    }
}
