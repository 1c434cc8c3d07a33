package dev.hubswarm.p2pengine.swarm;

import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.p2pengine.testing.SmallTorrent;
import dev.hubswarm.protocol.announce.PeerAddress;
import dev.hubswarm.protocol.metainfo.TorrentVersion;
import dev.hubswarm.testkit.FakePeer;
import dev.hubswarm.testkit.LeakCheck;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Addresses that lead nowhere, or where nobody should be called (reliability.md T28, S28). */
@ExtendWith(LeakCheck.class)
final class BogusAddressTest {
    private static final long SECOND = 1_000_000_000L;
    private static final PeerAddress GOOD = Internet.address(77, 6881);
    private static final int VICTIM = 99;

    private final SmallTorrent torrent = SmallTorrent.of(TorrentVersion.V1, 64 << 10, 300_000);
    private final Internet internet = new Internet();

    private Member leech() throws Exception {
        return Member.of(1, Member.config(), internet.transport(), torrent).having(false);
    }

    /** The longer a list is, the more often does it name the victim. */
    private static List<PeerAddress> bogus(int count) {
        List<PeerAddress> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            all.add(i % 10 == 0 ? Internet.address(VICTIM, 1024 + i) : Internet.address(1000 + i, 6881));
        }
        return all;
    }

    @Test
    void theGoodOneAmongTenThousandIsFoundAndNoHostIsCalledOften() throws Exception {
        List<PeerAddress> said = bogus(10_000);
        said.add(1000, GOOD);
        Collections.shuffle(said.subList(0, 2000), new Random(1));
        int atOnce = 120;
        SwarmConfig config = new SwarmConfig(Member.config().listen(), 200, 400, atOnce, 0, 0);
        try (Member seed = Member.seed(2, torrent);
                Member leech =
                        Member.of(1, config, internet.transport(), torrent).having(false)) {
            internet.lives(seed, GOOD);
            leech.found(PeerOrigin.PEX, said.toArray(PeerAddress[]::new));
            // So many seconds as the whole pool takes, four times.
            for (int second = 0; second < 4 * PeerPool.LIMIT / atOnce; second++) {
                internet.skip(SECOND);
                leech.check();
            }
            leech.awaitDone();
        }
        Map<PeerAddress, Long> callsOfHosts =
                internet.calls.stream().collect(groupingBy(call -> call.withPort(0), counting()));
        assertTrue(callsOfHosts.size() > 2000, callsOfHosts.size() + " hosts");
        // It may be called again after it has answered.
        callsOfHosts.remove(GOOD.withPort(0));
        callsOfHosts.values().removeIf(calls -> calls <= 3);
        assertEquals(Map.of(), callsOfHosts);
    }

    @Test
    void whatATrackerSaysIsFoundBehindWhatPeersSay() throws Exception {
        try (Member seed = Member.seed(2, torrent);
                Member leech = leech()) {
            leech.found(PeerOrigin.PEX, bogus(10_000).toArray(PeerAddress[]::new));
            leech.found(PeerOrigin.TRACKER, internet.lives(seed, GOOD));
            leech.check();
            leech.awaitDone();
            assertTrue(internet.calls.size() < 500, internet.calls.size() + " calls");
        }
    }

    @Test
    void noMoreAreCalledAtOnceThanMayBe() throws Exception {
        internet.isSilent = true;
        try (Member leech = leech()) {
            leech.found(PeerOrigin.PEX, bogus(10_000).toArray(PeerAddress[]::new));
            for (int second = 0; second < 100; second++) leech.check();
            assertEquals(Member.config().maxHalfOpen(), internet.calls.size());
            assertEquals(
                    internet.calls.size(),
                    leech.inside(() -> leech.swarm.rules().calling()));
            double share = leech.busy(SECOND / 2);
            assertTrue(share <= 0.2, () -> 100 * share + " % of a core");
        }
    }

    @Test
    void aPeerOutsideLeadsNobodyIntoThisNetworkOrToOurselves() throws Exception {
        SwarmConfig everywhere = SwarmConfig.on(new InetSocketAddress(0));
        internet.callers = Internet.address(5, 0);
        try (Member leech =
                Member.of(1, everywhere, internet.transport(), torrent).having(false)) {
            int port = leech.swarm.address().getPort();
            internet.home = Internet.address(6, port);
            ByteBuffer said = ByteBuffer.allocate(6 * 20);
            for (String host : List.of(
                    "127.0.0.1",
                    "10.1.2.3",
                    "172.16.0.1",
                    "192.168.1.1",
                    "100.64.0.1",
                    "169.254.1.1",
                    "224.0.0.1",
                    "255.255.255.255",
                    "0.0.0.0",
                    "240.0.0.1")) {
                write(said, host, 6881);
            }
            write(said, "11.0.0.6", port);
            write(said, "11.0.0.8", 0);
            write(said, "11.0.0.8", 80);
            write(said, "11.0.0.77", 6881);
            try (RawPeer peer = new RawPeer(leech).greet(torrent, 1)) {
                peer.await(FakePeer.EXTENDED);
                String added = new String(said.array(), 0, said.position(), StandardCharsets.ISO_8859_1);
                peer.peer.sayExtended(0, "d1:md6:ut_pexi5eee");
                peer.peer.sayExtended(4, "d5:added" + added.length() + ":" + added + "e");
                peer.send();
                leech.await(() -> !internet.calls.isEmpty());
                internet.skip(300 * SECOND);
                leech.check();
            }
        }
        assertEquals(List.of(GOOD), internet.calls.stream().distinct().toList());
    }

    private static void write(ByteBuffer out, String host, int port) {
        PeerAddress address = PeerAddress.parse(host, port);
        if (address == null) throw new AssertionError(host);
        out.put(address.address()).putShort((short) port);
    }
}
