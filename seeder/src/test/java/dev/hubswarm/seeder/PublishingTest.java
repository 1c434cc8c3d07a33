package dev.hubswarm.seeder;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.base.Loop;
import dev.hubswarm.base.ThreadLoop;
import dev.hubswarm.hub.origin.RemoteFile;
import dev.hubswarm.hub.request.RepoRef;
import dev.hubswarm.hub.request.RepoType;
import dev.hubswarm.hubstub.StubRepo;
import dev.hubswarm.protocol.metainfo.Hash;
import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.seeder.SeedTracker.Catalogue;
import dev.hubswarm.storage.FileStamp;
import dev.hubswarm.testkit.FreePort;
import dev.hubswarm.testkit.LeakCheck;
import dev.hubswarm.trackerclient.index.WantedFile;
import dev.hubswarm.trackerserver.TrackerService;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Supplier;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Publishing at a tracker that comes and goes. Nobody waits as long as it would. */
@ExtendWith(LeakCheck.class)
final class PublishingTest {
    @TempDir
    Path folder;

    /** On which a minute takes sixty milliseconds. Thread-safe. */
    private record Hasty(ThreadLoop loop) implements Loop {
        @Override
        public long nowNanos() {
            return loop.nowNanos();
        }

        @Override
        public void execute(Runnable task) {
            loop.execute(task);
        }

        @Override
        public Timer schedule(long delayNanos, Runnable task) {
            return loop.schedule(delayNanos / 1000, task);
        }

        @Override
        public boolean isInside() {
            return loop.isInside();
        }
    }

    /** A publisher with some seeds. */
    private final class Scene implements AutoCloseable {
        final World world = new World(folder);
        final ThreadLoop loop = new ThreadLoop("hubswarm-test");
        final SeedLibrary library = SeedLibrary.open(folder);
        final Map<Hash, Seed> shared = new ConcurrentHashMap<>();
        final ConcurrentLinkedQueue<Hash> published = new ConcurrentLinkedQueue<>();
        final ConcurrentLinkedQueue<Hash> delayed = new ConcurrentLinkedQueue<>();
        final InetSocketAddress address =
                new InetSocketAddress(InetAddress.getLoopbackAddress(), FreePort.at(InetAddress.getLoopbackAddress()));
        final SeedTracker tracker = world.tracker(address);
        final Publisher publisher = new Publisher(
                tracker.url(),
                Objects.requireNonNull(tracker.catalogue()),
                new Hasty(loop),
                new Random(1),
                library,
                shared::get,
                new Heard());

        Scene() throws Exception {}

        final class Heard implements Publisher.Listener {
            @Override
            public void published(Hash digest) {
                published.add(digest);
            }

            @Override
            public void delayed(Hash digest) {
                delayed.add(digest);
            }
        }

        <T> T inside(Supplier<T> task) {
            return CompletableFuture.supplyAsync(task, loop::execute).join();
        }

        void run(Runnable task) {
            inside(() -> {
                task.run();
                return true;
            });
        }

        TrackerService start() throws Exception {
            return Trackers.ours(folder.resolve("tracker"), address.getPort());
        }

        Hash seed(int number) throws Exception {
            RepoRef repo = new RepoRef(RepoType.MODEL, "org/model-" + number);
            RemoteFile place = world.put(repo, number, new StubRepo.Access.Public());
            Path file = world.file(number);
            Metainfo torrent = Torrents.of(file);
            Hash digest = Origin.digest(place);
            Seed seed = new Seed(
                    digest,
                    file,
                    FileStamp.of(file),
                    torrent.infoHash(),
                    List.of(new Origin(place, world.clock.instant(), world.clock.instant())),
                    world.clock.instant(),
                    0);
            run(() -> library.add(seed, torrent));
            shared.put(digest, seed);
            return digest;
        }

        /** Asks anew, and remembers nothing. */
        boolean isKnown(Hash digest) throws Exception {
            Catalogue catalogue = Objects.requireNonNull(world.tracker(address).catalogue());
            WantedFile wanted = new WantedFile(digest, World.SIZE, null);
            return catalogue.index().known(List.of(wanted)).get().contains(digest);
        }

        @Override
        public void close() {
            loop.close();
            world.close();
        }
    }

    /** What people would read of the publisher. Thread-safe. */
    private static final class Lines extends Handler implements AutoCloseable {
        private final Logger logger = Logger.getLogger(Publisher.class.getName());
        private final ConcurrentLinkedQueue<String> all = new ConcurrentLinkedQueue<>();

        Lines() {
            logger.addHandler(this);
        }

        @Override
        public void publish(LogRecord line) {
            all.add(line.getMessage());
        }

        @Override
        public void flush() {}

        @Override
        public void close() {
            logger.removeHandler(this);
        }
    }

    @Test
    void whatATrackerDoesNotKnowIsPublishedAndThenAnnounced() throws Exception {
        try (Scene scene = new Scene();
                TrackerService tracker = scene.start()) {
            assertTrue(tracker.address().getPort() > 0);
            Hash digest = scene.seed(1);
            assertFalse(scene.inside(() -> scene.publisher.knows(digest)));
            World.await(() -> List.copyOf(scene.published).equals(List.of(digest)));
            assertTrue(scene.isKnown(digest));
            assertTrue(scene.inside(() -> scene.publisher.knows(digest)));
        }
    }

    @Test
    void aTrackerThatIsAwayCostsOneLineAndGetsAllWhenItComes() throws Exception {
        try (Scene scene = new Scene();
                Lines lines = new Lines()) {
            List<Hash> digests = List.of(scene.seed(1), scene.seed(2), scene.seed(3));
            for (Hash digest : digests) assertFalse(scene.inside(() -> scene.publisher.knows(digest)));
            World.await(() -> !lines.all.isEmpty());
            // They may be announced all the same: perhaps somebody else has published them.
            World.await(() -> scene.delayed.containsAll(digests));
            try (TrackerService tracker = scene.start()) {
                World.await(() -> scene.published.size() == 3);
                assertTrue(tracker.address().getPort() > 0);
                for (Hash digest : digests) assertTrue(scene.isKnown(digest));
            }
            assertEquals(1, lines.all.size(), lines.all.toString());
        }
    }

    @Test
    void aTrackerThatForgotGetsAgainWhatIsStillShared() throws Exception {
        try (Scene scene = new Scene()) {
            Hash stays = scene.seed(1);
            Hash goes = scene.seed(2);
            try (TrackerService tracker = scene.start()) {
                assertTrue(tracker.address().getPort() > 0);
                scene.run(() -> {
                    scene.publisher.knows(stays);
                    scene.publisher.knows(goes);
                });
                World.await(() -> scene.published.size() == 2);
            }
            scene.shared.remove(goes);
            try (TrackerService tracker = scene.start()) {
                assertTrue(tracker.address().getPort() > 0);
                assertFalse(scene.isKnown(stays));
                scene.run(scene.publisher::doubt);
                World.await(() -> scene.published.size() == 3);
                assertTrue(scene.isKnown(stays));
                assertFalse(scene.isKnown(goes));
            }
        }
    }

    @Test
    void whatWasPublishedByAnEarlierProcessIsNotSentAgain() throws Exception {
        try (Scene scene = new Scene();
                TrackerService tracker = scene.start()) {
            assertTrue(tracker.address().getPort() > 0);
            Hash known = scene.seed(1);
            Hash lost = scene.seed(2);
            scene.run(() -> scene.publisher.knows(known));
            World.await(() -> scene.published.size() == 1);
            Publisher next = new Publisher(
                    scene.tracker.url(),
                    Objects.requireNonNull(scene.tracker.catalogue()),
                    new Hasty(scene.loop),
                    new Random(2),
                    scene.library,
                    scene.shared::get,
                    scene.new Heard());
            scene.run(() -> {
                next.assume(scene.shared.values());
                next.check();
            });
            World.await(() -> scene.published.size() == 2);
            assertEquals(List.of(known, lost), List.copyOf(scene.published));
        }
    }
}
