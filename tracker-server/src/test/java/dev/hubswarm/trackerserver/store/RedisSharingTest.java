package dev.hubswarm.trackerserver.store;

import static dev.hubswarm.trackerserver.store.Samples.publication;
import static dev.hubswarm.trackerserver.store.Samples.sha256;
import static dev.hubswarm.trackerserver.store.StoreConformance.ALICE;
import static dev.hubswarm.trackerserver.store.StoreConformance.SOMEBODY;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.base.TlsTrust;
import dev.hubswarm.base.UserError;
import dev.hubswarm.protocol.announce.PeerAddress;
import dev.hubswarm.protocol.announce.SwarmKey;
import dev.hubswarm.protocol.metainfo.Hash;
import dev.hubswarm.protocol.metainfo.InfoHash;
import dev.hubswarm.testkit.LeakCheck;
import dev.hubswarm.trackerserver.swarm.PeerReport;
import dev.hubswarm.trackerserver.swarm.PeerReport.State;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Several tracker processes, in one, on a real Redis. */
@Tag("peer")
@ExtendWith(LeakCheck.class)
final class RedisSharingTest {
    /** Long enough for a busy machine; RedisTrackersTest holds the second that is promised. */
    private static final Duration SOON = Duration.ofSeconds(60);

    @TempDir
    private Path folder;

    private RedisProcess redis;

    @BeforeEach
    void startRedis() throws Exception {
        redis = RedisProcess.start(Files.createDirectory(folder.resolve("redis")));
    }

    @AfterEach
    void stopRedis() {
        redis.close();
    }

    private Node node(String name) throws Exception {
        return new Node(redis.uri(), folder.resolve(name));
    }

    private static PeerReport peer(int number, State state) {
        return new PeerReport(SwarmKey.of(sha256(1)), PeerAddress.v4(0x0a000000 + number, 6881), number, state);
    }

    @Test
    void aPeerAnnouncedAtOneIsKnownToTheOther() throws Exception {
        try (Node here = node("a");
                Node there = node("b")) {
            for (State state : State.values()) {
                here.store.announced(peer(1, state));
                there.awaitPeer(peer(1, state), SOON);
            }
            there.store.announced(peer(2, State.SEEDER));
            here.awaitPeer(peer(2, State.SEEDER), SOON);
            assertEquals(Set.of(peer(2, State.SEEDER)), here.peers(), "its own are no news");
        }
    }

    @Test
    void aPublicationAtOneIsInTheCatalogueOfTheOther() throws Exception {
        try (Node here = node("a");
                Node there = node("b")) {
            Place place = new Place(Samples.REPO, Samples.COMMIT, "dir/file \u00e9.bin");
            Publication publication = publication(1, 0, ALICE, place);
            here.store.publish(publication);
            there.awaitTorrent(publication.infoHash(), SOON);
            assertEquals(here.store.candidates(sha256(1)), there.store.candidates(sha256(1)));
            assertArrayEquals(publication.torrent(), there.store.torrent(StoreConformance.v2(publication)));

            there.store.publish(publication(1, 0, SOMEBODY));
            there.store.publish(publication(1, 1, SOMEBODY));
            here.awaitTorrent(publication(1, 1, SOMEBODY).infoHash(), SOON);
            assertEquals(there.store.candidates(sha256(1)), here.store.candidates(sha256(1)));
            assertEquals(2, here.store.candidates(sha256(1)).get(0).attestations());
            List<RepoFile> files = List.of(new RepoFile(place, sha256(1), publication.size()));
            assertEquals(files, there.store.files(Samples.REPO, null, "", 10));
        }
    }

    @Test
    void aNewProcessLearnsWhatIsThereBeforeItServes() throws Exception {
        try (Node here = node("a")) {
            Set<InfoHash> torrents = publish(here, 0, 700);
            here.store.announced(peer(1, State.SEEDER));
            here.store.announced(peer(1, State.GONE));
            Snapshot snapshot = Samples.snapshot("org/a", Samples.COMMIT, 1, true);
            here.store.addSnapshot(snapshot, Samples.files(), new byte[] {1, 2});
            torrents.add(snapshot.torrent());
            try (Node late = node("b")) {
                assertEquals(torrents, late.torrents());
                assertEquals(snapshot, late.store.snapshot(snapshot.id()));
                assertEquals(Samples.files(), late.store.snapshotFiles(snapshot.id()));
                assertArrayEquals(new byte[] {1, 2}, late.store.torrent(snapshot.infoHash()));
                late.awaitPeer(peer(1, State.GONE), SOON);
                assertTrue(late.age(peer(1, State.SEEDER)).compareTo(SOON) < 0);
            }
        }
    }

    private static Set<InfoHash> publish(Node node, int from, int to) throws Exception {
        Set<InfoHash> torrents = new HashSet<>();
        for (int i = from; i < to; i++) {
            Publication publication = publication(i, 0, ALICE);
            node.store.publish(publication);
            torrents.add(publication.infoHash());
        }
        return torrents;
    }

    @Test
    void whatIsPublishedWhileRedisIsGoneIsSharedLater() throws Exception {
        try (Node here = node("a");
                Node there = node("b")) {
            Set<InfoHash> all = publish(here, 0, 3);
            assertTrue(here.store.sharing().linked());
            redis.kill();
            all.addAll(publish(here, 3, 6));
            all.addAll(publish(there, 6, 9));
            here.store.announced(peer(1, State.LEECHER));
            assertFalse(here.store.sharing().linked());
            assertTrue(here.store.sharing().unsent() >= 1);
            redis.start();
            here.awaitTorrents(all, SOON);
            there.awaitTorrents(all, SOON);
            there.awaitPeer(peer(1, State.LEECHER), SOON);
        }
    }

    @Test
    void aRedisThatHangsHoldsUpNoAnswer() throws Exception {
        try (Node here = node("a");
                Node there = node("b")) {
            redis.pause();
            long start = System.nanoTime();
            here.store.announced(peer(1, State.LEECHER));
            Set<InfoHash> torrents = publish(here, 0, 1);
            assertEquals(torrents, here.torrents());
            assertEquals(1, here.store.candidates(sha256(0)).size());
            Duration took = Duration.ofNanos(System.nanoTime() - start);
            assertTrue(took.compareTo(Duration.ofSeconds(4)) < 0, took::toString);
            redis.resume();
            there.awaitTorrents(torrents, SOON);
            there.awaitPeer(peer(1, State.LEECHER), SOON);
        }
    }

    /** As over a line of half a second. */
    @Test
    void aSlowRedisIsStillOfUse() throws Exception {
        try (SlowLine line = new SlowLine(redis.uri().port(), Duration.ofMillis(250));
                Node here = new Node(line.uri(), folder.resolve("a"));
                Node there = node("b")) {
            Set<InfoHash> torrents = publish(here, 0, 3);
            there.awaitTorrents(torrents, SOON);
            torrents.addAll(publish(there, 3, 6));
            here.awaitTorrents(torrents, SOON);
            here.store.announced(peer(1, State.LEECHER));
            there.awaitPeer(peer(1, State.LEECHER), SOON);
        }
    }

    @Test
    void anEmptiedRedisIsFilledAgain() throws Exception {
        try (Node here = node("a");
                Node there = node("b")) {
            Set<InfoHash> all = publish(here, 0, 40);
            Snapshot snapshot = Samples.snapshot("org/a", Samples.COMMIT, 1, true);
            there.store.addSnapshot(snapshot, Samples.files(), new byte[] {1, 2});
            all.add(snapshot.torrent());
            here.awaitTorrents(all, SOON);
            try (RedisServer server = new RedisServer(redis.uri(), TlsTrust.of(null));
                    RedisLink link = server.connect()) {
                link.get(link.commands().flushall());
            }
            // Which shows that both went on, and looked.
            here.store.announced(peer(3, State.SEEDER));
            there.awaitPeer(peer(3, State.SEEDER), SOON);
            there.store.announced(peer(4, State.SEEDER));
            here.awaitPeer(peer(4, State.SEEDER), SOON);
            all.addAll(publish(here, 40, 41));
            try (Node late = node("c")) {
                late.awaitTorrents(all, SOON);
            }
        }
    }

    @Test
    void aSnapshotIsApprovedAndDeletedForAll() throws Exception {
        try (Node here = node("a");
                Node there = node("b")) {
            Snapshot pending = Samples.snapshot("org/a", Samples.COMMIT, 1, false);
            here.store.addSnapshot(pending, Samples.files(), new byte[] {1});
            // Peers are heard after it, and pending ones are not announced.
            here.store.announced(peer(1, State.SEEDER));
            there.awaitPeer(peer(1, State.SEEDER), SOON);
            assertEquals(pending, there.store.snapshot(pending.id()));
            assertEquals(Set.of(), there.torrents());
            there.store.approveSnapshot(pending.id());
            here.awaitTorrent(pending.torrent(), SOON);
            assertTrue(here.store.deleteSnapshot(pending.id()));
            there.awaitTorrents(Set.of(), SOON);
            assertNull(there.store.snapshot(pending.id()));
        }
        try (Node late = node("c")) {
            assertEquals(List.of(), late.store.snapshots(StoreConformance.ALL, 10));
        }
    }

    @Test
    void aDeletedSnapshotIsNotBroughtBackByAProcessThatWasAway() throws Exception {
        Snapshot snapshot = Samples.snapshot("org/a", Samples.COMMIT, 1, true);
        try (Node here = node("a")) {
            here.store.addSnapshot(snapshot, Samples.files(), new byte[] {1});
            node("b").close();
            assertTrue(here.store.deleteSnapshot(snapshot.id()));
            try (Node back = node("b")) {
                assertEquals(Set.of(), back.torrents());
            }
            assertEquals(Set.of(), here.torrents());
        }
    }

    @Test
    void nothingIsDeletedWhileRedisIsGone() throws Exception {
        try (Node here = node("a")) {
            Snapshot snapshot = Samples.snapshot("org/a", Samples.COMMIT, 1, true);
            here.store.addSnapshot(snapshot, Samples.files(), new byte[] {1});
            redis.kill();
            assertThrows(StoreException.class, () -> here.store.deleteSnapshot(snapshot.id()));
            assertEquals(snapshot, here.store.snapshot(snapshot.id()));
        }
    }

    @Test
    void ofTwoSnapshotsOfOneCommitAllKeepTheOlder() throws Exception {
        Snapshot older = Samples.snapshot("org/a", Samples.COMMIT, 1, true);
        Snapshot newer = Samples.snapshot("org/a", Samples.COMMIT, 2, true);
        try (Node here = node("a");
                Node there = node("b")) {
            redis.kill();
            here.store.addSnapshot(newer, Samples.files(), new byte[] {2});
            there.store.addSnapshot(older, Samples.files(), new byte[] {1});
            redis.start();
            here.awaitTorrents(Set.of(older.torrent()), SOON);
            there.awaitTorrents(Set.of(older.torrent()), SOON);
        }
    }

    @Test
    void aTrackerStartsWithoutRedisIfItOnceWasThere() throws Exception {
        Set<InfoHash> torrents;
        try (Node here = node("a")) {
            torrents = publish(here, 0, 3);
        }
        redis.kill();
        try (Node again = node("a")) {
            assertEquals(torrents, again.torrents());
            torrents.addAll(publish(again, 3, 4));
            redis.start();
            try (Node other = node("b")) {
                other.awaitTorrents(torrents, SOON);
            }
        }
    }

    @Test
    void aFirstStartWithoutRedisFailsAndLeavesNothing() {
        redis.kill();
        UserError error = assertThrows(UserError.class, () -> node("a"));
        assertTrue(error.toString().contains("cannot be reached"), error::toString);
        assertFalse(
                Files.exists(folder.resolve("a/redis-127.0.0.1-" + redis.uri().port() + "-0-1.db")));
    }

    @Test
    void processesThatShareAFolderHaveACopyEach() throws Exception {
        try (Node here = node("a");
                Node there = node("a")) {
            Set<InfoHash> torrents = publish(here, 0, 2);
            there.awaitTorrents(torrents, SOON);
        }
    }

    @Test
    void aRecordWhoseTorrentIsMissingIsPutBackByWhoHasIt() throws Exception {
        try (Node here = node("a")) {
            Publication publication = publication(1, 0, ALICE);
            here.store.publish(publication);
            Hash v2 = StoreConformance.v2(publication);
            try (RedisServer server = new RedisServer(redis.uri(), TlsTrust.of(null));
                    RedisLink link = server.connect()) {
                link.get(link.commands().del(RedisLink.key("torrent:" + v2.hex())));
                try (Node other = node("b")) {
                    assertEquals(Map.of(), other.store.candidates(List.of(sha256(1))));
                    link.get(link.commands().del(RedisLink.key("epoch")));
                    other.awaitTorrent(publication.infoHash(), SOON);
                }
            }
        }
    }
}
