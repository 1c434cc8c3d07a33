package dev.hubswarm.trackerserver.store;

import dev.hubswarm.base.UserError;
import dev.hubswarm.base.UserError.Kind;
import dev.hubswarm.hub.request.RepoRef;
import dev.hubswarm.hub.request.RepoType;
import dev.hubswarm.protocol.metainfo.Hash;
import dev.hubswarm.protocol.metainfo.InfoHash;
import dev.hubswarm.trackerserver.store.Fact.Attestation;
import dev.hubswarm.trackerserver.store.Fact.Placement;
import dev.hubswarm.trackerserver.store.Published.Outcome;
import dev.hubswarm.trackerserver.store.SqliteConnection.Work;
import dev.hubswarm.trackerserver.swarm.PeerReport;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
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
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteConfig.JournalMode;
import org.sqlite.SQLiteConfig.SynchronousMode;

/**
 * Keeps the catalogue in a file, for one tracker process. Thread-safe.
 *
 * <p>What was answered survives the end of the process and of the machine: the log is written ahead, and synchronised
 * at each commit. Less (NORMAL) would keep the file whole, but lose the last publications with the power. One
 * connection writes; another reads meanwhile, which does not wait for the disk.
 */
public final class SqliteStore implements TrackerStore {
    /** Only other programs that look into the file can be in the way. */
    private static final int BUSY_MILLIS = 5_000;

    /** Of an attestation. */
    private static final String COUNTS = "(NOT by_token OR publisher IN token)";

    private final Path file;
    private final FileChannel lock;
    private final SqliteConnection writer;
    private final SqliteConnection reader;
    private final Set<String> tokens;

    /** Guarded by this, as are writes, so that the follower hears of them in their order. */
    private @Nullable Follower follower;

    /** What the present write changes of what may be announced. */
    private final List<Consumer<Follower>> news = new ArrayList<>();

    private SqliteStore(
            Path file, FileChannel lock, SqliteConnection writer, SqliteConnection reader, Set<String> tokens)
            throws SQLException {
        this.file = file;
        this.lock = lock;
        this.writer = writer;
        this.reader = reader;
        this.tokens = Set.copyOf(tokens);
        for (SqliteConnection connection : List.of(writer, reader)) {
            connection.update("CREATE TEMP TABLE token(name TEXT PRIMARY KEY)");
            for (String token : tokens) connection.update("INSERT INTO token VALUES (?)", token);
        }
    }

    /** @param tokens the names of those of which attestations count */
    public static SqliteStore open(Path file, Set<String> tokens) throws UserError {
        Path path = file.toAbsolutePath();
        try {
            FileChannel lock = lock(path);
            if (lock == null)
                throw new UserError(
                        Kind.FAILED,
                        "The catalogue at " + path + " belongs to another tracker, which is running.",
                        "Stop that one, name another file, or let both share a Redis.");
            try {
                return open(path, lock, tokens);
            } catch (UserError | RuntimeException e) {
                lock.close();
                throw e;
            }
        } catch (IOException e) {
            throw new UserError(
                    Kind.FAILED,
                    "The catalogue at " + path + " cannot be opened: " + e + ".",
                    "Name a file in a folder on a local disk that this user may write to.",
                    e);
        }
    }

    /** Makes the file ours until the channel is closed or the process ends; null if it is another store's. */
    static @Nullable FileChannel lock(Path file) throws IOException {
        // Not the file itself: to close another channel to it would take SQLite's own locks away.
        Path beside = file.resolveSibling(file.getFileName() + ".lock");
        FileChannel channel = FileChannel.open(beside, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            if (channel.tryLock() != null) return channel;
        } catch (OverlappingFileLockException e) {
            // Of a store in this process.
        }
        channel.close();
        return null;
    }

    /** @param lock of the file; closed with the store, if this returns one */
    static SqliteStore open(Path path, FileChannel lock, Set<String> tokens) throws UserError {
        try {
            Connection writer = connect(path);
            try {
                int version = prepare(writer);
                if (version != SqliteSchema.VERSION)
                    throw new UserError(
                            Kind.FAILED,
                            "The catalogue at " + path + " was written by another version of hubswarm (format "
                                    + version + ").",
                            "Start the newest version, or name another file.");
                return new SqliteStore(
                        path, lock, new SqliteConnection(writer), new SqliteConnection(connect(path)), tokens);
            } catch (SQLException | UserError | RuntimeException e) {
                writer.close();
                throw e;
            }
        } catch (SQLException e) {
            throw new UserError(
                    Kind.FAILED,
                    "The catalogue at " + path + " cannot be opened: " + e.getMessage() + ".",
                    "Name a file on a local disk that this user may write, or move a damaged one out of the way.",
                    e);
        }
    }

    static Connection connect(Path file) throws SQLException {
        SQLiteConfig config = new SQLiteConfig();
        config.setBusyTimeout(BUSY_MILLIS);
        config.setJournalMode(JournalMode.WAL);
        config.setSynchronous(SynchronousMode.FULL);
        Connection connection = config.createConnection("jdbc:sqlite:" + file);
        try (Statement statement = connection.createStatement()) {
            // Without it the disks of a Mac say that they are done while they are not; elsewhere it means nothing.
            statement.execute("PRAGMA fullfsync = 1");
        } catch (SQLException e) {
            connection.close();
            throw e;
        }
        return connection;
    }

    private static int prepare(Connection writer) throws SQLException {
        try (Statement statement = writer.createStatement()) {
            if (SqliteSchema.version(statement) == 0) SqliteSchema.create(writer);
            return SqliteSchema.version(statement);
        }
    }

    @Override
    public synchronized void follow(Follower newFollower) throws StoreException {
        follower = newFollower;
        List<InfoHash> torrents = reader.read(() -> {
            List<InfoHash> found = new ArrayList<>();
            try (ResultSet row = reader.query("SELECT v1, v2 FROM torrent")) {
                while (row.next()) found.add(infoHash(row));
            }
            try (ResultSet row = reader.query("SELECT info_hash FROM snapshot WHERE active")) {
                while (row.next()) found.add(new InfoHash(null, Hash.of(row.getBytes(1))));
            }
            return found;
        });
        torrents.forEach(newFollower::registered);
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
        byte[] digest = publication.digest().bytes();
        byte[] v2 = hash(publication.infoHash().v2());
        Long id = number("SELECT id FROM torrent WHERE v2 = ?", v2);
        Outcome outcome = Outcome.COUNTED;
        if (id == null) {
            List<Candidate> others = candidates(writer, publication.digest());
            Candidate last = others.size() < MAX_CANDIDATES ? null : others.get(others.size() - 1);
            if (last != null && !publication.displaces(last, tokens)) return new Published(Outcome.FULL, 0);
            outcome = others.isEmpty() ? Outcome.NEW : Outcome.RIVAL;
            if (last != null) delete(last);
            writer.update(
                    "INSERT INTO torrent(digest, size, v1, v2, piece_length) VALUES (?, ?, ?, ?, ?)",
                    digest,
                    publication.size(),
                    hash(publication.infoHash().v1()),
                    v2,
                    publication.pieceLength());
            id = count("SELECT last_insert_rowid()");
            writer.update("INSERT INTO torrent_bytes(v2, bytes) VALUES (?, ?)", v2, publication.torrent());
            news.add(told -> told.registered(publication.infoHash()));
        }
        attest(id, publication.publisher());
        Place place = publication.place();
        if (place != null) insert(new RepoFile(place, publication.digest(), publication.size()));
        long counted = count("SELECT count(*) FROM attestation WHERE torrent = ? AND " + COUNTS, id);
        return new Published(outcome, (int) counted);
    }

    private void delete(Candidate candidate) throws SQLException {
        byte[] v2 = hash(candidate.infoHash().v2());
        writer.update("DELETE FROM attestation WHERE torrent = (SELECT id FROM torrent WHERE v2 = ?)", (Object) v2);
        writer.update("DELETE FROM torrent WHERE v2 = ?", (Object) v2);
        writer.update("DELETE FROM torrent_bytes WHERE v2 = ?", (Object) v2);
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
        long anonymous = count("SELECT count(*) FROM attestation WHERE torrent = ? AND by_token = 0", torrent);
        if (publisher.byToken() || anonymous < MAX_ANONYMOUS)
            writer.update(
                    "INSERT OR IGNORE INTO attestation(torrent, by_token, publisher) VALUES (?, ?, ?)",
                    torrent,
                    publisher.byToken(),
                    publisher.name());
    }

    private @Nullable Long number(String sql, @Nullable Object... values) throws SQLException {
        try (ResultSet row = writer.query(sql, values)) {
            return row.next() ? row.getLong(1) : null;
        }
    }

    private long count(String sql, @Nullable Object... values) throws SQLException {
        Long number = number(sql, values);
        if (number == null) throw new IllegalStateException("a count has a row");
        return number;
    }

    private static byte[] hash(@Nullable Hash hash) {
        if (hash == null) throw new IllegalStateException("publications are hybrids");
        return hash.bytes();
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
        List<Candidate> candidates = new ArrayList<>(1);
        String sql = """
                SELECT v1, v2, size, piece_length, count(by_token) AS attestations, max(by_token) AS trusted
                FROM torrent LEFT JOIN attestation ON attestation.torrent = torrent.id AND %s
                WHERE digest = ? GROUP BY torrent.id ORDER BY torrent.id""".formatted(COUNTS);
        try (ResultSet row = connection.query(sql, (Object) digest.bytes())) {
            while (row.next())
                candidates.add(new Candidate(
                        digest,
                        row.getLong("size"),
                        infoHash(row),
                        row.getInt("piece_length"),
                        row.getInt("attestations"),
                        row.getBoolean("trusted")));
        }
        candidates.sort(Candidate.BEST_FIRST);
        return List.copyOf(candidates);
    }

    @Override
    public byte @Nullable [] torrent(Hash infoHash) throws StoreException {
        Optional<byte[]> found = reader.read(() -> {
            try (ResultSet row =
                    reader.query("SELECT bytes FROM torrent_bytes WHERE v2 = ?", (Object) infoHash.bytes())) {
                return row.next() ? Optional.of(row.getBytes(1)) : Optional.empty();
            }
        });
        return found.orElse(null);
    }

    @Override
    public List<RepoFile> files(RepoRef repo, @Nullable String commit, String after, int limit) throws StoreException {
        // Cursors begin with a hex digit.
        String from = commit == null ? "" : RepoFile.cursorBeforeAll(commit);
        String to = commit == null ? "g" : RepoFile.cursorAfterAll(commit);
        return reader.read(() -> {
            List<RepoFile> files = new ArrayList<>();
            String sql = "SELECT cursor, size FROM place WHERE repo = ? AND cursor > ? AND cursor > ? AND cursor < ?"
                    + " ORDER BY cursor LIMIT ?";
            try (ResultSet row = reader.query(sql, key(repo), after, from, to, limit)) {
                while (row.next()) files.add(RepoFile.of(repo, row.getString("cursor"), row.getLong("size")));
            }
            return files;
        });
    }

    @Override
    public boolean addSnapshot(Snapshot snapshot, List<SnapshotFile> files, byte[] torrent) throws StoreException {
        return write(() -> {
            List<Snapshot> inTheWay = query(
                    writer,
                    "WHERE info_hash = ? OR (repo_id = ? AND revision = ? AND repo_type = ?)",
                    snapshot.infoHash().bytes(),
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
        byte[] infoHash = snapshot.infoHash().bytes();
        writer.update(
                """
                INSERT INTO snapshot(id, repo_type, repo_id, revision, name, info_hash, total_size, file_count,
                  piece_length, active, created) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
                snapshot.id(),
                snapshot.repo().type().name(),
                snapshot.repo().id(),
                snapshot.commit(),
                snapshot.name(),
                infoHash,
                snapshot.totalSize(),
                snapshot.fileCount(),
                snapshot.pieceLength(),
                snapshot.active(),
                snapshot.created().toEpochMilli());
        long number = count("SELECT last_insert_rowid()");
        for (int i = 0; i < files.size(); i++) {
            SnapshotFile file = files.get(i);
            Hash root = file.root();
            writer.update(
                    "INSERT INTO snapshot_file(snapshot, position, path, size, root) VALUES (?, ?, ?, ?, ?)",
                    number,
                    i,
                    file.path(),
                    file.size(),
                    root == null ? null : root.bytes());
        }
        writer.update("INSERT INTO torrent_bytes(v2, bytes) VALUES (?, ?)", infoHash, torrent);
    }

    private void delete(Snapshot snapshot) throws SQLException {
        writer.update(
                "DELETE FROM snapshot_file WHERE snapshot = (SELECT number FROM snapshot WHERE id = ?)", snapshot.id());
        writer.update("DELETE FROM snapshot WHERE id = ?", snapshot.id());
        writer.update("DELETE FROM torrent_bytes WHERE v2 = ?", (Object)
                snapshot.infoHash().bytes());
        news.add(told -> told.unregistered(snapshot.torrent()));
    }

    /** @param condition what follows the name of the table */
    private static List<Snapshot> query(SqliteConnection connection, String condition, @Nullable Object... values)
            throws SQLException {
        List<Snapshot> found = new ArrayList<>();
        try (ResultSet row = connection.query("SELECT * FROM snapshot " + condition, values)) {
            while (row.next()) found.add(snapshot(row));
        }
        return found;
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
        String sql = where.sql + " ORDER BY number DESC LIMIT " + limit;
        return reader.read(() -> query(reader, sql, where.values.toArray()));
    }

    @Override
    public int countSnapshots(SnapshotFilter filter) throws StoreException {
        Where where = new Where(filter);
        return reader.read(() -> {
            try (ResultSet row = reader.query("SELECT count(*) FROM snapshot " + where.sql, where.values.toArray())) {
                return row.next() ? row.getInt(1) : 0;
            }
        });
    }

    @Override
    public @Nullable Snapshot snapshot(String id) throws StoreException {
        return reader.read(() -> find(reader, id)).orElse(null);
    }

    private static Optional<Snapshot> find(SqliteConnection connection, String id) throws SQLException {
        List<Snapshot> found = query(connection, "WHERE id = ?", id);
        return found.stream().findFirst();
    }

    @Override
    public List<SnapshotFile> snapshotFiles(String id) throws StoreException {
        return reader.read(() -> {
            List<SnapshotFile> files = new ArrayList<>();
            String sql = "SELECT path, size, root FROM snapshot_file"
                    + " WHERE snapshot = (SELECT number FROM snapshot WHERE id = ?) ORDER BY position";
            try (ResultSet row = reader.query(sql, id)) {
                while (row.next()) {
                    byte @Nullable [] root = row.getBytes("root");
                    files.add(new SnapshotFile(
                            row.getString("path"), row.getLong("size"), root == null ? null : Hash.of(root)));
                }
            }
            return files;
        });
    }

    @Override
    public List<SnapshotSource> sameFiles(Hash root, long size, int limit) throws StoreException {
        return reader.read(() -> {
            List<SnapshotSource> found = new ArrayList<>();
            String sql = """
                    SELECT snapshot.*, path, size FROM snapshot_file JOIN snapshot ON snapshot = number
                    WHERE root = ? AND size = ? AND active ORDER BY number DESC, position LIMIT ?""";
            try (ResultSet row = reader.query(sql, root.bytes(), size, limit)) {
                while (row.next())
                    found.add(new SnapshotSource(
                            snapshot(row), new SnapshotFile(row.getString("path"), row.getLong("size"), root)));
            }
            return found;
        });
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
        try (Connection connection = connect(file);
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
        return reader.read(() -> {
            try (ResultSet row = reader.query("SELECT 1 FROM torrent WHERE v2 = ?", (Object) v2.bytes())) {
                return row.next();
            }
        });
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
        boolean isNew = number("SELECT id FROM torrent WHERE v2 = ?", (Object)
                        attestation.v2().bytes())
                == null;
        if (isNew && torrent == null) return;
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

    @Override
    public void close() {
        try (lock;
                reader) {
            writer.close();
        } catch (IOException | SQLException e) {
            System.getLogger(SqliteStore.class.getName())
                    .log(System.Logger.Level.WARNING, () -> "The catalogue was not closed well: " + e.getMessage());
        }
    }
}
