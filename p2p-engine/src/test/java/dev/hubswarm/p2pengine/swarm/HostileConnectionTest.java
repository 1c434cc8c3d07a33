package dev.hubswarm.p2pengine.swarm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.p2pengine.testing.SmallTorrent;
import dev.hubswarm.protocol.metainfo.TorrentVersion;
import dev.hubswarm.testkit.FakePeer;
import dev.hubswarm.testkit.LeakCheck;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Connections that are there to be in the way. */
@ExtendWith(LeakCheck.class)
final class HostileConnectionTest {
    private static final long SECOND = 1_000_000_000L;
    private static final int BLOCK = SmallTorrent.BLOCK;

    private final SmallTorrent torrent = SmallTorrent.of(TorrentVersion.V1, 64 << 10, 3_000_000);
    private final Internet internet = new Internet();

    private Member member(SwarmConfig config, boolean isSeed) throws Exception {
        return Member.of(1, config, internet.transport(), torrent).having(isSeed);
    }

    private static SwarmConfig config(int maxPeers, int maxConnections) {
        return new SwarmConfig(Member.config().listen(), maxPeers, maxConnections, 8, 0, 0);
    }

    @Test
    void whoDoesNotGreetIsClosedAfterTenSecondsHoweverSlowlyItSpeaks() throws Exception {
        byte[] greeting = new FakePeer().greet(new byte[20], 0, "").takeSaid();
        try (Member member = member(Member.config(), true);
                RawPeer silent = new RawPeer(member);
                RawPeer half = new RawPeer(member).send(Arrays.copyOf(greeting, 30));
                RawPeer dribbling = new RawPeer(member)) {
            member.await(() -> member.open() == 3);
            internet.skip(5 * SECOND);
            for (int i = 0; i < 3; i++) dribbling.send(Arrays.copyOfRange(greeting, i, i + 1));
            member.check();
            assertEquals(3, member.inside(member::open));
            internet.skip(6 * SECOND);
            member.check();
            silent.awaitEnd();
            half.awaitEnd();
            dribbling.awaitEnd();
            member.await(() -> member.open() == 0);
        }
    }

    @Test
    void whoSaysNothingDoesNotKeepOutWhoDoes() throws Exception {
        try (Member member = member(config(80, 16), true)) {
            List<RawPeer> silent = new ArrayList<>();
            for (int i = 0; i < 50; i++) silent.add(new RawPeer(member));
            member.await(() -> member.open() <= 4);
            // Of those that come in one moment some are turned away, so it may take a few tries.
            while (member.sessions().isEmpty()) {
                RawPeer peer = new RawPeer(member);
                silent.add(peer);
                try {
                    peer.greet(torrent, 1).await(FakePeer.BITFIELD);
                } catch (IOException e) {
                    continue;
                }
                assertEquals(1, member.sessions().size());
            }
            for (RawPeer one : silent) one.close();
        }
    }

    @Test
    void aHostHasTwoConnectionsForEachTorrent() throws Exception {
        internet.callers = Internet.address(9, 0);
        try (Member member = member(Member.config(), true)) {
            List<RawPeer> flood = new ArrayList<>();
            for (int i = 0; i < 60; i++) {
                RawPeer peer = new RawPeer(member);
                flood.add(peer);
                try {
                    peer.greet(torrent, i);
                    if (i < 2) peer.await(FakePeer.BITFIELD);
                } catch (IOException e) {
                    assertTrue(i >= 2, "closed before it was heard");
                }
            }
            for (RawPeer peer : flood.subList(2, 60)) peer.awaitEnd();
            assertEquals(2, member.sessions().size());
            internet.callers = Internet.address(10, 0);
            try (RawPeer other = new RawPeer(member).greet(torrent, 100)) {
                other.await(FakePeer.BITFIELD);
            }
            for (RawPeer peer : flood) peer.close();
        }
    }

    @Test
    void whoReadsNothingOfWhatItAskedForTakesLittleMemoryAndIsClosed() throws Exception {
        UnpooledByteBufAllocator buffers = new UnpooledByteBufAllocator(true);
        try (Member member = Member.of(1, Member.config(), internet.transport(buffers), torrent)
                        .having(true);
                RawPeer greedy = new RawPeer(member, 4 << 10).greet(torrent, 1)) {
            greedy.peer.say(FakePeer.INTERESTED);
            greedy.send().await(FakePeer.UNCHOKE);
            int pieces = torrent.geometry().pieceCount() - 1;
            for (int i = 0; i < 4000; i++) greedy.peer.say(FakePeer.REQUEST, i % pieces, 0, BLOCK);
            greedy.send();
            member.await(() -> buffers.metric().usedDirectMemory() >= 200 << 10);
            // 64 MB were asked for.
            long most = 0;
            for (int i = 0; i < 50; i++) {
                member.check();
                most = Math.max(most, buffers.metric().usedDirectMemory());
            }
            assertTrue(most <= 3 << 20, most + " bytes");
            assertEquals(1, member.sessions().size());
            // The system may have taken a little more since.
            for (int i = 0; i < 3 && member.inside(member::open) > 0; i++) {
                internet.skip(61 * SECOND);
                member.check();
            }
            member.await(() -> member.open() == 0);
            greedy.awaitEnd();
        }
    }

    @Test
    void whoIsOfNoUseMakesRoomForOneThatIsFound() throws Exception {
        try (Member seed = Member.seed(2, torrent);
                Member leech = member(config(2, 16), false);
                RawPeer one = new RawPeer(leech).greet(torrent, 1);
                RawPeer two = new RawPeer(leech).greet(torrent, 2)) {
            leech.await(() -> leech.joined().group().sessions().size() == 2);
            leech.found(PeerOrigin.TRACKER, internet.lives(seed, Internet.address(3, 6881)));
            internet.skip(50 * SECOND);
            leech.check();
            assertEquals(2, leech.sessions().size(), "they have a minute to show what they are good for");
            internet.skip(11 * SECOND);
            leech.check();
            leech.awaitDone();
            assertEquals(1, internet.calls.size());
            one.send();
            two.send();
        }
    }

    @Test
    void whoIsOfNoUseMakesRoomForOneThatCallsButNotForMany() throws Exception {
        try (Member member = member(config(2, 16), true);
                RawPeer one = new RawPeer(member).greet(torrent, 1);
                RawPeer two = new RawPeer(member).greet(torrent, 2)) {
            one.await(FakePeer.BITFIELD);
            two.await(FakePeer.BITFIELD);
            try (RawPeer early = new RawPeer(member).greet(torrent, 3)) {
                early.awaitEnd();
            }
            internet.skip(61 * SECOND);
            try (RawPeer late = new RawPeer(member).greet(torrent, 4)) {
                late.await(FakePeer.BITFIELD);
                try (RawPeer later = new RawPeer(member).greet(torrent, 5)) {
                    later.awaitEnd();
                }
                assertEquals(2, member.sessions().size());
            }
        }
    }
}
