package dev.hubswarm.p2pengine.peer;

import static dev.hubswarm.p2pengine.peer.Meeting.ALL;
import static dev.hubswarm.p2pengine.testing.HandLoop.SECOND;
import static dev.hubswarm.p2pengine.testing.SmallTorrent.BLOCK;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.p2pengine.testing.HandLoop;
import dev.hubswarm.p2pengine.testing.SmallTorrent;
import dev.hubswarm.protocol.announce.PeerAddress;
import dev.hubswarm.protocol.announce.PeerId;
import dev.hubswarm.protocol.announce.SwarmKey;
import dev.hubswarm.protocol.metainfo.TorrentVersion;
import dev.hubswarm.protocol.peerwire.Handshake;
import dev.hubswarm.protocol.peerwire.PeerMessage;
import dev.hubswarm.testkit.FakePeer;
import dev.hubswarm.testkit.FakePeer.Heard;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class GossipTest {
    private final HandLoop loop = new HandLoop();
    private final SmallTorrent torrent = SmallTorrent.of(TorrentVersion.V1, BLOCK, 3 * BLOCK);

    private static Meeting talking(Side side, PeerAddress address) {
        Meeting peer = Meeting.with(side, ALL, address);
        peer.peer.say(FakePeer.HAVE_NONE).sayExtended(0, "d1:md6:ut_pexi5eee");
        return peer.turn();
    }

    private static PeerAddress address(int number) {
        return PeerAddress.v4(0x5db80000 + number, 6881);
    }

    private static List<Heard> pex(Meeting peer) {
        peer.turn();
        return peer.peer.take(FakePeer.EXTENDED).stream()
                .filter(message -> message.body()[0] == 5)
                .toList();
    }

    private static void sayPex(Meeting peer, String added) {
        byte[] bytes = added.getBytes(StandardCharsets.ISO_8859_1);
        peer.peer.sayExtended(4, "d5:added" + bytes.length + ":" + added + "e");
        peer.turn();
    }

    @Test
    void tellsEachOfTheOthersAndOfThoseWhoLeft() {
        Side side = Side.having(loop, torrent);
        Meeting one = talking(side, address(1));
        Meeting two = talking(side, address(2));
        loop.advance(SECOND);
        assertTrue(pex(one).get(0).text().contains("5:added6:]\u00b8\u0000\u0002\u001a\u00e1"));
        two.session.closed("gone");
        loop.advance(30 * SECOND);
        assertTrue(pex(one).isEmpty(), "not more than once a minute");
        loop.advance(31 * SECOND);
        assertTrue(pex(one).get(0).text().contains("7:dropped6:]\u00b8\u0000\u0002\u001a\u00e1"));
        loop.advance(61 * SECOND);
        assertTrue(pex(one).isEmpty(), "there is no news");
    }

    @Test
    void tellsWhatIsKnownOfThem() throws Exception {
        Side side = Side.having(loop, torrent);
        Meeting one = talking(side, address(1));
        Meeting seed = talking(side, PeerAddress.of(ipv6(2), 7002));
        seed.peer.sayExtended(0, "d1:mde11:upload_onlyi1ee");
        seed.turn();
        // Two that called: one says where it listens, and the other cannot be called.
        for (int number = 3; number <= 4; number++) {
            SwarmKey key = side.group.keys().get(0);
            PeerAddress from = PeerAddress.of(ipv6(number), 50_000);
            Handshake theirs = new Handshake(ALL, key, new PeerId(1, 1, number));
            PeerSession caller = side.group.accepted(new Answers(), from, theirs);
            if (number == 3) {
                ByteBuffer itself = ByteBuffer.wrap("d1:mde1:pi7003ee".getBytes(StandardCharsets.US_ASCII));
                caller.at(loop.nowNanos()).extended(new PeerMessage.Extended(0, itself));
            }
        }
        loop.advance(SECOND);
        String told = pex(one).get(0).text();
        String expected = "6:added636:" + contact(2, 7002) + contact(3, 7003);
        // BEP 11: it only uploads, and it was dialled; of the other nothing is known.
        assertTrue(told.contains(expected + "8:added6.f2:\u0012\u0000"), told);
    }

    private static byte[] ipv6(int number) {
        return new byte[] {0x26, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, (byte) number};
    }

    private static String contact(int number, int port) {
        byte[] contact =
                ByteBuffer.allocate(18).put(ipv6(number)).putShort((short) port).array();
        return new String(contact, StandardCharsets.ISO_8859_1);
    }

    @Test
    void hearsOfNoMoreThanFiftyAtOnceAndOfIpv6() {
        Side side = Side.having(loop, torrent);
        Meeting peer = talking(side, address(1));
        StringBuilder all = new StringBuilder();
        for (int i = 0; i < 80; i++) all.append(contact(i, 7000));
        peer.peer.sayExtended(4, "d6:added6" + all.length() + ":" + all + "e");
        peer.turn();
        assertEquals(50, side.heardOf.size());
        assertEquals(PeerAddress.of(ipv6(49), 7000), side.heardOf.get(49));
    }

    @Test
    void tellsOfNoMoreThanFiftyAtOnce() {
        Side side = Side.having(loop, torrent);
        Meeting first = talking(side, address(0));
        List<Meeting> others = new ArrayList<>();
        for (int i = 1; i <= 80; i++) others.add(talking(side, address(i)));
        loop.advance(SECOND);
        assertTrue(pex(first).get(0).text().contains("5:added300:"));
        assertEquals(80, others.size());
    }

    @Test
    void addressesOfThisNetworkDoNotLeaveIt() {
        Side side = Side.having(loop, torrent);
        Meeting outside = talking(side, address(1));
        Meeting inside = talking(side, PeerAddress.v4(0x0a000001, 6881));
        Meeting here = talking(side, PeerAddress.v4(0x7f000001, 6881));
        loop.advance(SECOND);
        assertTrue(pex(outside).isEmpty());
        assertTrue(pex(inside).get(0).text().contains("5:added6:"));
        assertTrue(pex(here).get(0).text().contains("5:added12:"));
    }

    @Test
    void hearsOfOthersButNotOfServicesOrOfThisMachine() {
        Side side = Side.having(loop, torrent);
        Meeting peer = talking(side, address(1));
        sayPex(
                peer,
                "\u0008\u0008\u0008\u0008\u001a\u00e1" + "\u007f\u0000\u0000\u0001\u001a\u00e1"
                        + "\u0008\u0008\u0008\u0009\u0000\u0016");
        assertEquals(List.of(PeerAddress.v4(0x08080808, 6881)), side.heardOf);
    }

    @Test
    void hearsNobodyTwiceAMinute() {
        Side side = Side.having(loop, torrent);
        Meeting peer = talking(side, address(1));
        sayPex(peer, "\u0008\u0008\u0008\u0001\u001a\u00e1");
        sayPex(peer, "\u0008\u0008\u0008\u0002\u001a\u00e1");
        assertEquals(1, side.heardOf.size());
        loop.advance(61 * SECOND);
        sayPex(peer, "\u0008\u0008\u0008\u0003\u001a\u00e1");
        assertEquals(2, side.heardOf.size());
        assertNull(peer.closed);
    }

    @Test
    void aPrivateTorrentHasNoGossip() {
        SmallTorrent secret = SmallTorrent.of(TorrentVersion.V1, BLOCK, 3 * BLOCK, true);
        Side side = Side.having(loop, secret);
        Meeting one = Meeting.with(side, ALL, address(1));
        assertFalse(one.peer.take(FakePeer.EXTENDED).get(0).text().contains("ut_pex"));
        one.peer.say(FakePeer.HAVE_NONE).sayExtended(0, "d1:md6:ut_pexi5eee");
        talking(side, address(2));
        loop.advance(61 * SECOND);
        assertTrue(pex(one).isEmpty());
        sayPex(one, "\u0008\u0008\u0008\u0001\u001a\u00e1");
        assertTrue(side.heardOf.isEmpty());
    }

    @Test
    void aMagnetMayBePrivateAsLongAsNobodyKnows() {
        Side side = Side.magnet(loop, torrent, torrent.metainfo().infoHash());
        Meeting peer = Meeting.with(side, ALL);
        assertFalse(peer.peer.take(FakePeer.EXTENDED).get(0).text().contains("ut_pex"));
        sayPex(peer, "\u0008\u0008\u0008\u0001\u001a\u00e1");
        assertTrue(side.heardOf.isEmpty());
    }
}
