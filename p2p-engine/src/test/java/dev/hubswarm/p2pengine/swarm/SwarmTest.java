package dev.hubswarm.p2pengine.swarm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.base.UserError;
import dev.hubswarm.p2pengine.testing.SmallTorrent;
import dev.hubswarm.protocol.announce.PeerAddress;
import dev.hubswarm.protocol.metainfo.InfoHash;
import dev.hubswarm.protocol.metainfo.TorrentVersion;
import dev.hubswarm.testkit.FakePeer;
import dev.hubswarm.testkit.LeakCheck;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Swarms with real sockets on loopback. */
@ExtendWith(LeakCheck.class)
final class SwarmTest {
    private static final int SIZE = 3_000_000;
    private static final int MILLIS = 60_000;

    private static SmallTorrent torrent(TorrentVersion version) {
        return SmallTorrent.of(version, 128 << 10, SIZE);
    }

    @ParameterizedTest
    @EnumSource(TorrentVersion.class)
    void oneGetsAllFromTheOther(TorrentVersion version) throws Exception {
        SmallTorrent torrent = torrent(version);
        try (Member seed = Member.seed(1, torrent);
                Member leech = Member.leech(2, torrent)) {
            leech.found(PeerOrigin.TRACKER, seed.address());
            leech.awaitDone();
            assertTrue(leech.isDone());
        }
    }

    @Test
    void theJdksSocketsDoAsWell() throws Exception {
        SmallTorrent torrent = torrent(TorrentVersion.HYBRID);
        try (Member seed =
                        Member.of(1, Member.config(), Transport.nio(), torrent).having(true);
                Member leech =
                        Member.of(2, Member.config(), Transport.nio(), torrent).having(false)) {
            seed.found(PeerOrigin.TRACKER, leech.address());
            leech.awaitDone();
            assertTrue(leech.isDone());
        }
    }

    @Test
    void ipv6DoesAsWell() throws Exception {
        SmallTorrent torrent = torrent(TorrentVersion.V2);
        byte[] loopback = new byte[16];
        loopback[15] = 1;
        SwarmConfig config = SwarmConfig.on(new InetSocketAddress(InetAddress.getByAddress(loopback), 0));
        try (Member seed = Member.of(1, config, Transport.best(), torrent).having(true);
                Member leech = Member.leech(2, torrent)) {
            leech.found(PeerOrigin.GIVEN, seed.address());
            leech.awaitDone();
            assertTrue(!seed.address().isV4());
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aMagnetWithEitherNameOfAHybridBecomesTheTorrent(boolean v1) throws Exception {
        SmallTorrent torrent = torrent(TorrentVersion.HYBRID);
        InfoHash both = torrent.metainfo().infoHash();
        InfoHash named = v1 ? new InfoHash(both.v1(), null) : new InfoHash(null, both.v2());
        try (Member seed = Member.seed(1, torrent);
                Member leech =
                        Member.of(2, Member.config(), Transport.best(), torrent).magnet(named)) {
            leech.found(PeerOrigin.GIVEN, seed.address());
            leech.awaitDone();
            assertTrue(leech.isDone());
        }
    }

    @Test
    void limitsHoldOnBothSides() throws Exception {
        SmallTorrent torrent = SmallTorrent.of(TorrentVersion.V1, 64 << 10, 600_000);
        for (boolean up : new boolean[] {true, false}) {
            try (Member seed = Member.seed(1, torrent);
                    Member leech = Member.leech(2, torrent)) {
                if (up) seed.limit(500_000, 0);
                else leech.limit(0, 500_000);
                long begun = System.nanoTime();
                leech.found(PeerOrigin.GIVEN, seed.address());
                leech.awaitDone();
                double seconds = (System.nanoTime() - begun) / 1e9;
                assertTrue(seconds >= 1.15, (up ? "sent" : "taken") + " in " + seconds + " s");
            }
        }
    }

    @Test
    void twoThatCallEachOtherKeepOneConnection() throws Exception {
        SmallTorrent torrent = torrent(TorrentVersion.V1);
        try (Member a = Member.leech(1, torrent);
                Member b = Member.leech(2, torrent)) {
            a.found(PeerOrigin.TRACKER, b.address());
            b.found(PeerOrigin.TRACKER, a.address());
            a.await(a::isMeetingOne);
            b.await(b::isMeetingOne);
            assertEquals(1, a.sessions().size());
        }
    }

    @Test
    void whoReachesItselfDoesNotTryAgain() throws Exception {
        try (Member member = Member.leech(1, torrent(TorrentVersion.V1))) {
            PeerAddress own = member.address();
            member.found(PeerOrigin.GIVEN, own);
            member.await(() -> member.swarm.isSelf(own));
            member.await(() -> member.swarm.rules().open() == 0);
            member.found(PeerOrigin.GIVEN, own);
            assertEquals(List.of(), member.sessions());
        }
    }

    @Test
    void aPortThatIsTakenIsTheUsersToChange() throws Exception {
        try (Member first = Member.seed(1, torrent(TorrentVersion.V1))) {
            SwarmConfig same = SwarmConfig.on(first.swarm.address());
            UserError error = assertThrows(
                    UserError.class, () -> Member.of(2, same, Transport.best(), torrent(TorrentVersion.V1)));
            assertTrue(String.valueOf(error.getMessage()).contains("--peer-port"), error.getMessage());
        }
    }

    @Test
    void whoSpeaksAnotherProtocolIsClosedAtOnce() throws Exception {
        try (Member member = Member.seed(1, torrent(TorrentVersion.V1));
                Socket socket = connect(member)) {
            socket.getOutputStream()
                    .write("GET / HTTP/1.1\r\n\r\n".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
            assertEnds(socket);
        }
    }

    @Test
    void whoWantsAnotherTorrentIsClosedAtOnce() throws Exception {
        try (Member member = Member.seed(1, torrent(TorrentVersion.V1));
                Socket socket = connect(member)) {
            socket.getOutputStream().write(greeting(new byte[20]));
            assertEnds(socket);
        }
    }

    @Test
    void messagesInSingleBytesAreUnderstoodAndLongOnesRefused() throws Exception {
        SmallTorrent torrent = torrent(TorrentVersion.V1);
        byte[] infoHash =
                Objects.requireNonNull(torrent.metainfo().infoHash().v1()).bytes();
        try (Member member = Member.seed(1, torrent);
                Socket socket = connect(member)) {
            socket.setTcpNoDelay(true);
            FakePeer peer = new FakePeer();
            peer.greet(infoHash, 0, "-XX0000-000000000000");
            peer.say(FakePeer.INTERESTED);
            for (byte one : peer.takeSaid()) socket.getOutputStream().write(one);
            byte[] buffer = new byte[1 << 16];
            while (peer.take(FakePeer.UNCHOKE).isEmpty()) hear(socket, peer, buffer);
            peer.say(FakePeer.REQUEST, 1, 32768, 16384);
            socket.getOutputStream().write(peer.takeSaid());
            List<FakePeer.Heard> blocks = peer.take(FakePeer.PIECE);
            while (blocks.isEmpty()) {
                hear(socket, peer, buffer);
                blocks = peer.take(FakePeer.PIECE);
            }
            assertEquals(1, blocks.get(0).number(0));
            assertTrue(
                    Arrays.equals(torrent.bytes(1, 32768, 16384), blocks.get(0).from(8)));
            socket.getOutputStream().write(new byte[] {0x7f, 0, 0, 0});
            assertEnds(socket);
        }
    }

    private static byte[] greeting(byte[] infoHash) {
        return new FakePeer().greet(infoHash, 0, "-XX0000-000000000000").takeSaid();
    }

    private static void hear(Socket socket, FakePeer peer, byte[] buffer) throws IOException {
        int count = socket.getInputStream().read(buffer);
        assertTrue(count > 0, "closed");
        peer.hear(Arrays.copyOf(buffer, count));
    }

    private static Socket connect(Member member) throws IOException {
        Socket socket = new Socket();
        socket.connect(member.swarm.address());
        socket.setSoTimeout(MILLIS);
        return socket;
    }

    private static void assertEnds(Socket socket) {
        int left;
        try {
            left = socket.getInputStream().readAllBytes().length;
        } catch (IOException e) {
            // Reset, since we had not read all.
            left = 0;
        }
        assertTrue(left < 100_000);
    }
}
