package dev.hubswarm.p2pengine.peer;

import static dev.hubswarm.p2pengine.peer.Meeting.ALL;
import static dev.hubswarm.p2pengine.testing.HandLoop.SECOND;
import static dev.hubswarm.p2pengine.testing.SmallTorrent.BLOCK;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.p2pengine.testing.HandLoop;
import dev.hubswarm.p2pengine.testing.SmallTorrent;
import dev.hubswarm.protocol.announce.PeerAddress;
import dev.hubswarm.protocol.metainfo.Digests;
import dev.hubswarm.protocol.metainfo.Hash;
import dev.hubswarm.protocol.metainfo.MerkleProof;
import dev.hubswarm.protocol.metainfo.TorrentVersion;
import dev.hubswarm.testkit.FakePeer;
import dev.hubswarm.testkit.FakePeer.Heard;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Hashes of blocks, from peers and to them (BEP 52). */
final class BlockHashesTest {
    private static final int PER_PIECE = 8;
    private static final int PIECE = PER_PIECE * BLOCK;

    private final HandLoop loop = new HandLoop();
    private final SmallTorrent torrent = SmallTorrent.of(TorrentVersion.HYBRID, PIECE, 20 * PIECE);
    private final Side side = Side.having(loop, torrent);

    private static PeerAddress address(int number) {
        return PeerAddress.v4(0x5db8d800 + number, 6881);
    }

    /** It has everything. */
    private Meeting peer(int number) {
        Meeting peer = Meeting.with(side, ALL | FakePeer.V2, address(number));
        peer.peer.say(FakePeer.HAVE_ALL).say(FakePeer.UNCHOKE);
        return peer.turn();
    }

    private static void lie(Meeting peer, Heard request) {
        byte[] block = peer.side.torrent.bytes(request.number(0), request.number(1), request.number(2));
        block[block.length / 2]++;
        peer.peer.sayBlock(request.number(0), request.number(1), block);
    }

    /** One that sends a wrong piece, and is gone. */
    private void beLiedTo() {
        Meeting liar = peer(66);
        for (Heard request : liar.requests()) lie(liar, request);
        liar.turn();
        assertEquals(List.of(liar.session), side.banned);
        assertEquals(1, side.store().wrong);
        side.banned.clear();
    }

    private static byte[] leaves(SmallTorrent of, int piece) {
        ByteArrayOutputStream leaves = new ByteArrayOutputStream();
        for (int block = 0; block < of.geometry().blockCount(piece); block++) {
            byte[] bytes = of.bytes(piece, block * BLOCK, of.geometry().blockLength(piece, block));
            leaves.writeBytes(Digests.sha256().digest(bytes));
        }
        return leaves.toByteArray();
    }

    /** @param spoil is added to the first byte of the hashes */
    private static void answer(Meeting peer, Heard question, int spoil) {
        ByteBuffer range = ByteBuffer.wrap(question.body(), 32, 16);
        assertEquals(0, range.getInt(), "base layer");
        int piece = range.getInt() / PER_PIECE;
        assertEquals(PER_PIECE, range.getInt());
        assertEquals(0, range.getInt(), "the piece's hash is known");
        byte[] leaves = leaves(peer.side.torrent, piece);
        leaves[0] += (byte) spoil;
        ByteArrayOutputStream answer = new ByteArrayOutputStream();
        answer.writeBytes(question.body());
        answer.writeBytes(leaves);
        peer.peer.say(FakePeer.HASHES, answer.toByteArray());
        peer.turn();
    }

    private static List<Heard> questions(Meeting peer) {
        peer.turn();
        return peer.peer.take(FakePeer.HASH_REQUEST);
    }

    @Test
    void nobodyIsAskedAsLongAsNothingIsWrong() {
        Meeting peer = peer(1);
        peer.serve();
        assertTrue(side.isDone());
        assertTrue(peer.peer.take(FakePeer.HASH_REQUEST).isEmpty());
    }

    @Test
    void afterALieTheNextLiarIsKnownByABlock() {
        beLiedTo();
        Meeting liar = peer(1);
        List<Heard> asked = liar.requests();
        Meeting honest = peer(2);
        loop.advance(SECOND);
        // A liar may tell the truth about hashes; it proves itself.
        for (Meeting peer : List.of(liar, honest)) for (Heard question : questions(peer)) answer(peer, question, 0);
        lie(liar, asked.get(0));
        liar.turn();
        assertEquals(List.of(liar.session), side.banned);
        assertEquals(1, side.store().wrong, "no second piece came wrong");
        serve(honest);
        assertTrue(side.isDone());
    }

    /** Answers questions of both kinds. */
    private static void serve(Meeting peer) {
        for (List<Heard> asked = peer.requests(); !asked.isEmpty(); asked = peer.requests()) {
            for (Heard question : peer.peer.take(FakePeer.HASH_REQUEST)) answer(peer, question, 0);
            for (Heard request : asked) peer.answer(request);
        }
    }

    @Test
    void ofAPieceFromSeveralOnlyWrongBlocksComeAgain() {
        // Without BEP 6: what it was asked for ends when it chokes us.
        Meeting liar = Meeting.with(side, FakePeer.EXTENSIONS | FakePeer.V2, address(1));
        liar.peer.say(FakePeer.BITFIELD, new byte[] {-1, -1, (byte) 0xf0}).say(FakePeer.UNCHOKE);
        Heard first = liar.requests().get(0);
        lie(liar, first);
        liar.peer.say(FakePeer.CHOKE);
        liar.turn();
        liar.peer.take(FakePeer.REQUEST);
        assertTrue(side.banned.isEmpty(), "nobody knows yet");
        // Somebody else goes on with the piece, and knows what its blocks hash to.
        Meeting honest = peer(2);
        int times = 0;
        for (List<Heard> asked = honest.requests(); !asked.isEmpty(); asked = honest.requests()) {
            for (Heard question : honest.peer.take(FakePeer.HASH_REQUEST)) answer(honest, question, 0);
            for (Heard request : asked) {
                if (request.number(0) == first.number(0)) times += request.number(2) / BLOCK;
                honest.answer(request);
            }
            honest.turn();
            for (Heard question : questions(honest)) answer(honest, question, 0);
        }
        assertTrue(side.isDone());
        assertEquals(List.of(liar.session), side.banned);
        assertEquals(0, side.store().wrong, "the piece was never thrown away");
        assertEquals(PER_PIECE, times, "blocks of it that came from the other");
    }

    @Test
    void whoSendsHashesThatProveNothingIsBannedAndAnotherAsked() {
        beLiedTo();
        Meeting liar = peer(1);
        loop.advance(SECOND);
        List<Heard> questions = questions(liar);
        assertTrue(!questions.isEmpty());
        Meeting honest = peer(2);
        answer(liar, questions.get(0), 1);
        assertEquals(List.of(liar.session), side.banned);
        loop.advance(SECOND);
        assertTrue(!questions(honest).isEmpty());
        assertNull(honest.closed);
    }

    @Test
    void whoSaysNoOrNothingIsFollowedByAnother() {
        beLiedTo();
        Meeting one = peer(1);
        loop.advance(SECOND);
        List<Heard> questions = questions(one);
        Meeting other = peer(2);
        one.peer.say(FakePeer.HASH_REJECT, questions.get(0).body());
        one.turn();
        List<Heard> second = questions(other);
        assertTrue(
                second.stream()
                        .anyMatch(question ->
                                Arrays.equals(question.body(), questions.get(0).body())),
                "the other is asked for the same");
        // Nobody answers. It is fetched all the same.
        loop.advance(5 * SECOND);
        one.serve();
        other.serve();
        assertTrue(side.isDone());
        assertTrue(side.banned.isEmpty());
    }

    private static byte[] question(SmallTorrent of, int index, int length, int proofLayers) {
        Hash root = Objects.requireNonNull(of.metainfo().files().get(0).piecesRoot());
        return ByteBuffer.allocate(48)
                .put(root.bytes())
                .putInt(0)
                .putInt(index)
                .putInt(length)
                .putInt(proofLayers)
                .array();
    }

    @Test
    void tellsHashesOfBlocksWithWhatProvesThem() {
        Side seed = Side.having(loop, torrent, 0, 1, 5);
        Meeting peer = Meeting.with(seed, ALL | FakePeer.V2);
        // As libtorrent asks: a piece's, up to the root. 160 blocks have eight layers.
        peer.peer.say(FakePeer.HASH_REQUEST, question(torrent, 5 * PER_PIECE, PER_PIECE, 7));
        peer.turn();
        Heard whole = peer.peer.take(FakePeer.HASHES).get(0);
        byte[] nodes = Arrays.copyOfRange(whole.body(), 48, 48 + PER_PIECE * 32);
        assertArrayEquals(leaves(torrent, 5), nodes);
        Hash root = Objects.requireNonNull(torrent.metainfo().files().get(0).piecesRoot());
        assertTrue(new MerkleProof(0, 5 * PER_PIECE, nodes, whole.from(48 + PER_PIECE * 32)).leadsTo(root));
        // Two of them.
        peer.peer.say(FakePeer.HASH_REQUEST, question(torrent, 10, 2, 7));
        peer.turn();
        Heard two = peer.peer.take(FakePeer.HASHES).get(0);
        nodes = Arrays.copyOfRange(two.body(), 48, 48 + 2 * 32);
        assertTrue(new MerkleProof(0, 10, nodes, two.from(48 + 2 * 32)).leadsTo(root));
        // A piece that is not here, more than one piece, and more layers than there are.
        for (byte[] bad : List.of(
                question(torrent, 2 * PER_PIECE, PER_PIECE, 0),
                question(torrent, 0, 2 * PER_PIECE, 0),
                question(torrent, 0, PER_PIECE, 8))) {
            peer.peer.say(FakePeer.HASH_REQUEST, bad);
        }
        peer.turn();
        assertEquals(3, peer.peer.take(FakePeer.HASH_REJECT).size());
        assertTrue(peer.peer.take(FakePeer.HASHES).isEmpty());
    }

    @Test
    void aStrangerCannotMakeUsReadWithoutEnd() {
        int mib = 1 << 20;
        SmallTorrent large = SmallTorrent.of(TorrentVersion.V2, mib, 50 * mib);
        Meeting peer = Meeting.with(Side.havingAll(loop, large), ALL | FakePeer.V2);
        int perPiece = mib / BLOCK;
        for (int piece = 0; piece < 50; piece++) {
            peer.peer.say(FakePeer.HASH_REQUEST, question(large, piece * perPiece, perPiece, 0));
        }
        peer.turn();
        assertEquals(32, peer.peer.take(FakePeer.HASHES).size());
        assertEquals(10, peer.peer.take(FakePeer.HASH_REJECT).size());
        loop.advance(SECOND);
        peer.turn();
        assertEquals(8, peer.peer.take(FakePeer.HASHES).size());
        // What was read is known.
        for (int i = 0; i < 100; i++) {
            peer.peer.say(FakePeer.HASH_REQUEST, question(large, i % 32 * perPiece, perPiece, 0));
        }
        peer.turn();
        assertEquals(100, peer.peer.take(FakePeer.HASHES).size());
    }
}
