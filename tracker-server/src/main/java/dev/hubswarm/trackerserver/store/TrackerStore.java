package dev.hubswarm.trackerserver.store;

import dev.hubswarm.base.UserError;
import dev.hubswarm.hub.request.RepoRef;
import dev.hubswarm.protocol.metainfo.Hash;
import dev.hubswarm.protocol.metainfo.InfoHash;
import dev.hubswarm.trackerserver.swarm.PeerReport;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the tracker keeps, and what its processes tell each other. Thread-safe; calls block, but for {@link #announced}.
 *
 * <p>A torrent that {@link #publish} or {@link #addSnapshot} has returned for stays, whatever happens to the process,
 * unless the kind of store says otherwise, or better ones of the same digest push it out. Attestations of tokens that
 * were removed are kept, but do not count: the store is given the names of those that do. Peers may be forgotten at any time: they announce again.
 */
public interface TrackerStore extends AutoCloseable {
    /**
     * Of one digest. An honest one has one; the rest is room for liars not to crowd it out at once. When all places are
     * taken, a torrent that a token vouches for pushes out the one that the fewest anonymous publishers vouch for.
     *
     * <p>Without tokens a crowd can do two things, and one machine with many addresses is a crowd. Who is first with
     * eight lies keeps the truth out, for as long as the catalogue lives. Who has more networks than the honest has his
     * lie tried first. Either costs others the help of the swarm with that file, and no wrong byte: clients compare the
     * whole file with the Hub's digest, and after two denied torrents leave the digest alone for a day.
     */
    int MAX_CANDIDATES = 8;

    /** Of one torrent, without a token: enough to be believed, and no way to fill the disk from many addresses. */
    int MAX_ANONYMOUS = 64;

    /** Hears what may be announced, and who else is there. Thread-safe; must not block. */
    interface Follower {
        void registered(InfoHash torrent);

        void unregistered(InfoHash torrent);

        /** Another process heard of this peer, so long ago. */
        void announced(PeerReport report, long ageNanos);
    }

    /**
     * Tells the follower of every torrent that may be announced: before it returns, of those there are; later, of each
     * that is added by this process, before the call that adds it returns, or by another. Called first; again, it replaces the follower.
     */
    void follow(Follower follower) throws UserError;

    Published publish(Publication publication) throws StoreException;

    /** The torrents of each digest, the best first; digests without any are left out. */
    Map<Hash, List<Candidate>> candidates(Collection<Hash> digests) throws StoreException;

    /** The torrents of a digest, the best first. */
    default List<Candidate> candidates(Hash digest) throws StoreException {
        return candidates(List.of(digest)).getOrDefault(digest, List.of());
    }

    /** A published torrent or a snapshot's, by its v2 info hash; null if there is none. */
    byte @Nullable [] torrent(Hash infoHash) throws StoreException;

    /**
     * Files of a repository in the order of their cursors.
     *
     * @param commit null for every one
     * @param after the cursor of the last file of the page before; empty at first
     */
    List<RepoFile> files(RepoRef repo, @Nullable String commit, String after, int limit) throws StoreException;

    /**
     * Adds a snapshot unless its commit or info hash is taken: by an active one, or by any if it is pending itself. A
     * pending one makes room for an active one.
     *
     * @return whether it was added
     */
    boolean addSnapshot(Snapshot snapshot, List<SnapshotFile> files, byte[] torrent) throws StoreException;

    /** Those that match, the newest first. */
    List<Snapshot> snapshots(SnapshotFilter filter, int limit) throws StoreException;

    int countSnapshots(SnapshotFilter filter) throws StoreException;

    @Nullable
    Snapshot snapshot(String id) throws StoreException;

    /** The snapshot of a commit, pending or not. */
    default @Nullable Snapshot snapshot(RepoRef repo, String commit) throws StoreException {
        List<Snapshot> found = snapshots(new SnapshotFilter(repo.type(), repo.id(), commit, true), 1);
        return found.isEmpty() ? null : found.get(0);
    }

    List<SnapshotFile> snapshotFiles(String id) throws StoreException;

    /** Files of active snapshots with this content, whatever their repository and path, those of new snapshots first. */
    List<SnapshotSource> sameFiles(Hash root, long size, int limit) throws StoreException;

    /** Makes a snapshot active; false if there is none of this id. */
    boolean approveSnapshot(String id) throws StoreException;

    /** False if there was none of this id. */
    boolean deleteSnapshot(String id) throws StoreException;

    /** Takes note of what a peer told this process, for the other ones. */
    void announced(PeerReport report);

    /** How it gets on with other processes; null if it has none. */
    default @Nullable Sharing sharing() {
        return null;
    }

    /** Where it keeps what it keeps, for the operator. No secrets. */
    @Override
    String toString();

    @Override
    void close();
}
