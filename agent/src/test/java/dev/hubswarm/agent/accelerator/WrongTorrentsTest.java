package dev.hubswarm.agent.accelerator;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.agent.accelerator.WrongTorrents.Flaw;
import dev.hubswarm.agent.accelerator.WrongTorrents.Right;
import dev.hubswarm.agent.accelerator.WrongTorrents.Wrong;
import dev.hubswarm.base.TlsTrust;
import dev.hubswarm.hub.origin.RateBudget;
import dev.hubswarm.hub.request.RepoRef;
import dev.hubswarm.hub.request.RepoType;
import dev.hubswarm.hubstub.HubStub;
import dev.hubswarm.hubstub.StubContent;
import dev.hubswarm.hubstub.StubRepo;
import dev.hubswarm.protocol.metainfo.Hash;
import dev.hubswarm.protocol.metainfo.InfoHash;
import dev.hubswarm.testkit.LeakCheck;
import dev.hubswarm.trackerclient.contact.TrackerUrl;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Reliability.md S5: fifty files, of each of which a tracker has a torrent that is wrong, and peers that serve it. */
@ExtendWith(LeakCheck.class)
final class WrongTorrentsTest {
    private static final int SIZE = 5 * (256 << 10) + 12_345;
    private static final int AT_A_TIME = 8;

    @TempDir
    private Path folder;

    private final HubStub hub = HubStub.builder().reader("hf_reader").start();
    private final ExecutorService threads = Executors.newFixedThreadPool(AT_A_TIME);
    private final List<Place> places = new ArrayList<>();

    private record Place(StubRepo repo, StubContent content, Wrong wrong) {
        Hash digest() {
            return StubPeers.digest(content);
        }

        InfoHash infoHash() throws Exception {
            return wrong.read().infoHash();
        }

        /** As trackers are told. */
        String announced() throws Exception {
            Hash v1 = infoHash().v1();
            return v1 != null
                    ? v1.hex()
                    : Objects.requireNonNull(infoHash().v2()).hex().substring(0, 40);
        }
    }

    @AfterEach
    void stop() {
        threads.shutdownNow();
        hub.close();
    }

    private void makeAll() throws Exception {
        WrongTorrents recipes = new WrongTorrents(Files.createDirectory(folder.resolve("wrong")));
        for (String name : recipes.names()) {
            StubContent content = StubContent.generated(100 + places.size(), SIZE);
            StubRepo repo = StubRepo.model("org/model-" + places.size())
                    .xet("model.bin", content)
                    .build();
            hub.put(repo);
            Hash digest = StubPeers.digest(content);
            places.add(new Place(
                    repo, content, recipes.make(name, new Right("model.bin", repo.head(), digest, content.bytes()))));
        }
    }

    private void list(LyingTracker tracker, StubPeers peers) throws Exception {
        for (Place place : places) {
            if (place.wrong.isSnapshot()) tracker.listSnapshot(place.repo.head(), place.wrong.bytes());
            else tracker.listFile(place.digest().hex(), place.wrong.bytes());
            Path served = place.wrong.served();
            if (served != null) peers.seed(place.wrong.read(), served);
        }
    }

    /** Of a process of its own, but for its notes. */
    private List<FileResult> fetchAll(LyingTracker tracker, String into) throws Exception {
        RandomGenerator random = new Random(7);
        PeerNetwork.Config config = new PeerNetwork.Config(
                "test 1",
                InetAddress.getLoopbackAddress(),
                0,
                0,
                0,
                List.of(TrackerUrl.parse(tracker.url())),
                List.of(),
                null,
                Files.createDirectories(folder.resolve("notes")),
                List.of(),
                any -> true);
        List<FileResult> results = new ArrayList<>();
        try (PeerNetwork network = new PeerNetwork(config, TlsTrust.of(null), random)) {
            List<Future<FileResult>> running = new ArrayList<>();
            for (Place place : places) running.add(threads.submit(() -> fetch(place, network.peers(), into)));
            for (Future<FileResult> one : running) results.add(one.get());
        }
        return results;
    }

    private FileResult fetch(Place place, Peers peers, String into) throws Exception {
        Path target = Files.createDirectories(folder.resolve(into).resolve(place.repo.head()));
        RepoRef repo = new RepoRef(RepoType.MODEL, place.repo.id());
        StubDownload download =
                new StubDownload(hub, repo, target, Duration.ofSeconds(20), 3, new RateBudget(new Random(1)));
        FileResult result = download.run("model.bin", Mode.OFFLOAD, peers);
        assertNull(result.failure(), place.wrong.name());
        assertArrayEquals(place.content.bytes(), Files.readAllBytes(download.file("model.bin")), place.wrong.name());
        return result;
    }

    @Test
    @Timeout(120)
    void noneOfFiftyBringsAWrongByte() throws Exception {
        makeAll();
        assertEquals(50, places.size());
        try (StubPeers peers = new StubPeers(folder);
                LyingTracker tracker = new LyingTracker(List.of(
                        peers.seederAddress(),
                        // Who speaks something else, and who does not answer.
                        new InetSocketAddress(
                                InetAddress.getLoopbackAddress(),
                                URI.create(hub.endpoint()).getPort()),
                        new InetSocketAddress(InetAddress.getByName("127.0.0.3"), 9)))) {
            list(tracker, peers);
            List<FileResult> first = fetchAll(tracker, "first");
            Set<String> announced = new HashSet<>(tracker.takeAnnounced());
            DeniedTorrents denied = new DeniedTorrents(folder.resolve("notes/denied"), InstantSource.system());
            for (int i = 0; i < places.size(); i++) {
                Place place = places.get(i);
                FileResult result = first.get(i);
                boolean isFromPeers = result.fromPeers() > 0;
                String about = place.wrong.name() + ": " + result;
                assertEquals(place.wrong.flaw() != Flaw.FORM, isFromPeers, about);
                if (place.wrong.flaw() == Flaw.FORM) continue;
                assertTrue(announced.contains(place.announced()), about);
                boolean isDenied = denied.has(place.infoHash(), place.digest());
                assertEquals(place.wrong.flaw() == Flaw.CONTENT, isDenied, about);
            }
            assertFalse(Files.exists(folder.resolve("notes/bans")), "who served it is not to blame");

            List<FileResult> second = fetchAll(tracker, "second");
            announced = new HashSet<>(tracker.takeAnnounced());
            for (int i = 0; i < places.size(); i++) {
                Place place = places.get(i);
                String about = place.wrong.name() + ": " + second.get(i);
                boolean isStillOfUse = place.wrong.flaw() == Flaw.V1_HALF;
                assertEquals(isStillOfUse ? SIZE : 0, second.get(i).fromPeers(), about);
                if (place.wrong.flaw() == Flaw.CONTENT) assertFalse(announced.contains(place.announced()), about);
            }
        }
    }
}
