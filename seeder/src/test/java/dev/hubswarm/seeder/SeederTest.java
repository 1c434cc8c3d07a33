package dev.hubswarm.seeder;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.base.ContentDigest;
import dev.hubswarm.hub.origin.RemoteFile;
import dev.hubswarm.hub.request.RepoRef;
import dev.hubswarm.hub.request.RepoType;
import dev.hubswarm.hubstub.Fault;
import dev.hubswarm.hubstub.StubRepo;
import dev.hubswarm.protocol.announce.PeerAddress;
import dev.hubswarm.protocol.announce.PeerId;
import dev.hubswarm.protocol.announce.SwarmKey;
import dev.hubswarm.protocol.metainfo.Hash;
import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.seeder.SeedSnapshot.State;
import dev.hubswarm.storage.FileStamp;
import dev.hubswarm.testkit.LeakCheck;
import dev.hubswarm.trackerclient.announce.AnnounceListener;
import dev.hubswarm.trackerclient.announce.Announcer;
import dev.hubswarm.trackerclient.announce.Progress;
import dev.hubswarm.trackerclient.contact.TrackerUrl;
import dev.hubswarm.trackerclient.index.Candidate;
import dev.hubswarm.trackerclient.index.TorrentIndex;
import dev.hubswarm.trackerclient.index.WantedFile;
import dev.hubswarm.trackerserver.TrackerService;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The seeder with a Hub, trackers and peers, all on loopback. */
@ExtendWith(LeakCheck.class)
final class SeederTest {
    @TempDir
    Path folder;

    /** What was said, in words. */
    private static final class News implements SeedListener {
        final ConcurrentLinkedQueue<String> all = new ConcurrentLinkedQueue<>();

        @Override
        public void shared(SeedSnapshot seed) {
            all.add("shared");
        }

        @Override
        public void stopped(SeedSnapshot seed, String why) {
            all.add("stopped: " + why);
        }

        @Override
        public void failed(SeedSnapshot seed, String why) {
            all.add("failed: " + why);
        }

        boolean heard(String begin) {
            return all.stream().anyMatch(one -> one.startsWith(begin));
        }
    }

    private static Hash digest(RemoteFile origin) {
        return Origin.digest(origin);
    }

    private static void awaitState(Seeder seeder, State state) throws Exception {
        World.await(() -> World.states(seeder).equals(List.of(state)));
    }

    private static Seeder sharing(World world, News news, int seed, SeedTracker... trackers) throws Exception {
        Seeder seeder = world.seeder(news, trackers);
        SeedAnswer answer = World.add(seeder, World.request(world.file(seed), world.put(seed)));
        assertEquals("", answer.why());
        awaitState(seeder, State.SHARED);
        return seeder;
    }

    @Test
    void anotherMachineFindsItAtTheTrackerAndGetsIt() throws Exception {
        News news = new News();
        try (World world = new World(folder);
                TrackerService tracker = Trackers.ours(folder.resolve("tracker"), 0)) {
            SeedTracker at = world.tracker(tracker.address());
            Seeder seeder = sharing(world, news, 1, at);
            RemoteFile origin = world.put(1);
            WantedFile wanted = new WantedFile(digest(origin), World.SIZE, null);
            SeedTracker other = world.tracker(tracker.address());
            World.await(() -> !index(other).known(List.of(wanted)).get().isEmpty());
            Candidate found = index(other).find(wanted, any -> {}).get().get(0);
            try (Leecher leecher = new Leecher(1, found.torrent(), folder.resolve("leecher"))) {
                leecher.call(world.swarm);
                World.await(leecher::isDone);
                assertArrayEquals(Files.readAllBytes(world.file(1)), Files.readAllBytes(leecher.file()));
                assertTrue(World.list(seeder).get(0).uploaded() >= World.SIZE);
            }
            assertEquals(List.of("shared"), List.copyOf(news.all));
        }
    }

    private static TorrentIndex index(SeedTracker tracker) {
        return Objects.requireNonNull(tracker.catalogue()).index();
    }

    @Test
    void whoIsKnownToTheTrackerIsCalled() throws Exception {
        try (World world = new World(folder);
                TrackerService tracker = Trackers.ours(folder.resolve("tracker"), 0)) {
            SeedTracker at = world.tracker(tracker.address());
            Metainfo torrent = Torrents.of(world.file(1));
            // Or the tracker would not take its announce.
            Objects.requireNonNull(at.catalogue())
                    .publisher()
                    .publish(torrent, null)
                    .get();
            try (Leecher leecher = new Leecher(1, torrent, folder.resolve("leecher"));
                    Announcer announcer = new Announcer(
                            world.http, new PeerId(2, 2, 1), leecher.port(), any -> true, new Random(1))) {
                CountDownLatch known = new CountDownLatch(1);
                announcer.announce(
                        SwarmKey.allOf(torrent.infoHash()).get(0),
                        List.of(List.of(at.url())),
                        () -> new Progress(0, 0, World.SIZE),
                        new AnnounceListener() {
                            @Override
                            public void peers(TrackerUrl from, List<PeerAddress> peers) {
                                known.countDown();
                            }

                            @Override
                            public void failed(TrackerUrl from, String why) {}
                        });
                known.await();
                Seeder seeder = sharing(world, new News(), 1, at);
                World.await(leecher::isDone);
                assertEquals(1, World.list(seeder).size());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"private", "gated", "disabled", "gone", "other", "git", "small", "size"})
    void whatMayNotBeSharedIsRefused(String how) throws Exception {
        try (World world = new World(folder);
                Trackers.Trap trap = new Trackers.Trap()) {
            Seeder seeder = world.seeder(new News(), world.tracker(trap.address()));
            Path file = world.file(1);
            RemoteFile origin = world.put(1);
            switch (how) {
                case "private" -> world.put(1, new StubRepo.Access.Private());
                case "gated" -> world.put(1, new StubRepo.Access.Gated("auto"));
                case "disabled" -> world.put(1, new StubRepo.Access.Disabled());
                case "gone" -> world.hub.remove(StubRepo.Type.MODEL, World.REPO.id());
                case "other" -> {
                    // A file that is not on the Hub, by the name of one that is.
                    file = world.file(2);
                    origin = new RemoteFile(
                            World.REPO,
                            origin.commit(),
                            World.PATH,
                            world.put(new RepoRef(RepoType.MODEL, "org/secret"), 2, new StubRepo.Access.Private())
                                    .digest(),
                            World.SIZE);
                }
                case "git" ->
                    origin = new RemoteFile(
                            World.REPO, origin.commit(), World.PATH, ContentDigest.of("a".repeat(40)), World.SIZE);
                case "small" -> {
                    file = Files.write(folder.resolve("small"), new byte[(1 << 20) - 1]);
                    origin = new RemoteFile(World.REPO, origin.commit(), World.PATH, origin.digest(), (1 << 20) - 1);
                }
                default -> file = Files.write(folder.resolve("longer"), new byte[World.SIZE + 1]);
            }
            SeedAnswer answer = World.add(seeder, World.request(file, origin));
            assertFalse(answer.accepted());
            assertFalse(answer.why().isEmpty());
            assertEquals(List.of(), World.list(seeder));
            assertEquals(0, trap.visits());
        }
    }

    @Test
    void aFileThatIsNotWhatTheHubSaysIsNeverShared() throws Exception {
        News news = new News();
        try (World world = new World(folder);
                Trackers.Trap trap = new Trackers.Trap()) {
            Seeder seeder = world.seeder(news, world.tracker(trap.address()));
            RemoteFile origin = world.put(1);
            Path damaged = world.file(1);
            flip(damaged, World.SIZE / 2);
            assertTrue(World.add(seeder, World.request(damaged, origin)).accepted());
            World.await(() -> news.heard("failed"));
            assertEquals(List.of(), World.list(seeder));
            assertEquals(0, trap.visits());
        }
    }

    private static void flip(Path file, long at) throws Exception {
        try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "rw")) {
            access.seek(at);
            int old = access.read();
            access.seek(at);
            access.write(old ^ 1);
        }
    }

    @Test
    void withTheTorrentAndTheSameStampNothingIsRead() throws Exception {
        News news = new News();
        try (World world = new World(folder)) {
            Path file = world.file(1);
            Metainfo torrent = Torrents.of(file);
            Seeder seeder = world.seeder(news);
            SeedAnswer answer =
                    World.add(seeder, new SeedRequest(file, world.put(1), FileStamp.of(file), torrent, false));
            assertEquals(torrent.infoHash(), answer.infoHash());
            assertEquals(List.of(State.SHARED), World.states(seeder));
        }
    }

    @Test
    void withAnotherStampTheFileIsReadAndTheDifferenceFound() throws Exception {
        News news = new News();
        try (World world = new World(folder)) {
            Path file = world.file(1);
            Metainfo torrent = Torrents.of(file);
            FileStamp stamp = FileStamp.of(file);
            flip(file, 3);
            Seeder seeder = world.seeder(news);
            SeedAnswer answer = World.add(seeder, new SeedRequest(file, world.put(1), stamp, torrent, false));
            assertTrue(answer.accepted());
            World.await(() -> news.heard("failed"));
            assertEquals(List.of(), World.list(seeder));
        }
    }

    @Test
    void whatWasSharedIsSharedAgainAfterARestart() throws Exception {
        try (World world = new World(folder)) {
            Seeder before = sharing(world, new News(), 1);
            Metainfo torrent = Torrents.of(world.place(1));
            long uploaded;
            try (Leecher leecher = new Leecher(1, torrent, folder.resolve("leecher"))) {
                leecher.call(world.swarm);
                World.await(leecher::isDone);
                uploaded = World.list(before).get(0).uploaded();
            }
            world.close(before);
            // Nobody asks the Hub, so it may even be away.
            world.hub.inject(any -> true, 1_000, new Fault.Drop());
            Seeder after = world.seeder(new News());
            SeedSnapshot seed = World.list(after).get(0);
            assertEquals(State.SHARED, seed.state());
            assertEquals(uploaded, seed.uploaded());
            try (Leecher leecher = new Leecher(2, torrent, folder.resolve("second"))) {
                leecher.call(world.swarm);
                World.await(leecher::isDone);
                assertTrue(leecher.isDone());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"private", "gated", "gone", "404", "403", "410", "451"})
    void itStopsAtTheNextCheckOnceTheHubSaysNo(String how) throws Exception {
        News news = new News();
        try (World world = new World(folder)) {
            Seeder seeder = sharing(world, news, 1);
            switch (how) {
                case "private" -> world.put(1, new StubRepo.Access.Private());
                case "gated" -> world.put(1, new StubRepo.Access.Gated("manual"));
                case "gone" -> world.hub.remove(StubRepo.Type.MODEL, World.REPO.id());
                default -> world.hub.inject(any -> true, 1_000, new Fault.Status(Integer.parseInt(how)));
            }
            world.clock.plus(Duration.ofHours(19));
            seeder.lookNow();
            awaitState(seeder, State.NOT_PUBLIC);
            assertTrue(news.heard("stopped"));
            // And begins again if it may.
            world.hub.clearFaults();
            world.put(1);
            world.clock.plus(Duration.ofHours(19));
            seeder.lookNow();
            awaitState(seeder, State.SHARED);
        }
    }

    @Test
    void aHubThatDoesNotAnswerIsTriedAgainForADayAndNoLonger() throws Exception {
        try (World world = new World(folder)) {
            Seeder seeder = sharing(world, new News(), 1);
            world.hub.inject(any -> true, 1_000_000, new Fault.Status(503));
            world.clock.plus(Duration.ofHours(19));
            int before = world.hub.served().size();
            seeder.lookNow();
            World.await(() -> world.hub.served().size() > before);
            assertEquals(List.of(State.SHARED), World.states(seeder));
            world.clock.plus(Duration.ofHours(5));
            seeder.lookNow();
            awaitState(seeder, State.NOT_PUBLIC);
            world.hub.clearFaults();
            World.await(() -> {
                world.clock.plus(Duration.ofMinutes(1));
                seeder.lookNow();
                return World.states(seeder).equals(List.of(State.SHARED));
            });
        }
    }

    @Test
    void anotherRepositoryMayVouchForTheSameContent() throws Exception {
        try (World world = new World(folder)) {
            Seeder seeder = sharing(world, new News(), 1);
            RepoRef copy = new RepoRef(RepoType.MODEL, "other/copy");
            RemoteFile second = world.put(copy, 1, new StubRepo.Access.Public());
            assertTrue(World.add(seeder, World.request(world.place(1), second)).accepted());
            world.hub.remove(StubRepo.Type.MODEL, World.REPO.id());
            world.clock.plus(Duration.ofHours(19));
            seeder.lookNow();
            World.await(() -> Objects.equals(World.list(seeder).get(0).confirmed(), world.clock.instant()));
            assertEquals(List.of(State.SHARED), World.states(seeder));
            world.hub.remove(StubRepo.Type.MODEL, copy.id());
            world.clock.plus(Duration.ofHours(19));
            seeder.lookNow();
            awaitState(seeder, State.NOT_PUBLIC);
        }
    }

    @Test
    void aFileThatVanishedIsForgotten() throws Exception {
        News news = new News();
        try (World world = new World(folder)) {
            Seeder seeder = sharing(world, news, 1);
            Files.delete(world.place(1));
            for (int i = 0; i < 120; i++) seeder.lookNow();
            World.await(() -> World.list(seeder).isEmpty());
            assertTrue(news.heard("stopped"));
        }
    }

    @Test
    void aFileThatWasOnlyTouchedIsReadAgainAndShared() throws Exception {
        News news = new News();
        try (World world = new World(folder)) {
            Seeder seeder = sharing(world, news, 1);
            Files.setLastModifiedTime(world.place(1), FileTime.fromMillis(1_000));
            for (int i = 0; i < 120; i++) seeder.lookNow();
            World.await(() -> news.all.size() == 3);
            awaitState(seeder, State.SHARED);
            assertEquals(World.SIZE, World.list(seeder).get(0).size());
        }
    }

    @Test
    void anEditInPlaceEndsTheSharingWithTheNextRead() throws Exception {
        News news = new News();
        try (World world = new World(folder)) {
            Seeder seeder = sharing(world, news, 1);
            Metainfo torrent = Torrents.of(world.place(1));
            try (Leecher leecher = new Leecher(1, torrent, folder.resolve("leecher"))) {
                leecher.limit(200_000);
                leecher.call(world.swarm);
                World.await(() -> leecher.pieces() > 0);
                flip(world.place(1), World.SIZE - 10);
                World.await(() -> news.heard("stopped"));
                World.await(() -> World.list(seeder).isEmpty());
                assertTrue(news.heard("failed"));
                assertFalse(leecher.isDone());
            }
        }
    }

    @Test
    void aBitThatTheDiskLostIsFoundBeforeItIsSent() throws Exception {
        News news = new News();
        try (World world = new World(folder)) {
            Seeder before = sharing(world, news, 1);
            Metainfo torrent = Torrents.of(world.place(1));
            world.close(before);
            // As if the disk had done it, which leaves the times as they are.
            flip(world.place(1), World.SIZE - 10);
            Path known = world.home().resolve("seeds").resolve(digest(world.put(1)) + ".seed");
            Seed seed = SeedText.read(Files.readAllBytes(known));
            Files.write(known, SeedText.write(seed.with(FileStamp.of(world.place(1)))));
            Seeder after = world.seeder(news);
            assertEquals(List.of(State.SHARED), World.states(after));
            try (Leecher leecher = new Leecher(1, torrent, folder.resolve("leecher"))) {
                leecher.call(world.swarm);
                World.await(() -> news.heard("failed"));
                assertEquals(List.of(), World.list(after));
                assertFalse(leecher.isDone());
                assertEquals(0, leecher.wrong());
            }
        }
    }

    @Test
    void whatIsTakenDownStaysDownUntilTheUserAsksForIt() throws Exception {
        News news = new News();
        try (World world = new World(folder)) {
            Seeder seeder = sharing(world, news, 1);
            SeedRequest request = World.request(world.place(1), world.put(1));
            assertEquals(1, seeder.takeDown(World.REPO).get().size());
            assertEquals(List.of(), World.list(seeder));
            assertTrue(news.heard("stopped: it was taken down"));
            assertFalse(World.add(seeder, request).accepted());
            world.close(seeder);
            Seeder after = world.seeder(news);
            assertFalse(World.add(after, request).accepted());
            SeedRequest asked = new SeedRequest(request.file(), request.origin(), null, null, true);
            assertTrue(World.add(after, asked).accepted());
            awaitState(after, State.SHARED);
            SeedSnapshot seed = World.list(after).get(0);
            Hash v1 = Objects.requireNonNull(
                    Objects.requireNonNull(seed.infoHash()).v1());
            assertEquals(1, after.takeDown(v1).get().size());
            assertEquals(0, after.takeDown(v1).get().size());
            assertTrue(World.add(after, asked).accepted());
            awaitState(after, State.SHARED);
            assertEquals(1, after.takeDown(folder).get().size());
        }
    }

    @Test
    void takenDownItIsNotSentAnyMore() throws Exception {
        try (World world = new World(folder);
                TrackerService tracker = Trackers.ours(folder.resolve("tracker"), 0)) {
            Seeder seeder = sharing(world, new News(), 1, world.tracker(tracker.address()));
            Metainfo torrent = Torrents.of(world.place(1));
            try (Leecher leecher = new Leecher(1, torrent, folder.resolve("leecher"))) {
                leecher.limit(200_000);
                leecher.call(world.swarm);
                World.await(() -> leecher.pieces() > 0);
                World.await(() -> seeders(world, tracker) == 1);
                assertEquals(1, seeder.takeDown(digest(world.put(1))).get().size());
                World.await(leecher::isAlone);
                World.await(() -> seeders(world, tracker) == 0);
                assertFalse(leecher.isDone());
            }
        }
    }

    /** As the tracker counts them. */
    private static int seeders(World world, TrackerService tracker) throws Exception {
        WantedFile wanted = new WantedFile(digest(world.put(1)), World.SIZE, null);
        List<Candidate> found =
                index(world.tracker(tracker.address())).find(wanted, any -> {}).get();
        return found.isEmpty() ? 0 : found.get(0).seeders();
    }

    @Test
    void whereThereAreFewerSlotsThanFilesSomeWait() throws Exception {
        News news = new News();
        try (World world = new World(folder)) {
            SeedPolicy one = new SeedPolicy(1, 0, Duration.ZERO, 50_000_000);
            Seeder seeder = world.seeder(world.home(), one, news);
            for (int i = 1; i <= 3; i++) {
                RepoRef repo = new RepoRef(RepoType.MODEL, "org/model-" + i);
                RemoteFile origin = world.put(repo, i, new StubRepo.Access.Public());
                assertTrue(
                        World.add(seeder, World.request(world.file(i), origin)).accepted());
            }
            World.await(() -> World.states(seeder).stream()
                    .sorted()
                    .toList()
                    .equals(List.of(State.SHARED, State.QUEUED, State.QUEUED)));
            SeedSnapshot shared = World.list(seeder).stream()
                    .filter(seed -> seed.state() == State.SHARED)
                    .findAny()
                    .orElseThrow();
            Files.delete(shared.file());
            for (int i = 0; i < 120; i++) seeder.lookNow();
            World.await(
                    () -> World.states(seeder).stream().sorted().toList().equals(List.of(State.SHARED, State.QUEUED)));
            assertTrue(news.heard("stopped"));
        }
    }

    @Test
    void aDeniedInfoHashIsNotSharedAnyMore() throws Exception {
        News news = new News();
        try (World world = new World(folder)) {
            Seeder seeder = sharing(world, news, 1);
            SeedSnapshot seed = World.list(seeder).get(0);
            world.denied.add(Objects.requireNonNull(
                    Objects.requireNonNull(seed.infoHash()).v2()));
            seeder.lookNow();
            World.await(() -> news.heard("stopped: it was found to be wrong"));
            assertNotNull(seed.infoHash());
        }
    }
}
