package dev.hubswarm.p2pengine.swarm;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.p2pengine.testing.SmallTorrent;
import dev.hubswarm.protocol.metainfo.TorrentVersion;
import dev.hubswarm.testkit.LeakCheck;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The system has no memory for buffers (reliability.md S67). */
@ExtendWith(LeakCheck.class)
final class MemoryLimitTest {
    private static final int POINTS = 50;
    private static final int STEP = Boolean.getBoolean("hubswarm.long") ? 1 : 5;

    /** Has no memory once, when it has been asked so many times. Thread-safe. */
    private static final class Scarce extends PooledByteBufAllocator {
        private final AtomicInteger left = new AtomicInteger(Integer.MAX_VALUE);

        Scarce() {
            super(true);
        }

        void failAt(int count) {
            left.set(count);
        }

        boolean hasFailed() {
            return left.get() <= 0;
        }

        @Override
        protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
            if (left.getAndDecrement() == 1) throw new OutOfMemoryError("a test");
            return super.newDirectBuffer(initialCapacity, maxCapacity);
        }
    }

    @Test
    void endsOneConnectionAndNothingElse() throws Exception {
        SmallTorrent torrent = SmallTorrent.of(TorrentVersion.V1, 32 << 10, 600_000);
        Scarce scarce = new Scarce();
        Internet internet = new Internet();
        int failures = 0;
        try (Member seed = Member.of(1, Member.config(), internet.transport(scarce), torrent)
                .having(true)) {
            for (int point = 1; point <= POINTS; point += STEP) {
                // Now the one, now the other has none.
                boolean isSeed = point % 2 == 0;
                Scarce other = new Scarce();
                try (Member leech = Member.of(1 + point, Member.config(), internet.transport(other), torrent)
                        .having(false)) {
                    (isSeed ? scarce : other).failAt(point);
                    leech.found(PeerOrigin.TRACKER, internet.lives(seed, Internet.address(point, 2000)));
                    Scarce failing = isSeed ? scarce : other;
                    leech.await(() -> failing.hasFailed() || leech.isDone());
                    if (failing.hasFailed()) failures++;
                    // The place where it was is not called again so soon.
                    leech.found(PeerOrigin.TRACKER, internet.lives(seed, Internet.address(point, 2001)));
                    leech.awaitDone();
                }
            }
        }
        assertTrue(failures >= POINTS / STEP / 2, failures + " times");
    }
}
