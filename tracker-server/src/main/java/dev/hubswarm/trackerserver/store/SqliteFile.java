package dev.hubswarm.trackerserver.store;

import dev.hubswarm.base.UserError;
import dev.hubswarm.base.UserError.Kind;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteConfig.JournalMode;
import org.sqlite.SQLiteConfig.SynchronousMode;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/**
 * The file of a catalogue, opened for one tracker process. Thread-safe.
 *
 * <p>What was committed survives the end of the process and of the machine: the log is written ahead, and synchronised
 * at each commit. Less (NORMAL) would keep the file whole, but lose the last publications with the power. One
 * connection writes; another reads meanwhile, which does not wait for the disk.
 *
 * @param tokens the names of those of which attestations count: to both connections, a table
 */
record SqliteFile(Path path, FileChannel lock, SqliteConnection writer, SqliteConnection reader, Set<String> tokens)
        implements AutoCloseable {
    /** Only other programs that look into the file can be in the way. */
    private static final int BUSY_MILLIS = 5_000;
    /** A new catalogue with its log. */
    private static final long LEAST_ROOM = 256 * 1024;

    SqliteFile {
        tokens = Set.copyOf(tokens);
    }

    static SqliteFile open(Path file, Set<String> tokens) throws UserError {
        Path path = file.toAbsolutePath();
        try {
            FileChannel lock = lock(path);
            if (lock == null)
                throw new UserError(
                        Kind.FAILED,
                        "The catalogue at " + path + " belongs to another tracker, which is running.",
                        "Stop that one, name another file with --storage, or let both share a Redis.",
                        new FileSystemException(path.toString(), null, "its lock is taken"));
            try {
                return open(path, lock, tokens);
            } catch (UserError | RuntimeException e) {
                lock.close();
                throw e;
            }
        } catch (IOException e) {
            throw unusable(path, e);
        }
    }

    /** Why a tracker cannot start with this file. */
    static UserError unusable(Path path, Exception cause) {
        String what = "The catalogue at " + path + " cannot be opened: ";
        SQLiteErrorCode code =
                cause instanceof SQLiteException failure ? failure.getResultCode() : SQLiteErrorCode.UNKNOWN_ERROR;
        // What else is written than the database fails on a full disk with other codes.
        if (code == SQLiteErrorCode.SQLITE_FULL
                || path.resolveSibling(".").toFile().getUsableSpace() < LEAST_ROOM)
            return new UserError(
                    Kind.NO_SPACE,
                    what + "its disk is full.",
                    "Make room there, or name a file on another disk.",
                    cause);
        if (code == SQLiteErrorCode.SQLITE_CORRUPT || code == SQLiteErrorCode.SQLITE_NOTADB)
            return new UserError(
                    Kind.DAMAGED,
                    what + "it is damaged, or no catalogue (" + cause.getMessage() + ").",
                    "Put a copy of it back, or move it out of the way: who seeds can publish again.",
                    cause);
        if (cause instanceof AccessDeniedException denied)
            return new UserError(
                    Kind.NOT_ALLOWED,
                    what + "this user may not write to " + denied.getFile() + ".",
                    "Change its permissions, or name a file in a folder that this user may write to.",
                    cause);
        return new UserError(
                Kind.FAILED,
                what + (cause instanceof IOException ? cause : cause.getMessage()) + ".",
                "Name a file in a folder on a local disk that this user may write to.",
                cause);
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

    /** @param lock of the file; closed with it, if this returns one */
    static SqliteFile open(Path path, FileChannel lock, Set<String> tokens) throws UserError {
        // SQLite would open it for reading alone, and fail at the first publication.
        if (Files.exists(path) && !Files.isWritable(path))
            throw unusable(path, new AccessDeniedException(path.toString()));
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
                return new SqliteFile(
                        path, lock, counting(path, tokens, writer), counting(path, tokens, connect(path)), tokens);
            } catch (SQLException | UserError | RuntimeException e) {
                writer.close();
                throw e;
            }
        } catch (SQLException e) {
            throw unusable(path, e);
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

    private static SqliteConnection counting(Path path, Set<String> tokens, Connection connection) throws SQLException {
        SqliteConnection counting = new SqliteConnection(path, connection);
        counting.update("CREATE TEMP TABLE token(name TEXT PRIMARY KEY)");
        for (String token : tokens) counting.update("INSERT INTO token VALUES (?)", token);
        return counting;
    }

    private static int prepare(Connection writer) throws SQLException {
        try (Statement statement = writer.createStatement()) {
            if (SqliteSchema.version(statement) == 0) SqliteSchema.create(writer);
            return SqliteSchema.version(statement);
        }
    }

    @Override
    public void close() {
        try (lock;
                reader) {
            writer.close();
        } catch (IOException | SQLException e) {
            System.getLogger(SqliteFile.class.getName())
                    .log(System.Logger.Level.WARNING, () -> "The catalogue was not closed well: " + e.getMessage());
        }
    }
}
