package dev.hubswarm.p2pengine.peer;

import static dev.hubswarm.p2pengine.peer.Meeting.ALL;
import static dev.hubswarm.p2pengine.testing.HandLoop.SECOND;
import static dev.hubswarm.p2pengine.testing.SmallTorrent.BLOCK;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.p2pengine.testing.HandLoop;
import dev.hubswarm.p2pengine.testing.SmallTorrent;
import dev.hubswarm.protocol.announce.PeerAddress;
import dev.hubswarm.protocol.metainfo.Hash;
import dev.hubswarm.protocol.metainfo.InfoHash;
import dev.hubswarm.protocol.metainfo.MerkleProof;
import dev.hubswarm.protocol.metainfo.MerkleTree;
import dev.hubswarm.protocol.metainfo.TorrentVersion;
import dev.hubswarm.testkit.FakePeer;
import dev.hubswarm.testkit.FakePeer.Heard;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Metadata (BEP 9) and hashes (BEP 52) from peers, and to them. */
final class MagnetTest {
    private static final int PIECE = 2 * BLOCK;
    /** Their numbers in what the fake peers say. */
    private static final int METADATA = 3;

    private final HandLoop loop = new HandLoop();
    /** Its metadata has three parts. */
    private static final SmallTorrent V1 = SmallTorrent.of(TorrentVersion.V1, BLOCK, 2000 * BLOCK);

    private final SmallTorrent hybrid = SmallTorrent.of(TorrentVersion.HYBRID, PIECE, 5 * PIECE + 1);
    private final SmallTorrent v2 = SmallTorrent.of(TorrentVersion.V2, PIECE, 5 * PIECE + 1);

    private static PeerAddress address(int number) {
        return PeerAddress.v4(0x5db8d800 + number, 6881);
    }

    private Side magnet(SmallTorrent torrent) {
        return Side.magnet(loop, torrent, torrent.metainfo().infoHash());
    }

    /** A peer that has the metadata. */
    private static Meeting knowing(Side side, int number) {
        Meeting peer = Meeting.with(side, ALL | FakePeer.V2, address(number));
        peer.peer
                .say(FakePeer.HAVE_ALL)
                .sayExtended(0, "d1:md11:ut_metadatai3ee13:metadata_sizei" + side.torrent.info().length + "ee");
        return peer.turn();
    }

    /** The parts of the metadata that a peer is asked for. */
    private static List<Integer> asked(Meeting peer) {
        peer.turn();
        return peer.peer.take(FakePeer.EXTENDED).stream()
                .filter(message ->
                        message.body()[0] == METADATA && message.text().contains("msg_typei0e"))
                .map(message -> Integer.parseInt(message.text().replaceAll("(?s).*5:piecei(\\d+)e.*", "$1")))
                .toList();
    }

    private static void tell(Meeting peer, int part, byte[] info) {
        byte[] data = Arrays.copyOfRange(info, part * BLOCK, Math.min((part + 1) * BLOCK, info.length));
        // The number of ut_metadata in what we said of ourselves.
        peer.peer.sayExtended(3, "d8:msg_typei1e5:piecei" + part + "e10:total_sizei" + info.length + "ee", data);
    }

    private static void tellAll(Meeting peer, byte[] info) {
        for (List<Integer> parts = asked(peer); !parts.isEmpty(); parts = asked(peer)) {
            for (int part : parts) tell(peer, part, info);
        }
    }

    @Test
    void fetchesMetadataAndThenTheRest() {
        Side side = magnet(V1);
        Meeting peer = knowing(side, 1);
        tellAll(peer, V1.info());
        assertEquals(1, side.metadata.size());
        assertEquals(V1.metainfo().infoHash(), side.metadata.get(0).infoHash());
        peer.peer.say(FakePeer.UNCHOKE);
        peer.serve();
        assertTrue(side.isDone());
    }

    @Test
    void whoSendsWrongMetadataIsBannedAndAnotherAsked() {
        Side side = magnet(V1);
        Meeting liar = knowing(side, 1);
        Meeting honest = knowing(side, 2);
        byte[] wrong = V1.info();
        wrong[wrong.length / 2]++;
        assertTrue(asked(honest).isEmpty(), "one at a time");
        tellAll(liar, wrong);
        assertEquals(List.of(liar.session), side.banned);
        tellAll(honest, V1.info());
        assertEquals(1, side.metadata.size());
    }

    @Test
    void aSlowPeerIsNotWaitedFor() {
        Side side = magnet(V1);
        Meeting slow = knowing(side, 1);
        Meeting quick = knowing(side, 2);
        assertFalse(asked(slow).isEmpty());
        loop.advance(3 * SECOND);
        tellAll(quick, V1.info());
        assertEquals(1, side.metadata.size());
        assertNull(slow.closed);
    }

    @Test
    void whoSendsAPieceNowAndThenIsNotInTheWayOfOthers() {
        Side side = magnet(V1);
        List<Meeting> tricklers = List.of(knowing(side, 1), knowing(side, 2), knowing(side, 3));
        Meeting honest = knowing(side, 4);
        for (int second = 0; second < 18; second++) loop.advance(SECOND);
        for (Meeting trickler : tricklers) {
            assertFalse(asked(trickler).isEmpty());
            tell(trickler, 0, V1.info());
            trickler.turn();
        }
        assertTrue(asked(honest).isEmpty());
        for (int second = 0; second < 12; second++) loop.advance(SECOND);
        tellAll(honest, V1.info());
        assertEquals(1, side.metadata.size());
    }

    @Test
    void whoSaysNoIsFollowedByAnother() {
        Side side = magnet(V1);
        Meeting first = knowing(side, 1);
        Meeting second = knowing(side, 2);
        first.peer.sayExtended(3, "d8:msg_typei2e5:piecei0ee");
        first.turn();
        tellAll(second, V1.info());
        assertEquals(1, side.metadata.size());
    }

    @Test
    void whoSaysNoIsAskedAgainWhereThereIsNobodyElse() {
        Side side = magnet(V1);
        Meeting peer = knowing(side, 1);
        assertFalse(asked(peer).isEmpty());
        peer.peer.sayExtended(3, "d8:msg_typei2e5:piecei0ee");
        assertTrue(asked(peer).isEmpty(), "not at once");
        loop.advance(SECOND);
        tellAll(peer, V1.info());
        assertEquals(1, side.metadata.size());
    }

    @Test
    void whoLeavesIsFollowedByAnother() {
        Side side = magnet(V1);
        Meeting first = knowing(side, 1);
        Meeting second = knowing(side, 2);
        first.session.closed("reset");
        loop.advance(2 * SECOND);
        tellAll(second, V1.info());
        assertEquals(1, side.metadata.size());
    }

    @Test
    void nothingTooLongIsBelieved() {
        Side side = magnet(V1);
        Meeting peer = Meeting.with(side, ALL);
        peer.peer.sayExtended(0, "d1:md11:ut_metadatai3ee13:metadata_sizei2000000000ee");
        assertTrue(asked(peer).isEmpty());
        loop.advance(5 * SECOND);
        assertTrue(asked(peer).isEmpty());
        assertNull(peer.closed);
    }

    @Test
    void metadataOfAnotherLengthBreaksTheRules() {
        Meeting peer = knowing(magnet(V1), 1);
        peer.peer.sayExtended(3, "d8:msg_typei1e5:piecei0e10:total_sizei" + V1.info().length + "ee", new byte[7]);
        peer.turn();
        assertNotNull(peer.closed);
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 1})
    void aSizeThatIsALieLeadsToNothing(int lie) {
        Side side = magnet(V1);
        Meeting liar = Meeting.with(side, ALL, address(1));
        int size = V1.info().length + lie;
        liar.peer.sayExtended(0, "d1:md11:ut_metadatai3ee13:metadata_sizei" + size + "ee");
        // It tells the truth later.
        tellAll(liar, V1.info());
        assertNotNull(liar.closed);
        Meeting another = Meeting.with(side, ALL, address(2));
        another.peer.sayExtended(0, "d1:md11:ut_metadatai3ee13:metadata_sizei" + size + "ee");
        tellAll(another, Arrays.copyOf(V1.info(), size));
        assertEquals(List.of(another.session), side.banned);
        tellAll(knowing(side, 3), V1.info());
        assertEquals(1, side.metadata.size());
    }

    @Test
    void whatTheyHaveIsRememberedUntilPiecesAreKnown() {
        Side side = magnet(V1);
        Meeting peer = Meeting.with(side, ALL);
        byte[] some = new byte[250];
        some[0] = (byte) 0x80;
        peer.peer.say(FakePeer.BITFIELD, some).say(FakePeer.HAVE, 1999).say(FakePeer.UNCHOKE);
        Meeting broken = Meeting.with(side, ALL, address(7));
        broken.peer.say(FakePeer.HAVE, 2000);
        broken.turn();
        Meeting broken2 = Meeting.with(side, ALL, address(8));
        broken2.peer.say(FakePeer.HAVE_ALL).say(FakePeer.ALLOWED_FAST, 2000);
        broken2.turn();
        assertNull(broken.closed, "nobody can know yet");
        assertNull(broken2.closed);
        peer.peer.sayExtended(0, "d1:md11:ut_metadatai3ee13:metadata_sizei" + V1.info().length + "ee");
        tellAll(peer, V1.info());
        peer.serve();
        assertEquals(2, side.transfer().verified().cardinality());
        assertNotNull(broken.closed);
        assertNotNull(broken2.closed);
    }

    @Test
    void theListOfPiecesMayGrowUntilPiecesAreKnown() {
        Side side = magnet(V1);
        Meeting peer = Meeting.with(side, ALL);
        byte[] some = new byte[250];
        some[0] = (byte) 0x80;
        peer.peer.say(FakePeer.BITFIELD, some).say(FakePeer.HAVE, 1999).say(FakePeer.UNCHOKE);
        some[1] = 1;
        peer.peer.say(FakePeer.BITFIELD, some);
        peer.peer.sayExtended(0, "d1:md11:ut_metadatai3ee13:metadata_sizei" + V1.info().length + "ee");
        tellAll(peer, V1.info());
        peer.serve();
        assertEquals(3, side.transfer().verified().cardinality());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void itsMagnetNamesOneOfTwoHashes(boolean isV1) {
        InfoHash both = hybrid.metainfo().infoHash();
        InfoHash name = isV1 ? new InfoHash(both.v1(), null) : new InfoHash(null, both.v2());
        Side side = Side.magnet(loop, hybrid, name);
        Meeting peer = knowing(side, 1);
        tellAll(peer, hybrid.info());
        loop.advance(6 * SECOND);
        assertEquals(hybrid.metainfo().infoHash(), side.metadata.get(0).infoHash());
        assertEquals(2, side.group.keys().size());
    }

    // Hashes.

    @ParameterizedTest
    @EnumSource(
            value = TorrentVersion.class,
            names = {"V2", "HYBRID"})
    void asksForThePieceLayersThatMetadataLacks(TorrentVersion version) {
        SmallTorrent torrent = version == TorrentVersion.V2 ? v2 : hybrid;
        Side side = magnet(torrent);
        Meeting peer = knowing(side, 1);
        tellAll(peer, torrent.info());
        assertTrue(side.metadata.isEmpty(), "not before the hashes are here");
        answerHashes(peer, 0);
        assertTrue(side.metadata.get(0).hasPieceLayers());
        assertArrayEquals(
                torrent.layer(),
                side.metadata.get(0).v2Pieces(torrent.metainfo().files().get(0)));
        peer.peer.say(FakePeer.UNCHOKE);
        peer.serve();
        assertTrue(side.isDone());
    }

    @Test
    void whoAnswersByTheV2NameIsAskedForHashesWhateverItsBits() {
        Side side = magnet(v2);
        Meeting peer = Meeting.with(side, ALL);
        peer.peer
                .say(FakePeer.HAVE_ALL)
                .sayExtended(0, "d1:md11:ut_metadatai3ee13:metadata_sizei" + v2.info().length + "ee");
        tellAll(peer, v2.info());
        answerHashes(peer, 0);
        assertTrue(side.metadata.get(0).hasPieceLayers());
    }

    /** @param spoil is added to the first byte of the hashes */
    private static void answerHashes(Meeting peer, int spoil) {
        peer.turn();
        for (Heard request : peer.peer.take(FakePeer.HASH_REQUEST)) {
            ByteBuffer range = ByteBuffer.wrap(request.body(), 32, 16);
            int level = range.getInt();
            int index = range.getInt();
            int length = range.getInt();
            MerkleProof proof = MerkleTree.prove(peer.side.torrent.layer(), level, index, length);
            ByteArrayOutputStream answer = new ByteArrayOutputStream();
            answer.writeBytes(request.body());
            byte[] nodes = proof.nodes();
            nodes[0] += (byte) spoil;
            answer.writeBytes(nodes);
            answer.writeBytes(proof.uncles());
            peer.peer.say(FakePeer.HASHES, answer.toByteArray());
        }
        peer.turn();
    }

    @Test
    void whoSendsWrongHashesIsBannedAndAnotherAsked() {
        Side side = magnet(v2);
        Meeting liar = knowing(side, 1);
        tellAll(liar, v2.info());
        Meeting honest = knowing(side, 2);
        answerHashes(liar, 1);
        assertEquals(List.of(liar.session), side.banned);
        assertNotNull(liar.closed);
        loop.advance(SECOND);
        answerHashes(honest, 0);
        assertEquals(1, side.metadata.size());
    }

    @Test
    void aHybridDoesWithoutHashesThatNobodyHas() {
        Side side = magnet(hybrid);
        Meeting peer = knowing(side, 1);
        tellAll(peer, hybrid.info());
        peer.turn();
        for (Heard request : peer.peer.take(FakePeer.HASH_REQUEST)) peer.peer.say(FakePeer.HASH_REJECT, request.body());
        peer.turn();
        loop.advance(6 * SECOND);
        assertEquals(1, side.metadata.size());
        assertFalse(side.metadata.get(0).hasPieceLayers());
        // Nor can it give any to others.
        byte[] root = Objects.requireNonNull(hybrid.metainfo().files().get(0).piecesRoot())
                .bytes();
        byte[] request = ByteBuffer.allocate(48)
                .put(root)
                .putInt(1)
                .putInt(0)
                .putInt(2)
                .putInt(2)
                .array();
        peer.peer.say(FakePeer.HASH_REQUEST, request);
        peer.turn();
        assertArrayEquals(request, peer.peer.take(FakePeer.HASH_REJECT).get(0).body());
        peer.peer.say(FakePeer.UNCHOKE);
        peer.serve();
        assertTrue(side.isDone());
    }

    @Test
    void sendsHashesAndProofsThatItHas() {
        SmallTorrent large = SmallTorrent.of(TorrentVersion.V2, BLOCK, 1000 * BLOCK);
        Side side = Side.havingAll(loop, large);
        Meeting peer = Meeting.with(side, ALL | FakePeer.V2);
        Hash root = Objects.requireNonNull(large.metainfo().files().get(0).piecesRoot());
        // 16 hashes from the 32nd on, with all uncles: 1024 leaves have ten layers.
        byte[] request = ByteBuffer.allocate(48)
                .put(root.bytes())
                .putInt(0)
                .putInt(32)
                .putInt(16)
                .putInt(9)
                .array();
        peer.peer.say(FakePeer.HASH_REQUEST, request);
        peer.turn();
        Heard answer = peer.peer.take(FakePeer.HASHES).get(0);
        byte[] nodes = Arrays.copyOfRange(answer.body(), 48, 48 + 16 * 32);
        assertArrayEquals(Arrays.copyOfRange(large.layer(), 32 * 32, 48 * 32), nodes);
        byte[] uncles = answer.from(48 + 16 * 32);
        assertEquals(6 * 32, uncles.length);
        assertTrue(new MerkleProof(0, 32, nodes, uncles).leadsTo(root));
        // Another tree, other layers, and too many.
        for (int[] bad :
                new int[][] {{1, 32, 16, 0}, {0, 1, 16, 0}, {0, 2048, 16, 0}, {0, 0, 1024, 0}, {0, 0, 16, 10}}) {
            ByteBuffer body = ByteBuffer.allocate(48).put(root.bytes());
            for (int number : bad) body.putInt(number);
            peer.peer.say(FakePeer.HASH_REQUEST, body.array());
        }
        peer.peer.say(FakePeer.HASH_REQUEST, new byte[48]);
        peer.turn();
        assertEquals(6, peer.peer.take(FakePeer.HASH_REJECT).size());
    }

    @Test
    void hashesCannotBeAskedForWithoutEnd() {
        SmallTorrent large = SmallTorrent.of(TorrentVersion.V2, BLOCK, 1000 * BLOCK);
        Meeting peer = Meeting.with(Side.havingAll(loop, large), ALL | FakePeer.V2);
        Hash root = Objects.requireNonNull(large.metainfo().files().get(0).piecesRoot());
        for (int i = 0; i < 100; i++) {
            peer.peer.say(
                    FakePeer.HASH_REQUEST,
                    ByteBuffer.allocate(48)
                            .put(root.bytes())
                            .putInt(0)
                            .putInt(i)
                            .putInt(1)
                            .putInt(9)
                            .array());
        }
        peer.turn();
        assertTrue(peer.peer.take(FakePeer.HASHES).size() <= 20);
    }

    // Ours for them.

    @Test
    void sendsMetadataToWhoAsks() {
        Side side = Side.havingAll(loop, V1);
        Meeting peer = Meeting.with(side, ALL);
        assertTrue(
                peer.peer.take(FakePeer.EXTENDED).get(0).text().contains("13:metadata_sizei" + V1.info().length + "e"));
        peer.peer.sayExtended(0, "d1:md11:ut_metadatai3eee");
        ByteArrayOutputStream info = new ByteArrayOutputStream();
        for (int part = 0; part < 3; part++) {
            peer.peer.sayExtended(3, "d8:msg_typei0e5:piecei" + part + "ee");
            peer.turn();
            Heard answer = peer.peer.take(FakePeer.EXTENDED).get(0);
            String head = "d8:msg_typei1e5:piecei" + part + "e10:total_sizei" + V1.info().length + "ee";
            assertEquals(head, answer.text().substring(1, 1 + head.length()));
            info.writeBytes(answer.from(1 + head.length()));
        }
        assertArrayEquals(V1.info(), info.toByteArray());
        for (String part : new String[] {"3", "-1", "2147483647"}) {
            peer.peer.sayExtended(3, "d8:msg_typei0e5:piecei" + part + "ee");
        }
        peer.turn();
        List<Heard> refused = peer.peer.take(FakePeer.EXTENDED);
        assertTrue(refused.stream().allMatch(answer -> answer.text().contains("8:msg_typei2e")));
    }

    /** Some ask for all pieces at once, however many. */
    @Test
    void sendsMuchMetadataAsItIsRead() {
        Meeting peer = Meeting.with(Side.havingAll(loop, V1), ALL);
        peer.peer.sayExtended(0, "d1:md11:ut_metadatai3eee");
        peer.isStuck = true;
        for (int i = 0; i < 1000; i++) peer.peer.sayExtended(3, "d8:msg_typei0e5:piecei" + i % 3 + "ee");
        peer.turn();
        assertTrue(peer.unsent() < 2 << 20, () -> peer.unsent() + " bytes wait");
        assertNull(peer.closed);
        peer.peer.take(FakePeer.EXTENDED);
        peer.read();
        loop.advance(HandLoop.SECOND);
        // As many as there are; who asks for one twice has it refused.
        assertEquals(3, peer.peer.take(FakePeer.EXTENDED).size());
    }
}
