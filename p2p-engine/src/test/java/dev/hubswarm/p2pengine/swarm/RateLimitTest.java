package dev.hubswarm.p2pengine.swarm;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.p2pengine.peer.PeerSnapshot;
import dev.hubswarm.p2pengine.testing.SmallTorrent;
import dev.hubswarm.protocol.metainfo.TorrentVersion;
import dev.hubswarm.testkit.LeakCheck;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Limits on real sockets; {@code -Dhubswarm.long=true} measures for longer and wants more of them. */
@ExtendWith(LeakCheck.class)
final class RateLimitTest {
    private static final boolean IS_LONG = Boolean.getBoolean("hubswarm.long");
    private static final double SECONDS = IS_LONG ? 60 : 1;
    private static final int RATE = 4_000_000;
    private static final int TOLERATED = 50_000;

    private static double secondsSince(long begun) {
        return (System.nanoTime() - begun) / 1e9;
    }

    private static long received(Member leech) {
        return leech.joined().group().snapshot().stream()
                .mapToLong(PeerSnapshot::received)
                .sum();
    }

    /** From the call on, so that no stall before a measurement is made up for in it. Pieces of 1 MiB make for long requests between two of us. */
    private static Stream<Arguments> limits() {
        Stream<Arguments> some = Stream.of(Arguments.of(true, true, 16 << 10), Arguments.of(false, false, 1 << 20));
        if (!IS_LONG) return some;
        return Stream.concat(some, Stream.of(Arguments.of(true, false, 1 << 20), Arguments.of(false, true, 1 << 20)));
    }

    @ParameterizedTest
    @MethodSource("limits")
    void aLimitIsKeptAndUsed(boolean isUp, boolean isGlobal, int pieceLength) throws Exception {
        SmallTorrent torrent = SmallTorrent.of(TorrentVersion.V1, pieceLength, (int) (1.5 * RATE * SECONDS) + RATE);
        SwarmConfig limited = isGlobal ? Member.config().withLimits(isUp ? RATE : 0, isUp ? 0 : RATE) : Member.config();
        try (Member seed = Member.of(1, isUp ? limited : Member.config(), Transport.best(), torrent)
                        .having(true);
                Member leech = Member.of(2, isUp ? Member.config() : limited, Transport.best(), torrent)
                        .having(false)) {
            if (!isGlobal) (isUp ? seed : leech).limit(isUp ? RATE : 0, isUp ? 0 : RATE);
            long called = System.nanoTime();
            leech.found(PeerOrigin.GIVEN, seed.address());
            leech.await(() -> received(leech) > 0);
            long begun = System.nanoTime();
            LockSupport.parkNanos((long) (SECONDS * 1e9));
            double least = RATE * secondsSince(begun);
            double bytes = leech.inside(() -> received(leech)) - TOLERATED;
            double most = RATE * secondsSince(called);
            assertTrue(bytes <= 1.02 * most, bytes / most + " of the limit");
            // Others may have the processor meanwhile.
            assertTrue(bytes >= (IS_LONG ? 0.98 : 0.7) * least, bytes / least + " of the limit");
        }
    }

    @Test
    void fourWhoShareALimitAllGetSome() throws Exception {
        SmallTorrent torrent = SmallTorrent.of(TorrentVersion.V1, 256 << 10, (int) (RATE * SECONDS) + RATE);
        List<Member> leeches = new ArrayList<>();
        try (Member seed = Member.seed(1, torrent)) {
            seed.limit(RATE, 0);
            for (int i = 2; i < 6; i++) leeches.add(Member.leech(i, torrent));
            // They do not know each other.
            for (Member leech : leeches) leech.found(PeerOrigin.GIVEN, seed.address());
            for (Member leech : leeches) leech.await(() -> received(leech) > 0);
            List<Long> all = new ArrayList<>();
            for (Member leech : leeches) all.add(-leech.inside(() -> received(leech)));
            LockSupport.parkNanos((long) (SECONDS * 1e9));
            for (int i = 0; i < leeches.size(); i++) {
                Member leech = leeches.get(i);
                all.set(i, all.get(i) + leech.inside(() -> received(leech)));
            }
            double mean = all.stream().mapToLong(Long::longValue).average().orElse(0);
            for (long one : all) assertTrue(one >= 0.4 * mean, () -> "shares: " + all);
        } finally {
            for (Member leech : leeches) leech.close();
        }
    }
}
