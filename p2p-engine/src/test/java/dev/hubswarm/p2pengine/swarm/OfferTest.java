package dev.hubswarm.p2pengine.swarm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.base.UserError;
import dev.hubswarm.p2pengine.testing.MemoryStore;
import dev.hubswarm.p2pengine.testing.SmallTorrent;
import dev.hubswarm.p2pengine.transfer.Transfer;
import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.protocol.metainfo.TorrentVersion;
import dev.hubswarm.testkit.FakePeer;
import dev.hubswarm.testkit.LeakCheck;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Torrents that are here only once a peer calls for them, on loopback. */
@ExtendWith(LeakCheck.class)
final class OfferTest {
    private static final SmallTorrent TORRENT = SmallTorrent.of(TorrentVersion.HYBRID, 128 << 10, 3_000_000);

    private static Member member() throws Exception {
        return Member.of(1, Member.config(), Transport.best(), TORRENT);
    }

    @Test
    void whoCallsWaitsUntilTheTorrentBeganAndGetsAllOfIt() throws Exception {
        try (Member member = member();
                Member first = Member.leech(2, TORRENT);
                Member second = Member.leech(3, TORRENT)) {
            Sleeper sleeper = Sleeper.in(member);
            first.found(PeerOrigin.TRACKER, member.address());
            second.found(PeerOrigin.TRACKER, member.address());
            member.await(() -> member.open() == 2 && sleeper.calls == 1);
            assertNotNull(member.inside(sleeper::begin));
            first.awaitDone();
            second.awaitDone();
            assertEquals(1, sleeper.calls);
        }
    }

    @Test
    void whatACallerSaidBeforeIsHeardThen() throws Exception {
        try (Member member = member();
                RawPeer caller = new RawPeer(member)) {
            Sleeper sleeper = Sleeper.in(member);
            // In one packet with the handshake, so that it is read with it.
            caller.peer.greet(
                    Objects.requireNonNull(TORRENT.metainfo().infoHash().v1()).bytes(),
                    FakePeer.EXTENSIONS,
                    "-XX0000-000000000007");
            caller.peer.say(FakePeer.INTERESTED);
            caller.send();
            member.await(() -> sleeper.calls == 1);
            caller.peer.say(FakePeer.REQUEST, 0, 0, 16 << 10);
            caller.send();
            assertNotNull(member.inside(sleeper::begin));
            caller.await(FakePeer.UNCHOKE);
            caller.peer.say(FakePeer.REQUEST, 1, 0, 16 << 10);
            caller.send();
            assertEquals(8 + (16 << 10), caller.await(FakePeer.PIECE).body().length);
        }
    }

    @Test
    void itGoesToSleepAndIsWokenAgain() throws Exception {
        try (Member member = member();
                Member first = Member.leech(2, TORRENT);
                Member second = Member.leech(3, TORRENT)) {
            Sleeper sleeper = Sleeper.in(member);
            first.found(PeerOrigin.TRACKER, member.address());
            member.await(() -> sleeper.calls == 1);
            SwarmTorrent begun = Objects.requireNonNull(member.inside(sleeper::begin));
            first.awaitDone();
            member.inside(() -> {
                begun.close();
                return true;
            });
            second.found(PeerOrigin.TRACKER, member.address());
            member.await(() -> sleeper.calls == 2);
            member.inside(sleeper::begin);
            second.awaitDone();
            assertTrue(second.isDone());
        }
    }

    @Test
    void whoJoinsItGoesFirstAndServesThoseWhoCall() throws Exception {
        try (Member member = member();
                Member first = Member.leech(2, TORRENT);
                Member second = Member.leech(3, TORRENT)) {
            Sleeper sleeper = Sleeper.in(member);
            first.found(PeerOrigin.TRACKER, member.address());
            member.await(() -> sleeper.calls == 1);
            member.inside(sleeper::begin);
            first.awaitDone();
            member.having(true);
            assertEquals(1, sleeper.displaced);
            assertNull(member.inside(sleeper::begin));
            second.found(PeerOrigin.TRACKER, member.address());
            second.awaitDone();
            assertEquals(1, sleeper.calls);
        }
    }

    @Test
    void takenBackItLetsThoseGoWhoWait() throws Exception {
        try (Member member = member();
                RawPeer waiting = new RawPeer(member);
                RawPeer late = new RawPeer(member)) {
            Sleeper sleeper = Sleeper.in(member);
            waiting.greet(TORRENT, 2);
            member.await(() -> sleeper.calls == 1);
            member.inside(() -> {
                sleeper.offer.close();
                return true;
            });
            waiting.awaitEnd();
            late.greet(TORRENT, 3).awaitEnd();
            assertEquals(1, sleeper.calls);
        }
    }

    @Test
    void whoHungUpWhileItWaitedIsForgotten() throws Exception {
        try (Member member = member()) {
            Sleeper sleeper = Sleeper.in(member);
            try (RawPeer waiting = new RawPeer(member)) {
                waiting.greet(TORRENT, 2);
                member.await(() -> sleeper.calls == 1);
            }
            member.await(() -> member.open() == 0);
            SwarmTorrent begun = Objects.requireNonNull(member.inside(sleeper::begin));
            assertEquals(0, member.inside(() -> begun.group().sessions().size()));
        }
    }

    @Test
    void theSameTorrentIsNotOfferedTwice() throws Exception {
        try (Member member = member()) {
            Sleeper.in(member);
            assertThrows(ExecutionException.class, () -> Sleeper.in(member));
        }
    }

    /** Does what a seeder does. Confined to the loop. */
    private static final class Sleeper implements Offer.Owner, SwarmTorrent.Listener {
        private final Swarm swarm;
        private final Offer offer;
        private int calls;
        private int displaced;

        private Sleeper(Swarm swarm) {
            this.swarm = swarm;
            offer = swarm.offer(TORRENT.metainfo().infoHash(), this);
        }

        static Sleeper in(Member member) throws Exception {
            return member.inside(() -> new Sleeper(member.swarm));
        }

        @Override
        public void called() {
            calls++;
        }

        @Override
        public void displaced() {
            displaced++;
        }

        @Nullable
        SwarmTorrent begin() {
            SwarmTorrent joined = offer.join(this);
            if (joined == null) return null;
            joined.begin(
                    new Transfer(
                            swarm.loop(),
                            TORRENT.geometry(),
                            news -> new MemoryStore(swarm.loop(), TORRENT.geometry(), TORRENT.bytes(), true, news)
                                    .whole(),
                            new Random(1)),
                    TORRENT.metainfo());
            return joined;
        }

        @Override
        public void metadata(Metainfo found) {}

        @Override
        public void unusable(UserError failure) {}
    }
}
