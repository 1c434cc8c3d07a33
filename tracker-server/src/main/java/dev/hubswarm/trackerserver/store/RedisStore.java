package dev.hubswarm.trackerserver.store;

import dev.hubswarm.base.TlsTrust;
import dev.hubswarm.base.UserError;
import dev.hubswarm.base.UserError.Kind;
import dev.hubswarm.hub.request.RepoRef;
import dev.hubswarm.protocol.metainfo.Hash;
import dev.hubswarm.trackerserver.store.Fact.Attestation;
import dev.hubswarm.trackerserver.store.Fact.Placement;
import dev.hubswarm.trackerserver.store.Published.Outcome;
import dev.hubswarm.trackerserver.swarm.PeerReport;
import io.lettuce.core.RedisException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Shares catalogue and peers among tracker processes by way of Redis. Thread-safe.
 *
 * <p>Every process has a copy of the whole catalogue in a file, answers from it, and writes to it first. So Redis may
 * be slow, gone, or emptied by mistake: no answer waits for it, nothing that was published is lost, and a tracker
 * starts without it. What has been published meanwhile reaches the other processes when it is back.
 */
public final class RedisStore implements TrackerStore {
    /** Of processes that share a folder; each needs a file of its own. */
    private static final int MAX_COPIES = 64;

    private final RedisServer server;
    private final SqliteStore copy;
    private volatile @Nullable RedisExchange exchange;

    private RedisStore(RedisServer server, SqliteStore copy) {
        this.server = server;
        this.copy = copy;
    }

    /**
     * Opens the store; waits for Redis if it was never there before.
     *
     * @param folder for the copy; local, and kept when the process ends, or a Redis that fails takes publications along
     * @param tls what to trust, if Redis speaks TLS
     * @param tokens the names of those of which attestations count; all processes should have the same
     */
    public static RedisStore open(StorageUri.Redis uri, Path folder, TlsTrust tls, Set<String> tokens)
            throws UserError {
        RedisServer server = new RedisServer(uri, tls);
        try {
            return open(server, folder, "redis-" + uri.host() + "-" + uri.port() + "-" + uri.database(), tokens);
        } catch (UserError | RuntimeException e) {
            server.close();
            throw e;
        }
    }

    private static RedisStore open(RedisServer server, Path folder, String name, Set<String> tokens) throws UserError {
        try {
            Files.createDirectories(folder);
            for (int number = 1; number <= MAX_COPIES; number++) {
                Path file = folder.resolve(name.replaceAll("[^A-Za-z0-9.-]", "_") + "-" + number + ".db");
                FileChannel lock = SqliteFile.lock(file);
                if (lock == null) continue;
                try {
                    meet(server, Files.exists(file));
                    return new RedisStore(server, new SqliteStore(SqliteFile.open(file, lock, tokens)));
                } catch (UserError | RuntimeException e) {
                    lock.close();
                    throw e;
                }
            }
        } catch (IOException e) {
            throw new UserError(
                    Kind.FAILED,
                    "The copy of the catalogue cannot be kept in " + folder + ": " + e,
                    "Let HUBSWARM_HOME name a folder on a local disk that this user may write to.",
                    e);
        }
        throw new UserError(
                Kind.FAILED,
                "There are " + MAX_COPIES + " trackers with this HUBSWARM_HOME.",
                "Let it name another folder for this one.");
    }

    /** A wrong address is told at once; but if it was right before, a tracker starts while Redis is away. */
    private static void meet(RedisServer server, boolean metBefore) throws UserError {
        try (RedisLink link = server.connect()) {
            link.settle();
        } catch (RedisException e) {
            if (!metBefore) throw server.unreachable(e);
        }
    }

    @Override
    public void follow(Follower follower) throws UserError {
        copy.follow(follower);
        RedisExchange before = exchange;
        if (before != null) before.close();
        RedisExchange started = new RedisExchange(server, copy, follower);
        exchange = started;
        started.start();
    }

    private RedisExchange exchange() {
        RedisExchange running = exchange;
        if (running == null) throw new IllegalStateException("follow comes first");
        return running;
    }

    @Override
    public Published publish(Publication publication) throws StoreException {
        Published published = copy.publish(publication);
        if (published.outcome() == Outcome.FULL) return published;
        List<Fact> facts = new ArrayList<>(2);
        // The copy does not take more, so nobody shall; one too many is dropped here, and found when all is compared.
        if (publication.publisher().byToken() || published.attestations() <= MAX_ANONYMOUS)
            facts.add(new Attestation(
                    publication.digest(),
                    publication.size(),
                    publication.infoHash(),
                    publication.pieceLength(),
                    publication.publisher()));
        Place place = publication.place();
        if (place != null) facts.add(new Placement(new RepoFile(place, publication.digest(), publication.size())));
        exchange().added(facts);
        return published;
    }

    @Override
    public Map<Hash, List<Candidate>> candidates(Collection<Hash> digests) throws StoreException {
        return copy.candidates(digests);
    }

    @Override
    public byte @Nullable [] torrent(Hash infoHash) throws StoreException {
        return copy.torrent(infoHash);
    }

    @Override
    public List<RepoFile> files(RepoRef repo, @Nullable String commit, String after, int limit) throws StoreException {
        return copy.files(repo, commit, after, limit);
    }

    @Override
    public boolean addSnapshot(Snapshot snapshot, List<SnapshotFile> files, byte[] torrent) throws StoreException {
        if (!copy.addSnapshot(snapshot, files, torrent)) return false;
        exchange().put(snapshot);
        return true;
    }

    @Override
    public List<Snapshot> snapshots(SnapshotFilter filter, int limit) throws StoreException {
        return copy.snapshots(filter, limit);
    }

    @Override
    public int countSnapshots(SnapshotFilter filter) throws StoreException {
        return copy.countSnapshots(filter);
    }

    @Override
    public @Nullable Snapshot snapshot(String id) throws StoreException {
        return copy.snapshot(id);
    }

    @Override
    public List<SnapshotFile> snapshotFiles(String id) throws StoreException {
        return copy.snapshotFiles(id);
    }

    @Override
    public List<SnapshotSource> sameFiles(Hash root, long size, int limit) throws StoreException {
        return copy.sameFiles(root, size, limit);
    }

    @Override
    public boolean approveSnapshot(String id) throws StoreException {
        if (!copy.approveSnapshot(id)) return false;
        Snapshot approved = copy.snapshot(id);
        if (approved != null) exchange().put(approved);
        return true;
    }

    /** Needs Redis: a process that had not heard of it would put the snapshot back. */
    @Override
    public boolean deleteSnapshot(String id) throws StoreException {
        Snapshot snapshot = copy.snapshot(id);
        if (snapshot == null) return false;
        if (!exchange().delete(snapshot))
            throw new StoreException(server + " does not answer, so nothing is deleted.", null);
        return copy.deleteSnapshot(id);
    }

    @Override
    public void announced(PeerReport report) {
        exchange().announced(report);
    }

    @Override
    public Sharing sharing() {
        return exchange().sharing();
    }

    @Override
    public String toString() {
        return server.place() + ", with a copy in " + copy.file();
    }

    @Override
    public void close() {
        RedisExchange running = exchange;
        if (running != null) running.close();
        server.close();
        copy.close();
    }
}
