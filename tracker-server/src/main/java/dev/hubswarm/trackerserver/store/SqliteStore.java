package dev.hubswarm.trackerserver.store;

import dev.hubswarm.base.UserError;
import dev.hubswarm.hub.request.RepoRef;
import dev.hubswarm.hub.request.RepoType;
import dev.hubswarm.protocol.metainfo.Hash;
import dev.hubswarm.protocol.metainfo.InfoHash;
import dev.hubswarm.trackerserver.store.Fact.Attestation;
import dev.hubswarm.trackerserver.store.Fact.Placement;
import dev.hubswarm.trackerserver.store.Published.Outcome;
import dev.hubswarm.trackerserver.store.SqliteConnection.Work;
import dev.hubswarm.trackerserver.swarm.PeerReport;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Keeps the catalogue in a file, for one tracker process. Thread-safe. */
public final class SqliteStore implements TrackerStore {
    /** Of an attestation. */
    private static final String COUNTS = "(NOT by_token OR publisher IN token)";

    private final SqliteFile file;
    private final SqliteConnection writer;
    private final SqliteConnection reader;

    /** Guarded by this, as are writes, so that the follower hears of them in their order. */
    private @Nullable Follower follower;

    /** What the present write changes of what may be announced. */
    private final List<Consumer<Follower>> news = new ArrayList<>();

    SqliteStore(SqliteFile file) {
        this.file = file;
        this.writer = file.writer();
        this.reader = file.reader();
    }

    /** @param tokens the names of those of which attestations count */
    public static SqliteStore open(Path file, Set<String> tokens) throws UserError {
        return new SqliteStore(SqliteFile.open(file, tokens));
    }

    @Override
    public synchronized void follow(Follower newFollower) throws UserError {
        follower = newFollower;
        try {
            registered().forEach(newFollower::registered);
        } catch (SQLException e) {
            throw SqliteFile.unusable(file.path(), e);
        }
    }

    private List<InfoHash> registered() throws SQLException {
        // Not as work of the reader, which would log what the start fails for anyway.
        synchronized (reader) {
            List<InfoHash> found = reader.query("SELECT v1, v2 FROM torrent", SqliteStore::infoHash);
            found.addAll(reader.query(
                    "SELECT info_hash FROM snapshot WHERE active",
                    row -> new InfoHash(null, Hash.of(row.getBytes(1)))));
            return found;
        }
    }

    private static InfoHash infoHash(ResultSet row) throws SQLException {
        return new InfoHash(Hash.of(row.getBytes("v1")), Hash.of(row.getBytes("v2")));
    }

    @Override
    public Published publish(Publication publication) throws StoreException {
        return write(() -> insert(publication));
    }

    /** Does all of the work or nothing, and tells the follower what is new. */
    private synchronized <T> T write(Work<T> work) throws StoreException {
        news.clear();
        T result = writer.write(work);
        if (follower != null) news.forEach(one -> one.accept(follower));
        return result;
    }

    private Published insert(Publication publication) throws SQLException {
        InfoHash infoHash = publication.infoHash();
        Outcome outcome = Outcome.COUNTED;
        if (!isThere(writer, infoHash.v2())) {
            List<Candidate> others = candidates(writer, publication.digest());
            Candidate last = others.size() < MAX_CANDIDATES ? null : others.get(others.size() - 1);
            if (last != null && !publication.displaces(last, file.tokens())) return new Published(Outcome.FULL, 0);
            outcome = others.isEmpty() ? Outcome.NEW : Outcome.RIVAL;
            if (last != null) delete(last);
            writer.update(
                    "INSERT INTO torrent(digest, size, v1, v2, piece_length) VALUES (?, ?, ?, ?, ?)",
                    publication.digest(),
                    publication.size(),
                    infoHash.v1(),
                    infoHash.v2(),
                    publication.pieceLength());
            writer.update("INSERT INTO torrent_bytes(v2, bytes) VALUES (?, ?)", infoHash.v2(), publication.torrent());
            news.add(told -> told.registered(infoHash));
        }
        long id = writer.number("SELECT id FROM torrent WHERE v2 = ?", infoHash.v2());
        attest(id, publication.publisher());
        Place place = publication.place();
        if (place != null) insert(new RepoFile(place, publication.digest(), publication.size()));
        long counted = writer.number("SELECT count(*) FROM attestation WHERE torrent = ? AND " + COUNTS, id);
        return new Published(outcome, (int) counted);
    }

    private void delete(Candidate candidate) throws SQLException {
        Hash v2 = candidate.infoHash().v2();
        writer.update("DELETE FROM attestation WHERE torrent = (SELECT id FROM torrent WHERE v2 = ?)", v2);
        writer.update("DELETE FROM torrent WHERE v2 = ?", v2);
        writer.update("DELETE FROM torrent_bytes WHERE v2 = ?", v2);
        news.add(told -> told.unregistered(candidate.infoHash()));
    }

    private void insert(RepoFile file) throws SQLException {
        writer.update(
                "INSERT OR IGNORE INTO place(repo, cursor, size) VALUES (?, ?, ?)",
                key(file.place().repo()),
                file.cursor(),
                file.size());
    }

    private void attest(long torrent, Publisher publisher) throws SQLException {
        long anonymous = writer.number("SELECT count(*) FROM attestation WHERE torrent = ? AND by_token = 0", torrent);
        if (publisher.byToken() || anonymous < MAX_ANONYMOUS)
            writer.update(
                    "INSERT OR IGNORE INTO attestation(torrent, by_token, publisher) VALUES (?, ?, ?)",
                    torrent,
                    publisher.byToken(),
                    publisher.name());
    }

    private static boolean isThere(SqliteConnection connection, @Nullable Hash v2) throws SQLException {
        return connection.number("SELECT count(*) FROM torrent WHERE v2 = ?", v2) > 0;
    }

    private static String key(RepoRef repo) {
        return repo.type() + "/" + repo.id();
    }

    @Override
    public Map<Hash, List<Candidate>> candidates(Collection<Hash> digests) throws StoreException {
        return reader.read(() -> {
            Map<Hash, List<Candidate>> found = new HashMap<>();
            for (Hash digest : new HashSet<>(digests)) {
                List<Candidate> candidates = candidates(reader, digest);
                if (!candidates.isEmpty()) found.put(digest, candidates);
            }
            return found;
        });
    }

    private static List<Candidate> candidates(SqliteConnection connection, Hash digest) throws SQLException {
        String sql = """
                SELECT v1, v2, size, piece_length, count(by_token) AS attestations, max(by_token) AS trusted
                FROM torrent LEFT JOIN attestation ON attestation.torrent = torrent.id AND %s
                WHERE digest = ? GROUP BY torrent.id ORDER BY torrent.id""".formatted(COUNTS);
        List<Candidate> candidates = connection.query(
                sql,
                row -> new Candidate(
                        digest,
                        row.getLong("size"),
                        infoHash(row),
                        row.getInt("piece_length"),
                        row.getInt("attestations"),
                        row.getBoolean("trusted")),
                digest);
        candidates.sort(Candidate.BEST_FIRST);
        return List.copyOf(candidates);
    }

    @Override
    public byte @Nullable [] torrent(Hash infoHash) throws StoreException {
        String sql = "SELECT bytes FROM torrent_bytes WHERE v2 = ?";
        return reader.read(() -> reader.first(sql, row -> row.getBytes(1), infoHash))
                .orElse(null);
    }

    @Override
    public List<RepoFile> files(RepoRef repo, @Nullable String commit, String after, int limit) throws StoreException {
        // Cursors begin with a hex digit.
        String from = commit == null ? "" : RepoFile.cursorBeforeAll(commit);
        String to = commit == null ? "g" : RepoFile.cursorAfterAll(commit);
        String sql = "SELECT cursor, size FROM place WHERE repo = ? AND cursor > ? AND cursor > ? AND cursor < ?"
                + " ORDER BY cursor LIMIT ?";
        return reader.read(() -> reader.query(
                sql,
                row -> RepoFile.of(repo, row.getString("cursor"), row.getLong("size")),
                key(repo),
                after,
                from,
                to,
                limit));
    }

    @Override
    public boolean addSnapshot(Snapshot snapshot, List<SnapshotFile> files, byte[] torrent) throws StoreException {
        return write(() -> {
            List<Snapshot> inTheWay = writer.query(
                    "SELECT * FROM snapshot WHERE info_hash = ? OR (repo_id = ? AND revision = ? AND repo_type = ?)",
                    SqliteStore::snapshot,
                    snapshot.infoHash(),
                    snapshot.repo().id(),
                    snapshot.commit(),
                    snapshot.repo().type().name());
            if (inTheWay.stream().anyMatch(other -> other.active() || !snapshot.active())) return false;
            for (Snapshot other : inTheWay) delete(other);
            insert(snapshot, files, torrent);
            if (snapshot.active()) news.add(told -> told.registered(snapshot.torrent()));
            return true;
        });
    }

    private void insert(Snapshot snapshot, List<SnapshotFile> files, byte[] torrent) throws SQLException {
        writer.update(
                """
                INSERT INTO snapshot(id, repo_type, repo_id, revision, name, info_hash, total_size, file_count,
                  piece_length, active, created) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
                snapshot.id(),
                snapshot.repo().type().name(),
                snapshot.repo().id(),
                snapshot.commit(),
                snapshot.name(),
                snapshot.infoHash(),
                snapshot.totalSize(),
                snapshot.fileCount(),
                snapshot.pieceLength(),
                snapshot.active(),
                snapshot.created().toEpochMilli());
        long number = writer.number("SELECT last_insert_rowid()");
        for (int i = 0; i < files.size(); i++) {
            SnapshotFile file = files.get(i);
            writer.update(
                    "INSERT INTO snapshot_file(snapshot, position, path, size, root) VALUES (?, ?, ?, ?, ?)",
                    number,
                    i,
                    file.path(),
                    file.size(),
                    file.root());
        }
        writer.update("INSERT INTO torrent_bytes(v2, bytes) VALUES (?, ?)", snapshot.infoHash(), torrent);
    }

    private void delete(Snapshot snapshot) throws SQLException {
        writer.update(
                "DELETE FROM snapshot_file WHERE snapshot = (SELECT number FROM snapshot WHERE id = ?)", snapshot.id());
        writer.update("DELETE FROM snapshot WHERE id = ?", snapshot.id());
        writer.update("DELETE FROM torrent_bytes WHERE v2 = ?", snapshot.infoHash());
        news.add(told -> told.unregistered(snapshot.torrent()));
    }

    private static Snapshot snapshot(ResultSet row) throws SQLException {
        return new Snapshot(
                new RepoRef(RepoType.valueOf(row.getString("repo_type")), row.getString("repo_id")),
                row.getString("revision"),
                row.getString("name"),
                Hash.of(row.getBytes("info_hash")),
                row.getLong("total_size"),
                row.getInt("file_count"),
                row.getInt("piece_length"),
                row.getBoolean("active"),
                Instant.ofEpochMilli(row.getLong("created")));
    }

    /** Only of what is asked for, since a condition that may be empty keeps the database from its indexes. */
    private static final class Where {
        private final StringBuilder sql = new StringBuilder("WHERE 1");
        private final List<Object> values = new ArrayList<>(3);

        Where(SnapshotFilter filter) {
            RepoType type = filter.type();
            add("repo_type", type == null ? null : type.name());
            add("repo_id", filter.repoId());
            add("revision", filter.commit());
            if (!filter.pending()) sql.append(" AND active");
        }

        private void add(String column, @Nullable String value) {
            if (value == null) return;
            sql.append(" AND ").append(column).append(" = ?");
            values.add(value);
        }
    }

    @Override
    public List<Snapshot> snapshots(SnapshotFilter filter, int limit) throws StoreException {
        Where where = new Where(filter);
        String sql = "SELECT * FROM snapshot " + where.sql + " ORDER BY number DESC LIMIT " + limit;
        return reader.read(() -> reader.query(sql, SqliteStore::snapshot, where.values.toArray()));
    }

    @Override
    public int countSnapshots(SnapshotFilter filter) throws StoreException {
        Where where = new Where(filter);
        String sql = "SELECT count(*) FROM snapshot " + where.sql;
        return reader.read(() -> (int) reader.number(sql, where.values.toArray()));
    }

    @Override
    public @Nullable Snapshot snapshot(String id) throws StoreException {
        return reader.read(() -> find(reader, id)).orElse(null);
    }

    private static Optional<Snapshot> find(SqliteConnection connection, String id) throws SQLException {
        return connection.first("SELECT * FROM snapshot WHERE id = ?", SqliteStore::snapshot, id);
    }

    @Override
    public List<SnapshotFile> snapshotFiles(String id) throws StoreException {
        String sql = "SELECT path, size, root FROM snapshot_file"
                + " WHERE snapshot = (SELECT number FROM snapshot WHERE id = ?) ORDER BY position";
        return reader.read(() -> reader.query(sql, SqliteStore::file, id));
    }

    private static SnapshotFile file(ResultSet row) throws SQLException {
        byte @Nullable [] root = row.getBytes("root");
        return new SnapshotFile(row.getString("path"), row.getLong("size"), root == null ? null : Hash.of(root));
    }

    @Override
    public List<SnapshotSource> sameFiles(Hash root, long size, int limit) throws StoreException {
        String sql = """
                SELECT snapshot.*, path, size, root FROM snapshot_file JOIN snapshot ON snapshot = number
                WHERE root = ? AND size = ? AND active ORDER BY number DESC, position LIMIT ?""";
        return reader.read(
                () -> reader.query(sql, row -> new SnapshotSource(snapshot(row), file(row)), root, size, limit));
    }

    @Override
    public boolean approveSnapshot(String id) throws StoreException {
        return write(() -> {
            writer.update("UPDATE snapshot SET active = 1 WHERE id = ?", id);
            Optional<Snapshot> approved = find(writer, id);
            approved.ifPresent(snapshot -> news.add(told -> told.registered(snapshot.torrent())));
            return approved.isPresent();
        });
    }

    @Override
    public boolean deleteSnapshot(String id) throws StoreException {
        return write(() -> {
            Optional<Snapshot> found = find(writer, id);
            if (found.isPresent()) delete(found.get());
            return found.isPresent();
        });
    }

    /** Every fact in the file. By a connection of its own: look-ups do not wait for the end of it. */
    void facts(Consumer<Fact> each) throws StoreException {
        try (Connection connection = SqliteFile.connect(file.path());
                Statement statement = connection.createStatement()) {
            String attestations = "SELECT digest, size, v1, v2, piece_length, by_token, publisher"
                    + " FROM torrent JOIN attestation ON attestation.torrent = torrent.id";
            try (ResultSet row = statement.executeQuery(attestations)) {
                while (row.next())
                    each.accept(new Attestation(
                            Hash.of(row.getBytes("digest")),
                            row.getLong("size"),
                            infoHash(row),
                            row.getInt("piece_length"),
                            new Publisher(row.getString("publisher"), row.getBoolean("by_token"))));
            }
            try (ResultSet row = statement.executeQuery("SELECT repo, cursor, size FROM place")) {
                while (row.next())
                    each.accept(new Placement(
                            RepoFile.of(repo(row.getString("repo")), row.getString("cursor"), row.getLong("size"))));
            }
        } catch (SQLException e) {
            throw SqliteConnection.failure(e);
        }
    }

    private static RepoRef repo(String key) {
        int slash = key.indexOf('/');
        return new RepoRef(RepoType.valueOf(key.substring(0, slash)), key.substring(slash + 1));
    }

    /** Whether the torrent was published, by its v2 info hash. */
    boolean knows(Hash v2) throws StoreException {
        return reader.read(() -> isThere(reader, v2));
    }

    /**
     * Adds facts of another process, but for attestations of torrents that are in neither.
     *
     * @param torrents by v2 info hash; needed of those that are new here
     */
    void merge(Collection<Fact> facts, Map<Hash, byte[]> torrents) throws StoreException {
        write(() -> {
            for (Fact fact : facts) {
                if (fact instanceof Placement placement) insert(placement.file());
                else if (fact instanceof Attestation attestation) insert(attestation, torrents);
            }
            return facts;
        });
    }

    private void insert(Attestation attestation, Map<Hash, byte[]> torrents) throws SQLException {
        byte[] torrent = torrents.get(attestation.v2());
        if (torrent == null && !isThere(writer, attestation.v2())) return;
        insert(new Publication(
                attestation.digest(),
                attestation.size(),
                attestation.infoHash(),
                attestation.pieceLength(),
                torrent == null ? new byte[0] : torrent,
                attestation.publisher(),
                null));
    }

    /** There is no other process. */
    @Override
    public void announced(PeerReport report) {}

    Path file() {
        return file.path();
    }

    @Override
    public String toString() {
        return "SQLite, " + file.path();
    }

    @Override
    public void close() {
        file.close();
    }
}
