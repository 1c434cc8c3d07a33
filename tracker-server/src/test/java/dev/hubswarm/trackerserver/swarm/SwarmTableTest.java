package dev.hubswarm.trackerserver.swarm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.protocol.announce.AnnounceEvent;
import dev.hubswarm.protocol.announce.AnnounceException;
import dev.hubswarm.protocol.announce.AnnounceRequest;
import dev.hubswarm.protocol.announce.AnnounceResponse;
import dev.hubswarm.protocol.announce.PeerAddress;
import dev.hubswarm.protocol.announce.PeerId;
import dev.hubswarm.protocol.announce.SwarmKey;
import dev.hubswarm.protocol.announce.SwarmStats;
import dev.hubswarm.protocol.metainfo.InfoHash;
import dev.hubswarm.protocol.metainfo.TorrentVersion;
import dev.hubswarm.trackerserver.swarm.PeerReport.State;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SwarmTableTest {
    private static final InfoHash HYBRID = InfoHash.of(new byte[] {1}, TorrentVersion.HYBRID);
    private static final SwarmKey V1 = SwarmKey.allOf(HYBRID).get(0);
    private static final SwarmKey V2 = SwarmKey.allOf(HYBRID).get(1);
    private static final long SECOND = 1_000_000_000L;
    private static final int INTERVAL = 1800;
    private static final int KEY = 77;
    /** A million with {@code -Dhubswarm.long=true}. */
    private static final int HASHES = Boolean.getBoolean("hubswarm.long") ? 1_000_000 : 20_000;

    private final List<PeerReport> reports = new ArrayList<>();
    private SwarmTable table = new SwarmTable(SwarmConfig.DEFAULT, reports::add);
    private long now = -3 * SECOND;

    SwarmTableTest() {
        table.register(HYBRID);
    }

    @AfterEach
    void invariants() {
        table.checkInvariants();
    }

    private void limit(int swarms, int peers, int perSwarm, int perSubscriber, int perHost) {
        SwarmConfig limits = new SwarmConfig(
                true,
                Duration.ofSeconds(INTERVAL),
                Duration.ofHours(2),
                1000,
                swarms,
                peers,
                perSwarm,
                perSubscriber,
                perHost);
        table = new SwarmTable(limits, reports::add);
    }

    private static PeerAddress peer(int number) {
        // Each in a subnet of its own.
        return PeerAddress.v4(0x08000000 + number * 256, 6881);
    }

    private static AnnounceRequest request(SwarmKey swarm, PeerAddress from, long left, AnnounceEvent event, int key) {
        return new AnnounceRequest(
                swarm, new PeerId(1, 2, 3), from.port(), 0, 0, left, event, AnnounceRequest.UNSAID, key, true, null);
    }

    private AnnounceResponse announce(PeerAddress from, long left, AnnounceEvent event, int key) throws Exception {
        return table.announce(request(V1, from, left, event, key), from, now);
    }

    private AnnounceResponse leech(PeerAddress from) throws Exception {
        return announce(from, 100, AnnounceEvent.NONE, KEY);
    }

    private AnnounceResponse seed(PeerAddress from) throws Exception {
        return announce(from, 0, AnnounceEvent.NONE, KEY);
    }

    private void after(long seconds) {
        now += seconds * SECOND;
    }

    @Test
    void onlyRegisteredTorrentsAreAnnounced() {
        SwarmKey other = new SwarmKey(1, 1, 1);
        AnnounceException refused = assertThrows(
                AnnounceException.class,
                () -> table.announce(request(other, peer(1), 0, AnnounceEvent.NONE, 0), peer(1), now));
        assertEquals("this tracker does not know the torrent", refused.reason());
        assertFalse(table.contains(other));
    }

    @Test
    void bothHashesOfAHybridAreOneSwarm() throws Exception {
        seed(peer(1));
        AnnounceResponse second = table.announce(request(V2, peer(2), 9, AnnounceEvent.STARTED, KEY), peer(2), now);
        assertEquals(List.of(peer(1)), second.peers().toList());
        assertEquals(new SwarmStats(1, 0, 1), table.stats(V1));
        assertEquals(new SwarmStats(1, 0, 1), table.stats(V2));
    }

    @Test
    void registeringAgainChangesNothingAndUnregisteringForgets() throws Exception {
        seed(peer(1));
        table.register(HYBRID);
        assertEquals(1, table.stats(V1).complete());
        table.unregister(HYBRID);
        assertEquals(0, table.peers());
        assertThrows(AnnounceException.class, () -> seed(peer(1)));
    }

    @Test
    void aSwarmThatIsRegisteredWhileOpenKeepsItsPeers() throws Exception {
        table = new SwarmTable(SwarmConfig.DEFAULT.withOpen(true), reports::add);
        seed(peer(1));
        table.announce(request(V2, peer(2), 0, AnnounceEvent.NONE, KEY), peer(2), now);
        table.register(HYBRID);
        assertEquals(new SwarmStats(1, 0, 0), table.stats(V2));
        assertEquals(1, table.peers());
    }

    @Test
    void aLeecherSeesSeedersFirstAndSomeOfItsKind() throws Exception {
        for (int i = 0; i < 60; i++) seed(peer(i));
        for (int i = 60; i < 120; i++) leech(peer(i));
        List<PeerAddress> seen = leech(peer(200)).peers().toList();
        assertEquals(50, seen.size());
        long seeders =
                seen.subList(0, 38).stream().filter(SwarmTableTest::isSeeder).count();
        assertEquals(38, seeders);
        assertEquals(
                0,
                seen.subList(38, 50).stream().filter(SwarmTableTest::isSeeder).count());
    }

    private static boolean isSeeder(PeerAddress peer) {
        return peer.v4Bits() < peer(60).v4Bits();
    }

    @Test
    void aSeederSeesLeechersOnly() throws Exception {
        seed(peer(1));
        seed(peer(2));
        leech(peer(3));
        assertEquals(List.of(peer(3)), seed(peer(4)).peers().toList());
    }

    @Test
    void nobodySeesHimselfNorAnyPeerTwice() throws Exception {
        for (int swarm = 2; swarm < 60; swarm++) {
            leech(peer(swarm));
            List<PeerAddress> seen = leech(peer(1)).peers().toList();
            assertEquals(Math.min(50, swarm - 1), seen.size());
            assertEquals(seen.size(), new HashSet<>(seen).size());
            assertFalse(seen.contains(peer(1)));
        }
    }

    @Test
    void everyPeerIsSeenByAndBy() throws Exception {
        for (int i = 0; i < 500; i++) leech(peer(i));
        Set<PeerAddress> seen = new HashSet<>();
        for (int i = 0; i < 200; i++) seen.addAll(leech(peer(1000)).peers().toList());
        assertTrue(seen.size() >= 495, "only " + seen.size() + " of 500");
    }

    @Test
    void nearPeersArePreferred() throws Exception {
        for (int i = 0; i < 200; i++) leech(peer(i));
        PeerAddress near = PeerAddress.v4(0x0a000005, 7000);
        leech(near);
        for (int i = 0; i < 20; i++) {
            assertEquals(
                    near,
                    leech(PeerAddress.v4(0x0a0000ff, 7000)).peers().toList().get(0));
        }
    }

    @Test
    void oneGetsAsManyPeersAsItWants() throws Exception {
        for (int i = 0; i < 100; i++) seed(peer(i));
        for (int[] wantAndGot : new int[][] {{AnnounceRequest.UNSAID, 50}, {0, 50}, {1, 1}, {7, 7}, {51, 50}}) {
            AnnounceRequest request = new AnnounceRequest(
                    V1, new PeerId(1, 2, 3), 6881, 0, 0, 9, AnnounceEvent.NONE, wantAndGot[0], KEY, true, null);
            assertEquals(
                    wantAndGot[1],
                    table.announce(request, peer(500), now).peers().count());
        }
    }

    @Test
    void ownFamilyComesFirstAndUdpHasNoOther() throws Exception {
        PeerAddress v6 = new PeerAddress(0x2001_0db8_0000_0000L, 5, 6881);
        for (int i = 0; i < 50; i++) leech(peer(i));
        leech(v6);
        assertEquals(0, leech(peer(100)).peers().countV6());
        AnnounceRequest request = request(V1, v6, 1, AnnounceEvent.NONE, KEY);
        assertEquals(50, table.announce(request, v6, now).peers().countV4());
        assertEquals(
                0,
                table.announce(request, v6, new PeerChoice(false), now).peers().count());
    }

    @Test
    void peersThatNobodyCanDialAreAnsweredButNotKept() throws Exception {
        seed(peer(1));
        for (PeerAddress odd : List.of(
                peer(2).withPort(0), peer(2).withPort(80), PeerAddress.v4(0xe0000001, 6881), PeerAddress.v4(0, 6881))) {
            assertEquals(1, leech(odd).peers().count(), odd::toString);
        }
        assertEquals(1, table.peers());
    }

    @Test
    void loopbackPeersAreHandedOutOverLoopbackOnly() throws Exception {
        PeerAddress here = PeerAddress.v4(0x7f000001, 6881);
        seed(here);
        assertEquals(0, leech(peer(1)).peers().count());
        assertEquals(List.of(here, peer(1)), leech(here.withPort(6882)).peers().toList());
        assertEquals(List.of(peer(1)), reports.stream().map(PeerReport::peer).toList());
    }

    @Test
    void stoppedNeedsTheKeyOfThePeer() throws Exception {
        seed(peer(1));
        AnnounceResponse ignored = announce(peer(1), 0, AnnounceEvent.STOPPED, KEY + 1);
        assertEquals(0, ignored.peers().count());
        assertEquals(1, table.stats(V1).complete());
        announce(peer(1), 0, AnnounceEvent.STOPPED, KEY);
        assertEquals(SwarmStats.EMPTY, table.stats(V1));
    }

    @Test
    void stoppedFromAnotherAddressDoesNothing() throws Exception {
        seed(peer(1));
        announce(peer(2), 0, AnnounceEvent.STOPPED, KEY);
        assertEquals(1, table.stats(V1).complete());
    }

    @Test
    void anotherKeyChangesAPeerOnlyOnceItIsSilent() throws Exception {
        seed(peer(1));
        after(INTERVAL);
        announce(peer(1), 5, AnnounceEvent.STARTED, KEY + 1);
        assertEquals(new SwarmStats(1, 0, 0), table.stats(V1));
        after(INTERVAL / 4);
        announce(peer(1), 5, AnnounceEvent.STARTED, KEY + 1);
        assertEquals(new SwarmStats(0, 0, 1), table.stats(V1));
    }

    @Test
    void aCompletionCountsOnce() throws Exception {
        leech(peer(1));
        for (int i = 0; i < 3; i++) announce(peer(1), 0, AnnounceEvent.COMPLETED, KEY);
        leech(peer(1));
        announce(peer(1), 0, AnnounceEvent.COMPLETED, KEY);
        // Was never seen to lack anything.
        announce(peer(2), 0, AnnounceEvent.COMPLETED, KEY);
        assertEquals(new SwarmStats(2, 1, 0), table.stats(V1));
    }

    @Test
    void silentPeersAreNoLongerHandedOutAndThenForgotten() throws Exception {
        seed(peer(1));
        after(2 * INTERVAL);
        assertEquals(1, leech(peer(2)).peers().count());
        after(INTERVAL);
        assertEquals(
                0,
                leech(peer(3)).peers().toList().stream().filter(peer(1)::equals).count());
        table.sweep(now);
        assertEquals(new SwarmStats(0, 0, 2), table.stats(V1));
    }

    @Test
    void theIntervalIsJitteredAndGrowsWithThePeers() throws Exception {
        limit(10, 100_000, 100_000, 100_000, 100_000);
        Set<Integer> told = new HashSet<>();
        for (int i = 0; i < 100; i++) told.add(seed(peer(i)).interval());
        assertTrue(told.size() > 20 && told.stream().allMatch(t -> t >= INTERVAL && t < INTERVAL * 11 / 10));
        SwarmConfig busy =
                new SwarmConfig(true, Duration.ofSeconds(10), Duration.ofSeconds(50), 1, 10, 1000, 1000, 1000, 1000);
        table = new SwarmTable(busy, reports::add);
        for (int i = 0; i < 30; i++) seed(peer(i));
        int interval = seed(peer(0)).interval();
        assertTrue(interval >= 30 && interval < 33, () -> "told " + interval);
        for (int i = 30; i < 100; i++) seed(peer(i));
        assertTrue(seed(peer(0)).interval() < 55);
    }

    @Test
    void reportsWhatMattersElsewhere() throws Exception {
        leech(peer(1));
        after(100);
        leech(peer(1));
        announce(peer(1), 0, AnnounceEvent.COMPLETED, KEY);
        after(INTERVAL);
        seed(peer(1));
        announce(peer(1), 0, AnnounceEvent.STOPPED, KEY);
        assertEquals(
                List.of(State.LEECHER, State.SEEDER, State.SEEDER, State.GONE),
                reports.stream().map(PeerReport::state).toList());
        assertEquals(new PeerReport(V1, peer(1), KEY, State.GONE), reports.get(3));
    }

    @Test
    void mergesWhatAnotherTrackerHeardAndTellsNobody() throws Exception {
        table.merge(new PeerReport(V2, peer(1), KEY, State.LEECHER), now);
        table.merge(new PeerReport(V1, peer(1), KEY, State.SEEDER), now);
        table.merge(new PeerReport(V1, peer(2), KEY, State.SEEDER), now);
        table.merge(new PeerReport(V1, PeerAddress.v4(0x7f000001, 6881), KEY, State.SEEDER), now);
        table.merge(new PeerReport(new SwarmKey(1, 1, 1), peer(3), KEY, State.SEEDER), now);
        assertEquals(new SwarmStats(2, 0, 0), table.stats(V1));
        table.merge(new PeerReport(V1, peer(1), KEY + 1, State.GONE), now);
        table.merge(new PeerReport(V1, peer(2), KEY, State.GONE), now);
        assertEquals(List.of(), reports);
        assertEquals(List.of(peer(1)), leech(peer(5)).peers().toList());
    }

    @Test
    void aFullSwarmTakesNoMoreUntilSomebodyIsSilent() throws Exception {
        limit(10, 100, 2, 100, 100);
        seed(peer(1));
        after(INTERVAL);
        seed(peer(2));
        assertEquals(2, leech(peer(3)).peers().count());
        assertEquals(new SwarmStats(2, 0, 0), table.stats(V1));
        after(INTERVAL * 3 / 2);
        table.sweep(now);
        leech(peer(3));
        assertEquals(new SwarmStats(1, 0, 1), table.stats(V1));
    }

    @Test
    void aFullTableTakesNoMorePeers() throws Exception {
        limit(10, 2, 100, 100, 100);
        for (int i = 0; i < 5; i++) seed(peer(i));
        assertEquals(2, table.peers());
        announce(peer(0), 0, AnnounceEvent.STOPPED, KEY);
        seed(peer(4));
        assertEquals(2, table.peers());
    }

    @Test
    void aSubscriberHasALimitInAllSwarmsAndAHostInOne() throws Exception {
        limit(100, 1000, 1000, 5, 3);
        for (int port = 2000; port < 2010; port++) seed(peer(1).withPort(port));
        assertEquals(3, table.stats(V1).complete());
        for (int swarm = 0; swarm < 10; swarm++) {
            AnnounceRequest request = request(new SwarmKey(1, 1, swarm), peer(1), 0, AnnounceEvent.NONE, KEY);
            table.announce(request, peer(1), now);
        }
        assertEquals(5, table.peers());
    }

    @Test
    void anOpenTableHasALimitOfSwarmsAndDropsThoseLeft() throws Exception {
        limit(2, 100, 100, 100, 100);
        AnnounceRequest first = request(new SwarmKey(1, 1, 1), peer(1), 0, AnnounceEvent.NONE, KEY);
        table.announce(first, peer(1), now);
        seed(peer(1));
        AnnounceRequest third = request(new SwarmKey(3, 3, 3), peer(1), 0, AnnounceEvent.NONE, KEY);
        assertThrows(AnnounceException.class, () -> table.announce(third, peer(1), now));
        announce(peer(1), 0, AnnounceEvent.STOPPED, KEY);
        table.sweep(now);
        assertFalse(table.contains(V1));
        table.announce(third, peer(1), now);
        assertTrue(table.contains(new SwarmKey(3, 3, 3)));
    }

    /** S29: 10,000 clients that one host claims to have, and random info hashes. */
    @Test
    void aFloodLeavesNoMoreThanTheLimitsAllow() throws Exception {
        limit(1000, 100_000, 10_000, 5000, 300);
        PeerAddress host = peer(1);
        for (int port = 1024; port < 11_024; port++) leech(host.withPort(port));
        assertEquals(300, table.peers());
        int refused = 0;
        for (int i = 0; i < HASHES; i++) {
            SwarmKey random = new SwarmKey(i, ~i, 31 * i);
            try {
                table.announce(request(random, host, 0, AnnounceEvent.NONE, i), host, now);
            } catch (AnnounceException e) {
                refused++;
            }
        }
        assertEquals(HASHES - 999, refused);
        assertEquals(300 + 999, table.peers());
        table.checkInvariants();
        after(10 * INTERVAL);
        table.sweep(now);
        assertEquals(0, table.swarms());
    }

    @Test
    void manyThreadsMayAnnounceRegisterAndSweep() throws Exception {
        table = new SwarmTable(SwarmConfig.DEFAULT.withOpen(true), report -> {});
        int threads = 4;
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        try {
            List<Future<?>> running = new ArrayList<>();
            for (int thread = 0; thread < threads; thread++) running.add(pool.submit(this::hammer));
            for (Future<?> each : running) each.get();
        } finally {
            pool.shutdown();
        }
        after(10 * INTERVAL);
        table.sweep(now);
        assertEquals(0, table.peers());
    }

    private Void hammer() throws Exception {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        InfoHash[] torrents = new InfoHash[4];
        for (int i = 0; i < torrents.length; i++) {
            torrents[i] = InfoHash.of(new byte[] {(byte) i}, TorrentVersion.HYBRID);
        }
        for (int i = 0; i < 20_000; i++) {
            InfoHash torrent = torrents[random.nextInt(torrents.length)];
            SwarmKey swarm = SwarmKey.allOf(torrent).get(random.nextInt(2));
            PeerAddress from = peer(random.nextInt(30));
            AnnounceEvent event = random.nextInt(4) == 0 ? AnnounceEvent.STOPPED : AnnounceEvent.NONE;
            table.announce(request(swarm, from, random.nextInt(2), event, KEY), from, now);
            if (i % 500 == 0) table.register(torrent);
            if (i % 700 == 0) table.unregister(torrent);
            if (i % 900 == 0) table.sweep(now);
        }
        return null;
    }
}
