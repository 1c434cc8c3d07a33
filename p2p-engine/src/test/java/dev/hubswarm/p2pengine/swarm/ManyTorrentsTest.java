package dev.hubswarm.p2pengine.swarm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.p2pengine.testing.SmallTorrent;
import dev.hubswarm.protocol.metainfo.TorrentVersion;
import dev.hubswarm.testkit.FakePeer;
import dev.hubswarm.testkit.LeakCheck;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.extension.ExtendWith;

/** A machine that seeds for long (reliability.md S62): for 20 minutes with {@code -Dhubswarm.long=true}. */
@ExtendWith(LeakCheck.class)
final class ManyTorrentsTest {
    private static final int MINUTES = Boolean.getBoolean("hubswarm.long") ? 20 : 0;
    private static final int TORRENTS = MINUTES > 0 ? 500 : 100;
    private static final int BLOCK = SmallTorrent.BLOCK;
    private static final long TOLERATED = 4 << 20;
    /** Files that the runtime opens when it needs them first; a leak would be one for each of hundreds of visitors. */
    private static final int OTHERS = 5;

    private static long heap() {
        System.gc();
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    private static long descriptors() throws Exception {
        try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
            return all.count();
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    @Timeout(value = 2, unit = TimeUnit.HOURS)
    void whoComeAndGoLeaveNothingBehind() throws Exception {
        List<SmallTorrent> torrents = new ArrayList<>();
        for (int i = 0; i < TORRENTS; i++) torrents.add(SmallTorrent.of(TorrentVersion.V1, BLOCK, 2 * BLOCK + i));
        try (Member seed = Member.seed(1, torrents.get(0))) {
            for (SmallTorrent torrent : torrents.subList(1, TORRENTS)) seed.alsoSeeds(torrent);
            round(seed, torrents, 0);
            seed.await(() -> seed.open() == 0);
            long heap = heap();
            long descriptors = descriptors();
            long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(MINUTES);
            for (int round = 1; round <= 3 || System.nanoTime() < end; round++) round(seed, torrents, round);
            seed.await(() -> seed.open() == 0);
            long grown = heap() - heap;
            assertTrue(grown <= TOLERATED, grown + " bytes more");
            long left = descriptors();
            assertTrue(left <= descriptors + OTHERS, left + " open files instead of " + descriptors);
        }
    }

    /** Each torrent has a visitor; some leave in the middle of something. */
    private static void round(Member seed, List<SmallTorrent> torrents, int round) throws Exception {
        for (int i = 0; i < torrents.size(); i++) {
            try (RawPeer visitor = new RawPeer(seed).greet(torrents.get(i), i)) {
                if ((i + round) % 4 == 0) continue;
                visitor.peer.say(FakePeer.INTERESTED);
                visitor.send().await(FakePeer.UNCHOKE);
                visitor.peer.say(FakePeer.REQUEST, 0, 0, BLOCK).say(FakePeer.REQUEST, 1, 0, BLOCK);
                visitor.send();
                if ((i + round) % 4 == 1) continue;
                assertEquals(8 + BLOCK, visitor.await(FakePeer.PIECE).body().length);
            }
        }
    }
}
