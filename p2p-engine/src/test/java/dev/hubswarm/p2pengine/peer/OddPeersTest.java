package dev.hubswarm.p2pengine.peer;

import static dev.hubswarm.p2pengine.peer.Meeting.ALL;
import static dev.hubswarm.p2pengine.testing.SmallTorrent.BLOCK;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.p2pengine.testing.HandLoop;
import dev.hubswarm.p2pengine.testing.SmallTorrent;
import dev.hubswarm.protocol.metainfo.TorrentVersion;
import dev.hubswarm.testkit.FakePeer;
import dev.hubswarm.testkit.FakePeer.Heard;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What no client of today does, and what none is forbidden to do. */
final class OddPeersTest {
    private static final int PIECE = 4 * BLOCK;

    private final HandLoop loop = new HandLoop();
    private final SmallTorrent torrent = SmallTorrent.of(TorrentVersion.V1, PIECE, 3 * PIECE + BLOCK + 7);

    @ParameterizedTest
    @ValueSource(ints = {1, 15_000, 32 << 10, PIECE})
    void blocksOfAnyLengthAreSent(int length) {
        Meeting peer = Meeting.with(Side.havingAll(loop, torrent), ALL);
        peer.peer.say(FakePeer.HAVE_NONE).say(FakePeer.INTERESTED);
        peer.turn();
        for (int begin = 0; begin < Math.min(PIECE, 20 * length); begin += length) {
            int part = Math.min(length, PIECE - begin);
            peer.peer.say(FakePeer.REQUEST, 2, begin, part);
            peer.turn();
            List<Heard> blocks = peer.peer.take(FakePeer.PIECE);
            assertEquals(1, blocks.size());
            assertArrayEquals(torrent.bytes(2, begin, part), blocks.get(0).from(8));
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0, FakePeer.EXTENSIONS, ALL})
    void whoNamesItsPiecesOneByOneIsASeed(long reserved) {
        Side side = Side.having(loop, torrent);
        Meeting peer = Meeting.with(side, reserved);
        IntStream.range(0, torrent.geometry().pieceCount()).forEach(piece -> peer.peer.say(FakePeer.HAVE, piece));
        peer.peer.say(FakePeer.UNCHOKE);
        peer.serve();
        assertTrue(side.isDone());
    }

    @Test
    void listsOfPiecesThatComeLateAddToWhatIsKnown() {
        Side side = Side.having(loop, torrent);
        Meeting peer = Meeting.with(side, ALL);
        peer.peer.say(FakePeer.BITFIELD, new byte[] {(byte) 0x80}).say(FakePeer.UNCHOKE);
        peer.serve();
        assertEquals(1, side.transfer().verified().cardinality());
        peer.peer.say(FakePeer.HAVE, 1).say(FakePeer.BITFIELD, new byte[] {(byte) 0x20});
        peer.serve();
        assertEquals(3, side.transfer().verified().cardinality());
        peer.peer.say(FakePeer.HAVE_NONE).say(FakePeer.HAVE_ALL);
        peer.serve();
        assertTrue(side.isDone());
    }

    @Test
    void extensionsHaveTheNumbersThatThePeerGaveThem() {
        Meeting peer = Meeting.with(Side.havingAll(loop, torrent), ALL);
        peer.peer.sayExtended(0, "d1:md11:ut_metadatai255e6:ut_pexi0e6:foobari3e4:halfi-5e4:longi1000eee");
        peer.turn().peer.takeAll();
        peer.peer.sayExtended(dev.hubswarm.protocol.peerwire.Extension.UT_METADATA.id(), "d8:msg_typei0e5:piecei0ee");
        peer.turn();
        List<Heard> answers = peer.peer.take(FakePeer.EXTENDED);
        assertEquals(1, answers.size());
        assertEquals((byte) 255, answers.get(0).body()[0]);
    }

    @Test
    void numbersThatWeNeverGaveArePassedOver() {
        Meeting peer = Meeting.with(Side.havingAll(loop, torrent), ALL);
        for (int id = 100; id < 256; id++) peer.peer.sayExtended(id, "whatever");
        peer.peer.sayExtended(0, "d1:md11:ut_metadatai9eee").sayExtended(0, "de");
        peer.turn();
        assertNull(peer.closed);
    }
}
