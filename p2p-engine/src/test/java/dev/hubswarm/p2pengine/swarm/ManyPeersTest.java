package dev.hubswarm.p2pengine.swarm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.p2pengine.testing.SmallTorrent;
import dev.hubswarm.protocol.metainfo.TorrentVersion;
import dev.hubswarm.testkit.FakePeer;
import dev.hubswarm.testkit.LeakCheck;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What peers cost that only stay (reliability.md S61); more of them with {@code -Dhubswarm.long=true}. */
@ExtendWith(LeakCheck.class)
final class ManyPeersTest {
    private static final boolean IS_LONG = Boolean.getBoolean("hubswarm.long");
    private static final int IDLE = IS_LONG ? 1000 : 300;
    private static final int ACTIVE = IS_LONG ? 200 : 30;
    private static final long NANOS = IS_LONG ? 10_000_000_000L : 1_500_000_000L;
    private static final int BLOCK = SmallTorrent.BLOCK;

    private final SmallTorrent torrent = SmallTorrent.of(TorrentVersion.V1, 64 << 10, 1_000_000);
    private final UnpooledByteBufAllocator buffers = new UnpooledByteBufAllocator(true);

    private long memory() {
        System.gc();
        System.gc();
        Runtime heap = Runtime.getRuntime();
        return heap.totalMemory() - heap.freeMemory() + buffers.metric().usedDirectMemory();
    }

    @Test
    void idlePeersTakeLittleMemoryAndTimeAndActiveOnesAreServedAmongThem() throws Exception {
        SwarmConfig config = new SwarmConfig(Member.config().listen(), 2000, 2000, 32, 0, 0);
        List<RawPeer> peers = new ArrayList<>();
        try (Member seed =
                Member.of(1, config, new Internet().transport(buffers), torrent).having(true)) {
            long before = memory();
            for (int i = 0; i < IDLE; i++) {
                RawPeer idle = new RawPeer(seed).greet(torrent, i);
                peers.add(idle);
                idle.await(FakePeer.BITFIELD);
            }
            seed.await(() -> seed.open() == IDLE);
            long each = (memory() - before) / IDLE;
            assertTrue(each <= 64 << 10, each + " bytes for each");

            double share = seed.busy(NANOS);
            assertTrue(share <= 0.05, 100 * share + " % of a core");

            for (int i = 0; i < ACTIVE; i++) {
                RawPeer active = new RawPeer(seed).greet(torrent, IDLE + i);
                peers.add(active);
                active.peer.say(FakePeer.INTERESTED);
                active.send();
            }
            List<Callable<Integer>> tasks = new ArrayList<>();
            for (RawPeer active : peers.subList(IDLE, IDLE + ACTIVE)) tasks.add(() -> takesABlock(active));
            ExecutorService threads = Executors.newCachedThreadPool();
            try {
                for (Future<Integer> taken : threads.invokeAll(tasks)) assertEquals(8 + BLOCK, taken.get());
            } finally {
                threads.shutdown();
            }
            assertEquals(IDLE + ACTIVE, seed.inside(seed::open));
        } finally {
            for (RawPeer peer : peers) peer.close();
        }
    }

    /** There are slots for some at a time: it waits for one, and makes room for others. */
    private static int takesABlock(RawPeer active) throws IOException {
        active.await(FakePeer.UNCHOKE);
        active.peer.say(FakePeer.REQUEST, 1, 0, BLOCK);
        active.send();
        int length = active.await(FakePeer.PIECE).body().length;
        active.peer.say(FakePeer.NOT_INTERESTED);
        active.send();
        return length;
    }
}
