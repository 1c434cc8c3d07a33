package dev.hubswarm.p2pengine.swarm;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.p2pengine.testing.SmallTorrent;
import dev.hubswarm.protocol.announce.PeerAddress;
import dev.hubswarm.protocol.metainfo.TorrentVersion;
import dev.hubswarm.testkit.LeakCheck;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith({LeakCheck.class, LeakDetection.class})
final class PoisonTest {
    private static final long SECOND = 1_000_000_000L;

    /** reliability.md S4. */
    @Test
    void aHostThatLiesIsHeardTwiceWhateverItCallsItself() throws Exception {
        SmallTorrent torrent = SmallTorrent.of(TorrentVersion.V1, 256 << 10, 20 << 20);
        Internet internet = new Internet();
        List<Member> liars = new ArrayList<>();
        try (Member seed = Member.seed(1, torrent);
                Member leech =
                        Member.of(2, Member.config(), internet.transport(), torrent).having(false)) {
            for (int id = 0; id < 10; id++) liars.add(Member.seed(100 + id, torrent.spoilt()));
            PeerAddress[] places = new PeerAddress[100];
            for (int i = 0; i < 100; i++) {
                places[i] = internet.lives(liars.get(i % 10), Internet.address(66, 2000 + i));
            }
            leech.found(PeerOrigin.TRACKER, places);
            leech.await(() -> leech.swarm.rules().bans().reason(Internet.address(66, 1), leech.swarm.loop().nowNanos())
                    != null);
            for (int i = 0; i < 20; i++) {
                internet.skip(60 * SECOND);
                leech.check();
            }
            assertTrue(internet.calls.size() <= 4, () -> "calls: " + internet.calls);
            int wrong = leech.wrongPieces();
            assertTrue(wrong <= 2, wrong + " pieces were wrong");
            leech.found(PeerOrigin.TRACKER, internet.lives(seed, Internet.address(1, 6881)));
            leech.awaitDone();
        } finally {
            for (Member liar : liars) liar.close();
        }
    }
}
