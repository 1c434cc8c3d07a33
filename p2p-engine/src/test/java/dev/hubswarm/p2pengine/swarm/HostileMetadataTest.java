package dev.hubswarm.p2pengine.swarm;

import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.hubswarm.p2pengine.testing.SmallTorrent;
import dev.hubswarm.protocol.announce.PeerAddress;
import dev.hubswarm.protocol.announce.PeerId;
import dev.hubswarm.protocol.metainfo.TorrentVersion;
import dev.hubswarm.testkit.FakePeer;
import dev.hubswarm.testkit.LeakCheck;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A magnet's peers, most of which mean no good. */
@ExtendWith(LeakCheck.class)
final class HostileMetadataTest {
    private static final int METADATA = 3;
    private static final long SECOND = 1_000_000_000L;

    /** More than one piece of metadata. */
    private final SmallTorrent torrent =
            SmallTorrent.of(TorrentVersion.V1, SmallTorrent.BLOCK, 850 * SmallTorrent.BLOCK);

    private final Internet internet = new Internet();
    private final List<RawPeer> peers = new ArrayList<>();

    /** One that says it has so much metadata. */
    private RawPeer offering(Member leech, long size) throws IOException {
        internet.callers = Internet.address(peers.size() + 1, 0);
        RawPeer peer = new RawPeer(leech).greet(torrent, peers.size());
        peers.add(peer);
        peer.await(FakePeer.EXTENDED);
        peer.peer.sayExtended(0, "d1:md11:ut_metadatai" + METADATA + "ee13:metadata_sizei" + size + "ee");
        return peer.send();
    }

    private static void sayData(RawPeer peer, int piece, int size, byte[] data) throws IOException {
        peer.peer.sayExtended(METADATA, "d8:msg_typei1e5:piecei" + piece + "e10:total_sizei" + size + "ee", data);
        peer.send();
    }

    @Test
    void isHadFromTheOneWhoIsHonest() throws Exception {
        int size = torrent.info().length;
        try (Member seed = Member.seed(1, torrent);
                Member leech = Member.of(2, Member.config(), internet.transport(), torrent)
                        .magnet(torrent.metainfo().infoHash())) {
            RawPeer huge = offering(leech, 1L << 40);
            RawPeer negative = offering(leech, -5);
            RawPeer liar = offering(leech, size);
            liar.await(FakePeer.EXTENDED);
            RawPeer silent = offering(leech, size);
            RawPeer stranger = offering(leech, 0);
            for (int piece = 0; piece * 16384 < size; piece++) {
                sayData(liar, piece, size, new byte[Math.min(16384, size - piece * 16384)]);
            }
            liar.awaitEnd();
            silent.await(FakePeer.EXTENDED);
            // Nobody has asked it.
            sayData(stranger, 0, size + 1, new byte[16384]);
            PeerAddress good = internet.lives(seed, Internet.address(100, 6881));
            leech.found(PeerOrigin.TRACKER, good);
            internet.skip(3 * SECOND);
            leech.awaitDone();
            assertNotNull(huge);
            assertNotNull(negative);
            long now = leech.swarm.loop().nowNanos();
            assertNull(leech.inside(() -> leech.swarm.rules().bans().reason(idOf(3), now)), "it is only slow");
        } finally {
            for (RawPeer peer : peers) peer.close();
        }
    }

    private static PeerId idOf(int number) {
        byte[] id = String.format("-XX0000-%012d", number).getBytes(StandardCharsets.US_ASCII);
        return PeerId.of(id);
    }
}
