package dev.hubswarm.trackerserver.store;

import dev.hubswarm.hub.request.RepoRef;
import dev.hubswarm.protocol.metainfo.Hash;
import dev.hubswarm.trackerserver.store.Published.Outcome;
import dev.hubswarm.trackerserver.swarm.PeerReport;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Keeps everything until the process ends. Thread-safe. */
public final class MemoryStore implements TrackerStore {
    /** Of torrents: as many as ten thousand files have. Who wants more has a disk. */
    private static final long MAX_BYTES = 512L << 20;

    private static final class Entry {
        private final Publication first;
        private final Set<Publisher> publishers = new HashSet<>();

        Entry(Publication first) {
            this.first = first;
        }

        void attest(Publisher publisher) {
            long anonymous =
                    publishers.stream().filter(other -> !other.byToken()).count();
            if (publisher.byToken() || anonymous < MAX_ANONYMOUS) publishers.add(publisher);
        }

        Candidate candidate(Set<String> tokens) {
            List<Publisher> counted =
                    publishers.stream().filter(one -> one.counts(tokens)).toList();
            return new Candidate(
                    first.digest(),
                    first.size(),
                    first.infoHash(),
                    first.pieceLength(),
                    counted.size(),
                    counted.stream().anyMatch(Publisher::byToken));
        }
    }

    private record Stored(Snapshot snapshot, List<SnapshotFile> files) {}

    private final Map<Hash, List<Entry>> byDigest = new HashMap<>();
    private final Map<Hash, byte[]> torrents = new HashMap<>();
    private final Map<RepoRef, NavigableMap<String, RepoFile>> places = new HashMap<>();
    /** By id, in the order of their publication. */
    private final Map<String, Stored> snapshots = new LinkedHashMap<>();

    private final Set<String> tokens;
    private final long maxBytes;
    private long bytes;
    private boolean full;
    private @Nullable Follower follower;

    /** @param tokens the names of those of which attestations count */
    public MemoryStore(Set<String> tokens) {
        this(tokens, MAX_BYTES);
    }

    MemoryStore(Set<String> tokens, long maxBytes) {
        this.tokens = Set.copyOf(tokens);
        this.maxBytes = maxBytes;
    }

    @Override
    public synchronized void follow(Follower newFollower) {
        follower = newFollower;
        byDigest.values().forEach(entries -> entries.forEach(entry -> newFollower.registered(entry.first.infoHash())));
        snapshots.values().forEach(stored -> tellIfActive(stored.snapshot));
    }

    @Override
    public synchronized Published publish(Publication publication) throws StoreException {
        Entry entry = find(publication);
        Outcome outcome = Outcome.COUNTED;
        if (entry == null) {
            List<Candidate> others = candidates(publication.digest());
            Candidate last = others.size() < MAX_CANDIDATES ? null : others.get(others.size() - 1);
            if (last != null && !publication.displaces(last, tokens)) return new Published(Outcome.FULL, 0);
            outcome = others.isEmpty() ? Outcome.NEW : Outcome.RIVAL;
            entry = add(publication);
            if (last != null) remove(last);
        }
        entry.attest(publication.publisher());
        Place place = publication.place();
        if (place != null) {
            RepoFile file = new RepoFile(place, publication.digest(), publication.size());
            places.computeIfAbsent(place.repo(), repo -> new TreeMap<>()).put(file.cursor(), file);
        }
        return new Published(outcome, entry.candidate(tokens).attestations());
    }

    private @Nullable Entry find(Publication publication) {
        return byDigest.getOrDefault(publication.digest(), List.of()).stream()
                .filter(entry -> entry.first.infoHash().equals(publication.infoHash()))
                .findAny()
                .orElse(null);
    }

    private Entry add(Publication publication) throws StoreException {
        keep(Objects.requireNonNull(publication.infoHash().v2()), publication.torrent());
        Entry entry = new Entry(publication);
        byDigest.computeIfAbsent(publication.digest(), digest -> new ArrayList<>(1))
                .add(entry);
        if (follower != null) follower.registered(publication.infoHash());
        return entry;
    }

    private void remove(Candidate candidate) {
        byDigest.getOrDefault(candidate.digest(), List.of())
                .removeIf(entry -> entry.first.infoHash().equals(candidate.infoHash()));
        drop(Objects.requireNonNull(candidate.infoHash().v2()));
        if (follower != null) follower.unregistered(candidate.infoHash());
    }

    private void keep(Hash infoHash, byte[] torrent) throws StoreException {
        boolean wasFull = full;
        full = bytes + torrent.length > maxBytes;
        if (full && !wasFull)
            System.getLogger(MemoryStore.class.getName())
                    .log(System.Logger.Level.WARNING, () -> "The catalogue is full; --storage sqlite:FILE holds more.");
        if (full) throw new StoreException("The catalogue is full.", null);
        bytes += torrent.length;
        torrents.put(infoHash, torrent);
    }

    private void drop(Hash infoHash) {
        byte[] torrent = torrents.remove(infoHash);
        if (torrent != null) bytes -= torrent.length;
    }

    @Override
    public synchronized Map<Hash, List<Candidate>> candidates(Collection<Hash> digests) {
        Map<Hash, List<Candidate>> found = new HashMap<>();
        for (Hash digest : digests) {
            List<Entry> entries = byDigest.get(digest);
            if (entries != null)
                found.put(
                        digest,
                        entries.stream()
                                .map(entry -> entry.candidate(tokens))
                                .sorted(Candidate.BEST_FIRST)
                                .toList());
        }
        return found;
    }

    @Override
    public synchronized byte @Nullable [] torrent(Hash infoHash) {
        return torrents.get(infoHash);
    }

    @Override
    public synchronized List<RepoFile> files(RepoRef repo, @Nullable String commit, String after, int limit) {
        NavigableMap<String, RepoFile> files = places.getOrDefault(repo, Collections.emptyNavigableMap());
        if (commit != null)
            files = files.subMap(RepoFile.cursorBeforeAll(commit), true, RepoFile.cursorAfterAll(commit), false);
        return files.values().stream()
                .filter(file -> file.cursor().compareTo(after) > 0)
                .limit(limit)
                .toList();
    }

    @Override
    public synchronized boolean addSnapshot(Snapshot snapshot, List<SnapshotFile> files, byte[] torrent)
            throws StoreException {
        List<Snapshot> inTheWay = all(new SnapshotFilter(null, null, null, true))
                .filter(other -> other.infoHash().equals(snapshot.infoHash())
                        || (other.repo().equals(snapshot.repo())
                                && other.commit().equals(snapshot.commit())))
                .toList();
        if (inTheWay.stream().anyMatch(other -> other.active() || !snapshot.active())) return false;
        inTheWay.forEach(other -> deleteSnapshot(other.id()));
        keep(snapshot.infoHash(), torrent);
        snapshots.put(snapshot.id(), new Stored(snapshot, List.copyOf(files)));
        tellIfActive(snapshot);
        return true;
    }

    private void tellIfActive(Snapshot snapshot) {
        if (follower != null && snapshot.active()) follower.registered(snapshot.torrent());
    }

    private Stream<Snapshot> all(SnapshotFilter filter) {
        return snapshots.values().stream().map(Stored::snapshot).filter(filter::matches);
    }

    @Override
    public synchronized List<Snapshot> snapshots(SnapshotFilter filter, int limit) {
        List<Snapshot> found = new ArrayList<>(all(filter).toList());
        Collections.reverse(found);
        return List.copyOf(found.subList(0, Math.min(limit, found.size())));
    }

    @Override
    public synchronized int countSnapshots(SnapshotFilter filter) {
        return (int) all(filter).count();
    }

    @Override
    public synchronized @Nullable Snapshot snapshot(String id) {
        Stored stored = snapshots.get(id);
        return stored == null ? null : stored.snapshot;
    }

    @Override
    public synchronized List<SnapshotFile> snapshotFiles(String id) {
        Stored stored = snapshots.get(id);
        return stored == null ? List.of() : stored.files;
    }

    @Override
    public synchronized List<SnapshotSource> sameFiles(Hash root, long size, int limit) {
        List<Stored> newestFirst = new ArrayList<>(snapshots.values());
        Collections.reverse(newestFirst);
        return newestFirst.stream()
                .filter(stored -> stored.snapshot.active())
                .flatMap(stored -> stored.files.stream()
                        .filter(file -> Objects.equals(root, file.root()) && file.size() == size)
                        .map(file -> new SnapshotSource(stored.snapshot, file)))
                .limit(limit)
                .toList();
    }

    @Override
    public synchronized boolean approveSnapshot(String id) {
        Stored stored = snapshots.get(id);
        if (stored == null) return false;
        Snapshot approved = stored.snapshot.approved();
        snapshots.put(id, new Stored(approved, stored.files));
        tellIfActive(approved);
        return true;
    }

    @Override
    public synchronized boolean deleteSnapshot(String id) {
        Stored removed = snapshots.remove(id);
        if (removed == null) return false;
        drop(removed.snapshot.infoHash());
        if (follower != null) follower.unregistered(removed.snapshot.torrent());
        return true;
    }

    /** There is no other process. */
    @Override
    public void announced(PeerReport report) {}

    @Override
    public String toString() {
        return "memory, until it stops";
    }

    @Override
    public void close() {}
}
