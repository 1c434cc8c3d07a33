package dev.hubswarm.p2pengine.swarm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.p2pengine.store.DiskPieceStore;
import dev.hubswarm.p2pengine.store.MemoryBudget;
import dev.hubswarm.p2pengine.store.OpenFiles;
import dev.hubswarm.p2pengine.store.PieceHashes;
import dev.hubswarm.p2pengine.store.PieceSpace;
import dev.hubswarm.p2pengine.store.SegmentPool;
import dev.hubswarm.p2pengine.store.StoreResources;
import dev.hubswarm.p2pengine.store.TorrentFiles;
import dev.hubswarm.p2pengine.testing.SmallTorrent;
import dev.hubswarm.p2pengine.transfer.Transfer;
import dev.hubswarm.protocol.announce.PeerAddress;
import dev.hubswarm.protocol.metainfo.TorrentVersion;
import dev.hubswarm.storage.DiskPool;
import dev.hubswarm.testkit.LeakCheck;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(LeakCheck.class)
final class PoisonTest {
    private static final long SECOND = 1_000_000_000L;

    private static final boolean IS_LONG = Boolean.getBoolean("hubswarm.long");
    private static final int PEERS = IS_LONG ? 40 : 6;
    private static final int SIZE = (IS_LONG ? 256 : 6) << 20;

    /** reliability.md S2; as large as there with {@code -Dhubswarm.long=true}. */
    @ParameterizedTest
    @EnumSource(
            value = TorrentVersion.class,
            names = {"V1", "HYBRID"})
    void halfOfThePeersLieAndEveryByteIsRight(TorrentVersion version, @TempDir Path folder) throws Exception {
        SmallTorrent torrent = SmallTorrent.of(version, 256 << 10, SIZE);
        SmallTorrent spoilt = torrent.spoilt();
        List<Member> peers = new ArrayList<>();
        try (DiskPool disk = new DiskPool(2, 64);
                OpenFiles open = new OpenFiles(8);
                TorrentFiles files = TorrentFiles.open(
                        torrent.metainfo(), TorrentFiles.named(torrent.metainfo(), folder), any -> true, folder, open);
                Member leech = Member.of(1, Member.config(), Transport.best(), torrent)) {
            StoreResources resources = new StoreResources(
                    disk, new SegmentPool(1 << 20), new MemoryBudget(64 << 20), new MemoryBudget(8 << 20));
            PieceSpace space = PieceSpace.of(torrent.metainfo());
            PieceHashes hashes = PieceHashes.of(torrent.metainfo());
            Transfer transfer =
                    leech.into(news -> new DiskPieceStore(leech.swarm.loop(), space, hashes, files, resources, news));
            for (int i = 0; i < PEERS; i++) peers.add(Member.seed(100 + i, i % 2 == 0 ? torrent : spoilt));
            leech.found(PeerOrigin.TRACKER, peers.stream().map(Member::address).toArray(PeerAddress[]::new));
            leech.await(transfer::isComplete);
            long now = leech.swarm.loop().nowNanos();
            for (int i = 0; i < PEERS; i += 2) {
                PeerAddress honest = peers.get(i).address();
                assertNull(leech.inside(() -> leech.swarm.rules().bans().reason(honest, now)));
            }
            CountDownLatch closed = new CountDownLatch(1);
            leech.inside(() -> {
                transfer.close(closed::countDown);
                return true;
            });
            assertTrue(closed.await(60, TimeUnit.SECONDS));
            assertArrayEquals(torrent.bytes(), Files.readAllBytes(folder.resolve("weights")));
        } finally {
            for (Member peer : peers) peer.close();
        }
    }

    /** reliability.md S4. */
    @Test
    void aHostThatLiedTwiceIsRefusedWhateverItCallsItselfAndAfterARestart(@TempDir Path folder) throws Exception {
        SmallTorrent torrent = SmallTorrent.of(TorrentVersion.V1, 256 << 10, 20 << 20);
        SmallTorrent spoilt = torrent.spoilt();
        Path bans = folder.resolve("bans");
        Internet internet = new Internet();
        List<Member> liars = new ArrayList<>();
        try (Member seed = Member.seed(1, torrent);
                Member leech = Member.remembering(bans, internet.transport(), torrent)) {
            for (int id = 0; id < 10; id++) liars.add(Member.seed(100 + id, spoilt));
            PeerAddress[] places = new PeerAddress[100];
            for (int i = 0; i < 100; i++) {
                places[i] = internet.lives(liars.get(i % 10), Internet.address(66, 2000 + i));
            }
            leech.found(PeerOrigin.TRACKER, places);
            leech.await(() -> whyRefused(leech) != null);
            for (int i = 0; i < 20; i++) {
                internet.skip(60 * SECOND);
                leech.check();
            }
            assertTrue(internet.calls.size() <= 4, () -> "calls: " + internet.calls);
            int wrong = leech.wrongPieces();
            assertTrue(wrong <= 2, wrong + " pieces were wrong");
            leech.found(PeerOrigin.TRACKER, internet.lives(seed, Internet.address(1, 6881)));
            leech.awaitDone();
        } finally {
            for (Member liar : liars) liar.close();
        }
        try (Member again = Member.remembering(bans, internet.transport(), torrent)) {
            assertEquals("it sent wrong bytes", again.inside(() -> whyRefused(again)));
        }
    }

    /** S47: nothing depends on the wall clock but how long a ban lasts after a restart, and that never grows. */
    @ParameterizedTest
    @ValueSource(ints = {-1, 1})
    void aWallClockThatJumpsAnHourStopsNothingAndBansNobodyElse(int hours, @TempDir Path folder) throws Exception {
        SmallTorrent torrent = SmallTorrent.of(TorrentVersion.V1, 256 << 10, 4 << 20);
        Path bans = folder.resolve("bans");
        Internet internet = new Internet();
        PeerAddress honest = Internet.address(1, 6881);
        try (Member seed = Member.seed(1, torrent);
                Member liar = Member.seed(2, torrent.spoilt());
                Member other = Member.seed(3, torrent.spoilt());
                Member leech = Member.remembering(bans, internet.transport(), torrent)) {
            leech.found(
                    PeerOrigin.TRACKER,
                    internet.lives(liar, Internet.address(66, 1)),
                    internet.lives(other, Internet.address(66, 2)));
            leech.await(() -> whyRefused(leech) != null);
            seed.limit(1 << 20, 0);
            leech.found(PeerOrigin.TRACKER, internet.lives(seed, honest));
            leech.await(leech::isMeetingOne);
            internet.wall = internet.wall.plus(hours, ChronoUnit.HOURS);
            leech.check();
            assertEquals("it sent wrong bytes", leech.inside(() -> whyRefused(leech)));
            seed.limit(0, 0);
            leech.awaitDone();
            assertEquals(1, internet.calls.stream().filter(honest::equals).count(), "calls");
        }
        internet.wall = internet.wall.plus(-2L * hours, ChronoUnit.HOURS);
        try (Member again = Member.remembering(bans, internet.transport(), torrent)) {
            assertEquals("it sent wrong bytes", again.inside(() -> whyRefused(again)));
            BanList list = again.swarm.rules().bans();
            long now = again.swarm.loop().nowNanos();
            assertNull(again.inside(() -> list.reason(honest, now)));
            assertNull(again.inside(() -> list.reason(Internet.address(66, 1), now + BanList.BAN_NANOS)));
        }
    }

    /** On its loop. */
    private static @Nullable String whyRefused(Member member) {
        return member.swarm
                .rules()
                .bans()
                .reason(Internet.address(66, 1), member.swarm.loop().nowNanos());
    }
}
