package dev.hubswarm.seeder;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.hubswarm.hub.cache.HubCache;
import dev.hubswarm.hub.cache.LocalDir;
import dev.hubswarm.hub.origin.RemoteFile;
import dev.hubswarm.hub.request.RepoRef;
import dev.hubswarm.hub.request.RepoType;
import dev.hubswarm.hubstub.StubRepo;
import dev.hubswarm.seeder.SeedSnapshot.State;
import dev.hubswarm.testkit.LeakCheck;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What is there already, in caches and folders. */
@ExtendWith(LeakCheck.class)
final class TakeoverTest {
    @TempDir
    Path folder;

    /** Lays a file out as huggingface_hub does. */
    private static Path cache(Path root, RemoteFile origin, Path content) throws Exception {
        Path repo = root.resolve("models--" + origin.repo().id().replace("/", "--"));
        Path blob = repo.resolve("blobs").resolve(origin.digest().hex());
        Path snapshot = repo.resolve("snapshots").resolve(origin.commit());
        Files.createDirectories(blob.getParent());
        Files.createDirectories(snapshot);
        Files.createDirectories(repo.resolve("refs"));
        Files.writeString(repo.resolve("refs").resolve("main"), origin.commit());
        Files.copy(content, blob);
        Files.createSymbolicLink(
                snapshot.resolve(origin.path()),
                Path.of("../../blobs").resolve(origin.digest().hex()));
        return blob.toRealPath();
    }

    @Test
    void ofACacheWhatIsPublicAndWholeIsShared() throws Exception {
        try (World world = new World(folder)) {
            Path root = Files.createDirectories(folder.resolve("cache"));
            RepoRef first = new RepoRef(RepoType.MODEL, "org/first");
            RepoRef copy = new RepoRef(RepoType.MODEL, "org/copy");
            RepoRef secret = new RepoRef(RepoType.MODEL, "org/secret");
            RepoRef damaged = new RepoRef(RepoType.MODEL, "org/damaged");
            Path blob = cache(root, world.put(first, 1, new StubRepo.Access.Public()), world.file(1));
            cache(root, world.put(copy, 1, new StubRepo.Access.Public()), world.file(1));
            cache(root, world.put(secret, 2, new StubRepo.Access.Private()), world.file(2));
            Path broken = cache(root, world.put(damaged, 3, new StubRepo.Access.Public()), world.file(3));
            byte[] bytes = Files.readAllBytes(broken);
            bytes[5] ^= 1;
            Files.write(broken, bytes);

            Failures failures = new Failures();
            Seeder seeder = world.seeder(failures);
            HubCache cache = new HubCache(root, folder.resolve("journals"), true);
            assertEquals(4, seeder.takeOver(cache).get());
            World.await(() -> failures.count == 1
                    && World.list(seeder).size() == 1
                    && World.list(seeder).get(0).origins().size() == 2
                    && World.states(seeder).equals(List.of(State.SHARED)));
            assertEquals(
                    Files.readAllBytes(blob).length, World.list(seeder).get(0).size());

            // What was verified is not read again, and asks the Hub nothing.
            int asked = world.hub.served().size();
            SeedRequest again = World.request(blob, world.put(first, 1, new StubRepo.Access.Public()));
            assertEquals("", World.add(seeder, again).why());
            assertEquals(asked, world.hub.served().size());
        }
    }

    private static final class Failures implements SeedListener {
        private volatile int count;

        @Override
        public synchronized void failed(SeedSnapshot seed, String why) {
            count = count + 1;
        }
    }

    @Test
    void whatWasTakenDownDoesNotComeBackWithItsCache() throws Exception {
        try (World world = new World(folder)) {
            Path root = Files.createDirectories(folder.resolve("cache"));
            cache(root, world.put(1), world.file(1));
            Seeder seeder = world.seeder(new SeedListener() {});
            HubCache cache = new HubCache(root, folder.resolve("journals"), true);
            assertEquals(1, seeder.takeOver(cache).get());
            World.await(() -> World.states(seeder).equals(List.of(State.SHARED)));
            assertEquals(1, seeder.takeDown(World.REPO).get().size());
            assertEquals(1, seeder.takeOver(cache).get());
            assertEquals(List.of(), World.list(seeder));
        }
    }

    @Test
    void aBlobThatLeadsOutOfTheCacheIsLeftAlone() throws Exception {
        try (World world = new World(folder)) {
            Path root = Files.createDirectories(folder.resolve("cache"));
            Path blob = cache(root, world.put(1), world.file(1));
            Files.delete(blob);
            Files.createSymbolicLink(blob, world.place(1).toAbsolutePath());
            assertEquals(List.of(), Takeover.of(new HubCache(root, folder.resolve("journals"), true)));
        }
    }

    @Test
    void ofAFolderWhatWasNotedAndNotChangedSinceIsShared() throws Exception {
        try (World world = new World(folder)) {
            RemoteFile origin = world.put(1);
            Path root = Files.createDirectories(folder.resolve("local"));
            LocalDir local = new LocalDir(root, folder.resolve("journals"));
            Files.copy(world.file(1), root.resolve(World.PATH));
            local.writeMetadata(
                    World.PATH,
                    new LocalDir.Metadata(origin.commit(), origin.digest().hex()));
            local.writeMetadata(
                    "gone.bin",
                    new LocalDir.Metadata(origin.commit(), origin.digest().hex()));
            Seeder seeder = world.seeder(new SeedListener() {});
            assertEquals(1, seeder.takeOver(local, World.REPO).get());
            World.await(() -> World.states(seeder).equals(List.of(State.SHARED)));
            assertEquals(List.of(origin), World.list(seeder).get(0).origins());
        }
    }
}
