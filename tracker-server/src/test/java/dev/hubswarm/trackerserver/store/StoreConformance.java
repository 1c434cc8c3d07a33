package dev.hubswarm.trackerserver.store;

import static dev.hubswarm.trackerserver.store.Samples.COMMIT;
import static dev.hubswarm.trackerserver.store.Samples.REPO;
import static dev.hubswarm.trackerserver.store.Samples.files;
import static dev.hubswarm.trackerserver.store.Samples.publication;
import static dev.hubswarm.trackerserver.store.Samples.sha256;
import static dev.hubswarm.trackerserver.store.Samples.snapshot;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.hub.request.RepoRef;
import dev.hubswarm.hub.request.RepoType;
import dev.hubswarm.protocol.metainfo.Hash;
import dev.hubswarm.protocol.metainfo.InfoHash;
import dev.hubswarm.testkit.LeakCheck;
import dev.hubswarm.trackerserver.store.Published.Outcome;
import dev.hubswarm.trackerserver.swarm.PeerReport;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What every kind of store does. */
@ExtendWith(LeakCheck.class)
abstract class StoreConformance {
    static final Publisher ALICE = new Publisher("alice", true);
    /** Of every store here; no other token is of one. */
    static final Set<String> TOKENS = Set.of("alice");

    static final Publisher REMOVED = new Publisher("bob", true);
    static final Publisher SOMEBODY = new Publisher("192.0.2.1/32", false);
    static final SnapshotFilter ALL = new SnapshotFilter(null, null, null, true);
    static final SnapshotFilter ACTIVE = new SnapshotFilter(null, null, null, false);
    private static final String OTHER_COMMIT = "1123456789abcdef0123456789abcdef01234567";

    /** What may be announced, as far as the store told. */
    static final class Registered implements TrackerStore.Follower {
        final Set<InfoHash> torrents = ConcurrentHashMap.newKeySet();

        @Override
        public void registered(InfoHash torrent) {
            torrents.add(torrent);
        }

        @Override
        public void unregistered(InfoHash torrent) {
            torrents.remove(torrent);
        }

        @Override
        public void announced(PeerReport report, long ageNanos) {}
    }

    private final Registered registered = new Registered();
    TrackerStore store;

    /** An empty store, for which {@link #TOKENS} count. */
    abstract TrackerStore open() throws Exception;

    @BeforeEach
    void openStore() throws Exception {
        store = open();
        store.follow(registered);
    }

    @AfterEach
    void closeStore() {
        store.close();
    }

    @Test
    void theFirstTorrentOfADigestIsNew() throws Exception {
        Publication publication = publication(1, 0, ALICE);
        assertEquals(new Published(Outcome.NEW, 1), store.publish(publication));
        Candidate candidate = new Candidate(sha256(1), 1_000_001, publication.infoHash(), 1 << 18, 1, true);
        assertEquals(List.of(candidate), store.candidates(sha256(1)));
        assertArrayEquals(publication.torrent(), store.torrent(v2(publication)));
        assertEquals(Set.of(publication.infoHash()), registered.torrents);
    }

    @Test
    void whatNobodyPublishedIsNotThere() throws Exception {
        assertEquals(List.of(), store.candidates(sha256(1)));
        assertNull(store.torrent(sha256(1)));
        assertEquals(List.of(), store.files(REPO, null, "", 10));
        assertEquals(List.of(), store.snapshots(ALL, 10));
        assertEquals(0, store.countSnapshots(ALL));
        assertNull(store.snapshot("0123456789abcdef01234567"));
        assertNull(store.snapshot(REPO, COMMIT));
        assertEquals(List.of(), store.snapshotFiles("0123456789abcdef01234567"));
        assertFalse(store.approveSnapshot("0123456789abcdef01234567"));
        assertFalse(store.deleteSnapshot("0123456789abcdef01234567"));
    }

    @Test
    void everyPublisherCountsOnce() throws Exception {
        store.publish(publication(1, 0, SOMEBODY));
        assertEquals(new Published(Outcome.COUNTED, 1), store.publish(publication(1, 0, SOMEBODY)));
        assertEquals(new Published(Outcome.COUNTED, 2), store.publish(publication(1, 0, ALICE)));
        assertEquals(new Published(Outcome.COUNTED, 2), store.publish(publication(1, 0, ALICE)));
        assertTrue(store.candidates(sha256(1)).get(0).attestedByToken());
    }

    @Test
    void aNetworkIsNoTokenOfTheSameName() throws Exception {
        store.publish(publication(1, 0, new Publisher("alice", false)));
        assertFalse(store.candidates(sha256(1)).get(0).attestedByToken());
        assertEquals(new Published(Outcome.COUNTED, 2), store.publish(publication(1, 0, ALICE)));
    }

    @Test
    void anonymousPublishersAreCountedUpToALimit() throws Exception {
        for (int i = 0; i < TrackerStore.MAX_ANONYMOUS; i++) {
            Published published = store.publish(publication(1, 0, anonymous(i)));
            assertEquals(i + 1, published.attestations());
        }
        assertEquals(
                new Published(Outcome.COUNTED, TrackerStore.MAX_ANONYMOUS),
                store.publish(publication(1, 0, anonymous(TrackerStore.MAX_ANONYMOUS))));
        assertEquals(
                new Published(Outcome.COUNTED, TrackerStore.MAX_ANONYMOUS + 1),
                store.publish(publication(1, 0, ALICE)));
    }

    @Test
    void rivalsStandBesideEachOtherUpToALimit() throws Exception {
        store.publish(publication(1, 0, SOMEBODY));
        for (int i = 1; i < TrackerStore.MAX_CANDIDATES; i++)
            assertEquals(new Published(Outcome.RIVAL, 1), store.publish(publication(1, i, SOMEBODY)));
        Publication late = publication(1, TrackerStore.MAX_CANDIDATES, SOMEBODY);
        assertEquals(new Published(Outcome.FULL, 0), store.publish(late));
        assertEquals(new Published(Outcome.COUNTED, 2), store.publish(publication(1, 3, ALICE)));
        assertEquals(TrackerStore.MAX_CANDIDATES, store.candidates(sha256(1)).size());
        assertNull(store.torrent(v2(late)));
        assertEquals(TrackerStore.MAX_CANDIDATES, registered.torrents.size());
    }

    @Test
    void aTokenFindsAPlaceWhereACrowdIs() throws Exception {
        for (int i = 0; i < TrackerStore.MAX_CANDIDATES; i++) store.publish(publication(1, i, SOMEBODY));
        store.publish(publication(1, 7, anonymous(1)));
        assertEquals(
                Outcome.FULL, store.publish(publication(1, 99, anonymous(1))).outcome());

        Publication late = publication(1, 8, ALICE);
        assertEquals(new Published(Outcome.RIVAL, 1), store.publish(late));
        Publication pushedOut = publication(1, 6, SOMEBODY);
        assertEquals(List.of(8, 7, 0, 1, 2, 3, 4, 5), rivals());
        assertNull(store.torrent(v2(pushedOut)));
        assertFalse(registered.torrents.contains(pushedOut.infoHash()));
        assertTrue(registered.torrents.contains(late.infoHash()));

        for (int i = 9; i < 16; i++)
            assertEquals(Outcome.RIVAL, store.publish(publication(1, i, ALICE)).outcome());
        assertEquals(List.of(8, 9, 10, 11, 12, 13, 14, 15), rivals());
        assertEquals(Outcome.FULL, store.publish(publication(1, 16, ALICE)).outcome());
        assertEquals(TrackerStore.MAX_CANDIDATES, registered.torrents.size());
    }

    @Test
    void aTokenThatWasRemovedCountsForNothing() throws Exception {
        assertEquals(new Published(Outcome.NEW, 0), store.publish(publication(1, 0, REMOVED)));
        assertEquals(List.of(0), rivals());
        assertFalse(store.candidates(sha256(1)).get(0).attestedByToken());
        assertEquals(new Published(Outcome.RIVAL, 1), store.publish(publication(1, 1, SOMEBODY)));
        assertEquals(List.of(1, 0), rivals());
        for (int i = 2; i < TrackerStore.MAX_CANDIDATES; i++) store.publish(publication(1, i, REMOVED));
        assertEquals(Outcome.FULL, store.publish(publication(1, 8, REMOVED)).outcome());
        assertEquals(new Published(Outcome.RIVAL, 1), store.publish(publication(1, 9, SOMEBODY)));
        assertEquals(List.of(1, 9, 0, 2, 3, 4, 5, 6), rivals());
        assertEquals(new Published(Outcome.COUNTED, 1), store.publish(publication(1, 6, ALICE)));
        assertEquals(List.of(6, 1, 9, 0, 2, 3, 4, 5), rivals());
    }

    /** The torrents of the first digest by their numbers, the best first. */
    private List<Integer> rivals() throws StoreException {
        Map<InfoHash, Integer> numbers = new HashMap<>();
        for (int i = 0; i < 100; i++) numbers.put(publication(1, i, SOMEBODY).infoHash(), i);
        return store.candidates(sha256(1)).stream()
                .map(candidate -> numbers.get(candidate.infoHash()))
                .toList();
    }

    @Test
    void tokensComeFirstThenNumbersThenAge() throws Exception {
        for (int rival = 0; rival < 4; rival++) store.publish(publication(1, rival, SOMEBODY));
        store.publish(publication(1, 2, anonymous(1)));
        store.publish(publication(1, 2, anonymous(2)));
        store.publish(publication(1, 3, ALICE));
        assertEquals(List.of(3, 2, 0, 1), rivals());
    }

    @Test
    void manyDigestsAreLookedUpAtOnce() throws Exception {
        for (int digest = 0; digest < 20; digest++) store.publish(publication(digest, 0, ALICE));
        Map<Hash, List<Candidate>> found = store.candidates(List.of(sha256(3), sha256(99), sha256(7), sha256(3)));
        assertEquals(Set.of(sha256(3), sha256(7)), found.keySet());
        assertEquals(store.candidates(sha256(7)), found.get(sha256(7)));
    }

    @Test
    void filesOfARepositoryComePageByPage() throws Exception {
        List<String> paths = List.of("a/b", "a.b", "a b/漢%", "z");
        int digest = 0;
        for (String commit : List.of(COMMIT, OTHER_COMMIT)) {
            for (String path : paths) store.publish(publication(digest++, 0, ALICE, new Place(REPO, commit, path)));
        }
        // Two that disagree about one place, and one that says the same again.
        store.publish(publication(100, 0, ALICE, new Place(REPO, COMMIT, "z")));
        store.publish(publication(100, 0, SOMEBODY, new Place(REPO, COMMIT, "z")));

        List<RepoFile> paged = new ArrayList<>();
        String after = "";
        for (List<RepoFile> page = store.files(REPO, null, after, 2);
                !page.isEmpty();
                page = store.files(REPO, null, after, 2)) {
            paged.addAll(page);
            after = page.get(page.size() - 1).cursor();
        }
        assertEquals(9, paged.size());
        assertEquals(paged, store.files(REPO, null, "", 100));
        assertEquals(5, store.files(REPO, COMMIT, "", 100).size());
        assertEquals(paged.subList(0, 5), store.files(REPO, COMMIT, "", 100));
        assertEquals(paged.subList(5, 9), store.files(REPO, OTHER_COMMIT, "", 100));
        assertEquals(paged.subList(3, 5), store.files(REPO, COMMIT, paged.get(2).cursor(), 100));
        assertTrue(paged.contains(new RepoFile(new Place(REPO, OTHER_COMMIT, "a b/漢%"), sha256(6), 1_000_006)));
        assertEquals(List.of(), store.files(new RepoRef(RepoType.DATASET, "org/name"), null, "", 100));
    }

    @Test
    void theNewestSnapshotComesFirst() throws Exception {
        Snapshot first = snapshot("org/a", COMMIT, 1, true);
        Snapshot second = snapshot("org/b", COMMIT, 2, false);
        Snapshot third = snapshot("org/a", OTHER_COMMIT, 3, true);
        for (Snapshot snapshot : List.of(first, second, third))
            assertTrue(store.addSnapshot(snapshot, files(), torrent(snapshot)));

        assertEquals(List.of(third, second, first), store.snapshots(ALL, 10));
        assertEquals(List.of(third, first), store.snapshots(ACTIVE, 10));
        assertEquals(List.of(third), store.snapshots(ACTIVE, 1));
        assertEquals(2, store.countSnapshots(ACTIVE));
        assertEquals(List.of(first), store.snapshots(new SnapshotFilter(null, "org/a", COMMIT, false), 10));
        assertEquals(List.of(second), store.snapshots(new SnapshotFilter(RepoType.MODEL, "org/b", null, true), 10));
        assertEquals(List.of(), store.snapshots(new SnapshotFilter(RepoType.DATASET, null, null, true), 10));
        assertEquals(second, store.snapshot(second.id()));
        assertEquals(third, store.snapshot(third.repo(), OTHER_COMMIT));
        assertEquals(files(), store.snapshotFiles(third.id()));
        assertArrayEquals(torrent(second), store.torrent(second.infoHash()));
        assertEquals(Set.of(first.torrent(), third.torrent()), registered.torrents);
    }

    @Test
    void aCommitAndAnInfoHashAreTakenOnce() throws Exception {
        Snapshot there = snapshot("org/a", COMMIT, 1, true);
        assertTrue(store.addSnapshot(there, files(), torrent(there)));
        for (Snapshot late : List.of(
                snapshot("org/a", COMMIT, 2, true),
                snapshot("org/a", COMMIT, 2, false),
                snapshot("org/b", OTHER_COMMIT, 1, true))) assertFalse(store.addSnapshot(late, files(), torrent(late)));
        assertEquals(List.of(there), store.snapshots(ALL, 10));
        assertArrayEquals(torrent(there), store.torrent(there.infoHash()));
    }

    @Test
    void aPendingSnapshotMakesRoomForAnActiveOne() throws Exception {
        Snapshot pending = snapshot("org/a", COMMIT, 1, false);
        Snapshot active = snapshot("org/a", COMMIT, 2, true);
        assertTrue(store.addSnapshot(pending, files(), torrent(pending)));
        assertFalse(store.addSnapshot(snapshot("org/a", COMMIT, 3, false), files(), torrent(active)));
        assertTrue(store.addSnapshot(active, files(), torrent(active)));
        assertEquals(List.of(active), store.snapshots(ALL, 10));
        assertNull(store.snapshot(pending.id()));
        assertNull(store.torrent(pending.infoHash()));
        assertEquals(Set.of(active.torrent()), registered.torrents);
    }

    @Test
    void approvalMakesASnapshotActiveAndDeletionRemovesIt() throws Exception {
        Snapshot pending = snapshot("org/a", COMMIT, 1, false);
        store.addSnapshot(pending, files(), torrent(pending));
        assertEquals(List.of(), store.sameFiles(sha256(77), 12, 10));

        assertTrue(store.approveSnapshot(pending.id()));
        assertEquals(List.of(pending.approved()), store.snapshots(ACTIVE, 10));
        assertEquals(Set.of(pending.torrent()), registered.torrents);
        SnapshotSource source = new SnapshotSource(pending.approved(), files().get(0));
        assertEquals(List.of(source), store.sameFiles(sha256(77), 12, 10));

        assertTrue(store.deleteSnapshot(pending.id()));
        assertEquals(0, store.countSnapshots(ALL));
        assertNull(store.torrent(pending.infoHash()));
        assertEquals(List.of(), store.snapshotFiles(pending.id()));
        assertEquals(List.of(), store.sameFiles(sha256(77), 12, 10));
        assertEquals(Set.of(), registered.torrents);
        assertTrue(store.addSnapshot(pending, files(), torrent(pending)));
    }

    @Test
    void equalFilesAreFoundInEveryRepository() throws Exception {
        Snapshot old = snapshot("org/a", COMMIT, 1, true);
        Snapshot young = snapshot("org/b", OTHER_COMMIT, 2, true);
        for (Snapshot snapshot : List.of(old, young)) store.addSnapshot(snapshot, files(), torrent(snapshot));
        SnapshotFile file = files().get(0);
        List<SnapshotSource> both = List.of(new SnapshotSource(young, file), new SnapshotSource(old, file));
        assertEquals(both, store.sameFiles(sha256(77), 12, 10));
        assertEquals(both.subList(0, 1), store.sameFiles(sha256(77), 12, 1));
        assertEquals(List.of(), store.sameFiles(sha256(77), 13, 10));
        assertEquals(List.of(), store.sameFiles(sha256(78), 12, 10));
    }

    @Test
    void aLateFollowerHearsOfWhatIsThere() throws Exception {
        Publication publication = publication(1, 0, ALICE);
        Snapshot active = snapshot("org/a", COMMIT, 1, true);
        Snapshot pending = snapshot("org/b", COMMIT, 2, false);
        store.publish(publication);
        for (Snapshot snapshot : List.of(active, pending)) store.addSnapshot(snapshot, files(), torrent(snapshot));
        Registered late = new Registered();
        store.follow(late);
        assertEquals(Set.of(publication.infoHash(), active.torrent()), late.torrents);
    }

    @Test
    void manyThreadsPublishAndAsk() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Future<@Nullable Void>> work = new ArrayList<>();
            for (int thread = 0; thread < 4; thread++) {
                Publisher publisher = anonymous(thread);
                work.add(threads.submit(() -> {
                    for (int digest = 0; digest < 25; digest++) {
                        store.publish(publication(digest, 0, publisher));
                        assertEquals(1, store.candidates(sha256(digest)).size());
                    }
                    return null;
                }));
            }
            for (Future<?> one : work) one.get();
        } finally {
            threads.shutdown();
        }
        for (int digest = 0; digest < 25; digest++)
            assertEquals(4, store.candidates(sha256(digest)).get(0).attestations());
        assertEquals(25, registered.torrents.size());
    }

    static Publisher anonymous(int i) {
        return new Publisher("198.51.100." + i + "/32", false);
    }

    private static byte[] torrent(Snapshot snapshot) {
        return snapshot.infoHash().bytes();
    }

    static Hash v2(Publication publication) {
        return Objects.requireNonNull(publication.infoHash().v2());
    }
}
