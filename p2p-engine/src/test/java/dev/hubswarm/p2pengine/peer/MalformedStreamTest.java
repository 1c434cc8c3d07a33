package dev.hubswarm.p2pengine.peer;

import static dev.hubswarm.p2pengine.peer.Meeting.ALL;
import static dev.hubswarm.p2pengine.testing.SmallTorrent.BLOCK;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.p2pengine.testing.HandLoop;
import dev.hubswarm.p2pengine.testing.MalformedStreams;
import dev.hubswarm.p2pengine.testing.SmallTorrent;
import dev.hubswarm.protocol.announce.PeerAddress;
import dev.hubswarm.protocol.metainfo.TorrentVersion;
import dev.hubswarm.testkit.FakePeer;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Streams that are almost right, in random fragments (reliability.md S33). */
final class MalformedStreamTest {
    private static final int STREAMS =
            Integer.getInteger("hubswarm.streams", Boolean.getBoolean("hubswarm.long") ? 10_000_000 : 9_000);

    private final HandLoop loop = new HandLoop();
    private final SmallTorrent torrent = SmallTorrent.of(TorrentVersion.HYBRID, BLOCK, 6 * BLOCK + 9);

    @Test
    void endTheConnectionOrDoNoHarm() {
        int survived = 0;
        for (int seed = 0; seed < STREAMS; seed++) {
            Random random = new Random(seed);
            Side side = Side.having(loop, torrent, random.nextInt(7));
            Meeting peer = Meeting.silent(side);
            byte[] bytes = MalformedStreams.next(torrent, random);
            for (int at = 0; at < bytes.length && peer.closed == null; ) {
                int to = Math.min(bytes.length, at + 1 + random.nextInt(random.nextBoolean() ? 20 : 20_000));
                peer.peer.sayBytes(Arrays.copyOfRange(bytes, at, to));
                at = to;
                peer.turn();
            }
            if (peer.closed == null) survived++;
            peer.session.closed("the end");
            assertEquals(1, side.closed.size());
            assertTrue(side.group.sessions().isEmpty());
            // Nothing it was asked for is lost.
            Meeting honest = Meeting.with(side, ALL, PeerAddress.v4(0x5db8d823, 6881));
            honest.peer.say(FakePeer.HAVE_ALL).say(FakePeer.UNCHOKE);
            honest.serve();
            assertTrue(side.isDone(), "seed " + seed);
            side.group.close("over");
            side.transfer().close(() -> {});
            loop.turn();
        }
        assertTrue(survived > STREAMS / 100 && survived < STREAMS, survived + " of " + STREAMS + " were not refused");
    }
}
