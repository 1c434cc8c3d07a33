package dev.hubswarm.p2pengine.peer;

import static dev.hubswarm.p2pengine.peer.Meeting.ALL;
import static dev.hubswarm.p2pengine.testing.SmallTorrent.BLOCK;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.p2pengine.testing.HandLoop;
import dev.hubswarm.p2pengine.testing.SmallTorrent;
import dev.hubswarm.protocol.announce.PeerAddress;
import dev.hubswarm.protocol.metainfo.TorrentVersion;
import dev.hubswarm.testkit.FakePeer;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Streams that are almost right, in random fragments (reliability.md S33). */
final class MalformedStreamTest {
    private static final int STREAMS = 10 * Integer.getInteger("hubswarm.seeds", 100);

    private final HandLoop loop = new HandLoop();
    private final SmallTorrent torrent = SmallTorrent.of(TorrentVersion.HYBRID, BLOCK, 6 * BLOCK + 9);

    private byte[] stream(Random random) {
        FakePeer peer = new FakePeer();
        peer.greet(
                Side.having(loop, torrent).group.keys().get(random.nextInt(2)).bytes(), ALL | FakePeer.V2, "x");
        for (int i = 0; i < 30; i++) {
            int piece = random.nextInt(7);
            switch (random.nextInt(18)) {
                case 0 -> peer.say(i == 0 ? FakePeer.HAVE_ALL : FakePeer.HAVE, i == 0 ? new int[0] : new int[] {piece});
                case 1 -> peer.say(FakePeer.BITFIELD, new byte[] {(byte) (random.nextInt() & 0xfe)});
                case 2, 3 -> peer.say(FakePeer.UNCHOKE);
                case 4 -> peer.say(FakePeer.CHOKE);
                case 5 -> peer.say(FakePeer.INTERESTED);
                case 6 -> peer.say(FakePeer.REQUEST, piece, 0, 9);
                case 7 -> peer.say(FakePeer.CANCEL, piece, 0, 9);
                case 8 -> peer.say(FakePeer.REJECT, piece, 0, BLOCK);
                case 9 -> peer.sayExtended(0, "d8:hs_blocki65536e1:md11:ut_metadatai3e6:ut_pexi4ee4:reqqi9ee");
                case 10 -> peer.sayExtended(3, "d8:msg_typei0e5:piecei0ee");
                case 11 -> peer.sayExtended(4, "d5:added6:abcdefe");
                case 12 -> peer.sayExtended(1, "", new byte[] {0, 0, 0, (byte) piece});
                case 13 -> peer.say(FakePeer.HASH_REQUEST, new byte[48]);
                case 14 -> peer.say(FakePeer.HAVE, piece);
                case 15 -> peer.say(FakePeer.ALLOWED_FAST, piece);
                case 16 -> peer.say(FakePeer.SUGGEST, piece);
                default -> peer.sayBlock(piece, 0, torrent.bytes(piece, 0, piece == 6 ? 9 : BLOCK));
            }
        }
        return peer.takeSaid();
    }

    private static byte[] mutate(byte[] stream, Random random) {
        byte[] bytes = stream.clone();
        for (int i = random.nextInt(4); i > 0; i--) {
            // Near the beginning, since blocks make up most of the rest.
            int at = random.nextBoolean() ? random.nextInt(Math.min(300, bytes.length)) : random.nextInt(bytes.length);
            if (random.nextInt(4) == 0) bytes = Arrays.copyOf(bytes, Math.max(at, 1));
            else bytes[at] ^= (byte) (1 << random.nextInt(8));
        }
        return bytes;
    }

    @Test
    void endTheConnectionOrDoNoHarm() {
        int survived = 0;
        for (int seed = 0; seed < STREAMS; seed++) {
            Random random = new Random(seed);
            Side side = Side.having(loop, torrent, random.nextInt(7));
            Meeting peer = Meeting.silent(side);
            byte[] bytes = mutate(stream(random), random);
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
        }
        assertTrue(survived > STREAMS / 100 && survived < STREAMS, survived + " of " + STREAMS + " were not refused");
    }
}
