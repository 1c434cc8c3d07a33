package dev.hubswarm.p2pengine.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.p2pengine.store.MemoryFiles;
import dev.hubswarm.p2pengine.store.PieceHashes;
import dev.hubswarm.p2pengine.store.Sample;
import dev.hubswarm.p2pengine.store.SegmentPool;
import dev.hubswarm.p2pengine.store.VirtualProcess;
import dev.hubswarm.p2pengine.testing.SmallTorrent;
import dev.hubswarm.p2pengine.transfer.Run;
import dev.hubswarm.p2pengine.transfer.Source;
import dev.hubswarm.p2pengine.transfer.Transfer;
import dev.hubswarm.protocol.metainfo.TorrentVersion;
import dev.hubswarm.testkit.VirtualLoop;
import java.nio.ByteBuffer;
import java.util.BitSet;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * The stall of engines that ask for more pieces than they have memory for: each of many sends a block of another piece,
 * what does not fit is thrown away, and none is ever whole. Here memory is promised before anything is asked for, and a
 * piece that nobody goes on with gives its memory back.
 */
final class StallTest {
    private static final int BLOCK = SmallTorrent.BLOCK;
    private static final int PIECE = 4 * BLOCK;
    private static final int PEERS = 50;
    private static final long SECOND = Lab.SECOND;

    private final VirtualLoop loop = new VirtualLoop();
    private final SmallTorrent torrent = SmallTorrent.of(TorrentVersion.V1, PIECE, PEERS * PIECE);
    private final VirtualProcess process =
            new VirtualProcess(loop, new Random(1), new SegmentPool(0), PIECE, 2 * PIECE);

    private final Transfer transfer = new Transfer(
            loop,
            torrent.geometry(),
            news -> {
                Sample sample = new Sample(torrent.metainfo(), torrent.bytes());
                PieceHashes hashes = PieceHashes.of(torrent.metainfo());
                return process.open(loop, sample.space(), hashes, new MemoryFiles(sample), news);
            },
            new Random(1));

    /** Has one piece alone, and sends all of it, or one block and then nothing until others may be asked. */
    private final class Peer implements Source {
        private final boolean isHonest;
        private boolean isSilent;

        Peer(boolean isHonest) {
            this.isHonest = isHonest;
        }

        @Override
        public void wake() {
            Run run = isSilent ? null : transfer.pick(this, PIECE);
            if (run == null) return;
            isSilent = !isHonest;
            loop.schedule(SECOND / 100, () -> send(run.from(), isHonest ? run.to() : run.from() + BLOCK));
            if (!isHonest) loop.schedule(20 * SECOND, () -> transfer.gaveBack(this, run));
        }

        private void send(long from, long to) {
            ByteBuffer bytes = ByteBuffer.wrap(torrent.bytes(), (int) from, (int) (to - from));
            assertTrue(transfer.arrived(this, from, bytes), "what was asked for is thrown away");
            wake();
        }

        @Override
        public void cancel(Run run) {}

        @Override
        public boolean isHub() {
            return false;
        }

        @Override
        public boolean takesLongRuns() {
            return false;
        }

        @Override
        public double bytesPerSecond() {
            return BLOCK;
        }

        @Override
        public void close(String why) {
            transfer.left(this);
        }
    }

    private boolean isAfterEveryStepInOrder(int pieces) {
        process.checkInvariants();
        transfer.checkInvariants();
        return transfer.verified().cardinality() >= pieces;
    }

    @Test
    void manyPeersWithABlockOfAnotherPieceEachDoNotStopIt() {
        BitSet honest = new BitSet();
        for (int piece = 0; piece < PEERS; piece++) {
            Peer peer = new Peer(piece % 2 == 0);
            if (peer.isHonest) honest.set(piece);
            BitSet one = new BitSet();
            one.set(piece);
            transfer.joined(peer, one);
            peer.wake();
        }
        // At worst all who are silent come first, two at a time.
        assertTrue(loop.runUntil(() -> isAfterEveryStepInOrder(PEERS / 2), PEERS / 4 * 40 * SECOND), "it stalls");
        assertEquals(honest, transfer.verified());
        BitSet all = new BitSet();
        all.set(0, PEERS);
        Peer seed = new Peer(true);
        transfer.joined(seed, all);
        seed.wake();
        assertTrue(loop.runUntil(() -> isAfterEveryStepInOrder(PEERS), 60 * SECOND), "it stalls at the end");
        assertTrue(transfer.isComplete());
        transfer.close(() -> {});
        loop.turn();
        process.checkEnd();
    }
}
