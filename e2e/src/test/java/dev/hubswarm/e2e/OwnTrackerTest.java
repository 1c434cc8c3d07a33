package dev.hubswarm.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.base.Redacted;
import dev.hubswarm.base.TlsTrust;
import dev.hubswarm.protocol.announce.PeerAddress;
import dev.hubswarm.protocol.announce.PeerId;
import dev.hubswarm.protocol.announce.SwarmKey;
import dev.hubswarm.protocol.metainfo.CanonicalTorrent;
import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.storage.HashPool;
import dev.hubswarm.testkit.LeakCheck;
import dev.hubswarm.trackerclient.announce.Announcer;
import dev.hubswarm.trackerclient.announce.Progress;
import dev.hubswarm.trackerclient.contact.TrackerApi;
import dev.hubswarm.trackerclient.contact.TrackerHttp;
import dev.hubswarm.trackerclient.contact.TrackerUrl;
import dev.hubswarm.trackerclient.index.Candidate;
import dev.hubswarm.trackerclient.index.CatalogueIndex;
import dev.hubswarm.trackerclient.index.CataloguePublisher;
import dev.hubswarm.trackerclient.index.CombinedIndex;
import dev.hubswarm.trackerclient.index.LlmptIndex;
import dev.hubswarm.trackerclient.index.PublishResult.Kind;
import dev.hubswarm.trackerclient.index.RepoFile;
import dev.hubswarm.trackerclient.index.WantedFile;
import dev.hubswarm.trackerserver.TrackerConfig;
import dev.hubswarm.trackerserver.TrackerService;
import dev.hubswarm.trackerserver.catalogue.AccessTokens;
import dev.hubswarm.trackerserver.server.ServerConfig;
import dev.hubswarm.trackerserver.store.StorageUri;
import dev.hubswarm.trackerserver.swarm.SwarmConfig;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Our client at our tracker: publish, look up, announce. */
@Tag("e2e")
@ExtendWith(LeakCheck.class)
final class OwnTrackerTest {
    private static final Progress SEEDER = new Progress(0, 0, 0);

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"http", "udp"})
    void whatOnePublishesAndSeedsAnotherFinds(String scheme) throws Exception {
        Metainfo torrent;
        try (HashPool pool = HashPool.perCore()) {
            torrent = Creation.canonical(
                    pool, GeneratedInput.file("", 3_000_000, 16 * 1024).write(folder));
        }
        RepoFile place = new RepoFile("model", "org/name", "c".repeat(40), "model.bin");
        WantedFile wanted = new WantedFile(
                Objects.requireNonNull(CanonicalTorrent.digestOf(torrent)), torrent.payloadSize(), place);
        TrackerConfig config = new TrackerConfig(
                "test",
                new ServerConfig(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), true),
                SwarmConfig.DEFAULT,
                StorageUri.parse("memory"),
                folder,
                null,
                new AccessTokens(Map.of("lab", new Redacted("token")), List.of(), null),
                null);
        Random random = new Random(1);
        try (TrackerService tracker = TrackerService.start(config);
                TrackerHttp http = new TrackerHttp("test/1", TlsTrust.ofRuntime());
                Announcer seeder = new Announcer(http, new PeerId(1, 1, 1), 16881, any -> true, random);
                Announcer leecher = new Announcer(http, new PeerId(2, 2, 2), 16882, any -> true, random)) {
            String address = "127.0.0.1:" + tracker.address().getPort();
            TrackerUrl url = TrackerUrl.parse("http://" + address);
            CataloguePublisher stranger = new CataloguePublisher(new TrackerApi(http, url, null, false));
            assertEquals(
                    Kind.NOT_ALLOWED, stranger.publish(torrent, place).join().kind());
            TrackerApi api = new TrackerApi(http, url, new Redacted("token"), true);
            CataloguePublisher publisher = new CataloguePublisher(api);
            assertEquals(Kind.NEW, publisher.publish(torrent, place).join().kind());
            assertEquals(Kind.COUNTED, publisher.publish(torrent, null).join().kind());

            CombinedIndex index =
                    new CombinedIndex(List.of(new CatalogueIndex(api, random), new LlmptIndex(api, random)));
            assertEquals(Set.of(wanted.sha256()), index.known(List.of(wanted)).join());
            List<Candidate> found = index.find(wanted, any -> {}).join();
            assertEquals(1, found.size());
            assertEquals(torrent.infoHash(), found.get(0).torrent().infoHash());
            assertTrue(found.get(0).attested());

            // A hybrid's two names are one swarm.
            List<SwarmKey> names = SwarmKey.allOf(torrent.infoHash());
            TrackerUrl announceAt = TrackerUrl.parse(scheme + "://" + address);
            Heard heard = new Heard();
            seeder.announce(names.get(0), List.of(List.of(announceAt)), () -> SEEDER, heard);
            assertEquals(List.of(), heard.next());
            leecher.announce(names.get(1), List.of(List.of(announceAt)), () -> new Progress(0, 0, 5), heard);
            assertEquals(List.of(PeerAddress.v4(0x7f000001, 16881)), heard.next());
        }
    }
}
