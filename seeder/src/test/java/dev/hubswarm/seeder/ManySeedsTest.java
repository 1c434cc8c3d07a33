package dev.hubswarm.seeder;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.OperatingSystemMXBean;
import dev.hubswarm.base.ContentDigest;
import dev.hubswarm.hub.origin.RemoteFile;
import dev.hubswarm.protocol.metainfo.Hash;
import dev.hubswarm.protocol.metainfo.InfoHash;
import dev.hubswarm.seeder.SeedSnapshot.State;
import dev.hubswarm.storage.FileStamp;
import dev.hubswarm.storage.StateFolder;
import dev.hubswarm.testkit.LeakCheck;
import dev.hubswarm.trackerserver.TrackerService;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A thousand files that were shared before, of which nobody wants any. */
@ExtendWith(LeakCheck.class)
final class ManySeedsTest {
    private static final int SEEDS = 1_000;

    @TempDir
    Path folder;

    /** Notes as an earlier process left them; nobody reads the files or the torrents. */
    private void remember(World world) throws Exception {
        Path seeds = Files.createDirectories(StateFolder.open(world.home()).resolve("seeds"));
        Path torrents = Files.createDirectories(world.home().resolve("torrents"));
        Random random = new Random(1);
        Instant now = world.clock.instant();
        for (int i = 0; i < SEEDS; i++) {
            Hash digest = hash(random, Hash.SHA256_LENGTH);
            Path file = Files.write(folder.resolve("file-" + i), new byte[] {1});
            InfoHash infoHash = new InfoHash(hash(random, Hash.SHA1_LENGTH), hash(random, Hash.SHA256_LENGTH));
            RemoteFile place = new RemoteFile(World.REPO, "c".repeat(40), "f" + i, ContentDigest.of(digest.hex()), 1);
            Seed seed =
                    new Seed(digest, file, FileStamp.of(file), infoHash, List.of(new Origin(place, now, now)), now, i);
            Files.write(seeds.resolve(digest + ".seed"), SeedText.write(seed));
            Files.write(torrents.resolve(digest + ".torrent"), new byte[] {'x'});
        }
    }

    private static Hash hash(Random random, int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return Hash.of(bytes);
    }

    @Test
    void theyAreSharedAgainAtOnceAndNothingIsRead() throws Exception {
        try (World world = new World(folder)) {
            remember(world);
            long begun = System.nanoTime();
            Seeder seeder = world.seeder(new SeedListener() {});
            List<SeedSnapshot> all = World.list(seeder);
            long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun);
            assertEquals(SEEDS, all.size());
            assertTrue(all.stream().allMatch(seed -> seed.state() == State.SHARED));
            assertEquals(List.of(), world.hub.served());
            // Two seconds are promised, and kept where nobody else works.
            long most = Boolean.getBoolean("hubswarm.long") ? 2_000 : 30_000;
            assertTrue(millis < most, "it took " + millis + " ms");
            System.getLogger("figures")
                    .log(System.Logger.Level.INFO, () -> SEEDS + " seeds began in " + millis + " ms");
        }
    }

    /** With the tracker, the Hub and JUnit in the same process, so that theirs is counted too. */
    @Test
    void idleTheyCostAlmostNothing() throws Exception {
        try (World world = new World(folder);
                TrackerService tracker = Trackers.open(folder.resolve("tracker"))) {
            remember(world);
            Seeder seeder = world.seeder(new SeedListener() {}, world.tracker(tracker.address()));
            assertEquals(SEEDS, World.list(seeder).size());
            OperatingSystemMXBean machine = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
            boolean isLong = Boolean.getBoolean("hubswarm.long");
            // The first announces.
            LockSupport.parkNanos(Duration.ofSeconds(isLong ? 60 : 2).toNanos());
            long begun = System.nanoTime();
            long busy = -machine.getProcessCpuTime();
            LockSupport.parkNanos(Duration.ofSeconds(isLong ? 120 : 3).toNanos());
            busy += machine.getProcessCpuTime();
            double share = (double) busy / (System.nanoTime() - begun);
            String memory = Files.readAllLines(Path.of("/proc/self/status")).stream()
                    .filter(line -> line.startsWith("VmRSS"))
                    .findAny()
                    .orElse("");
            String figures = String.format("%.3f %% of a core, %s", 100 * share, memory);
            System.getLogger("figures").log(System.Logger.Level.INFO, () -> figures);
            // In the short form the beginning is in it, and whoever else works on the machine.
            assertTrue(share < (isLong ? 0.01 : 1), figures);
        }
    }
}
