package dev.hubswarm.trackerserver.store;

import dev.hubswarm.protocol.metainfo.Hash;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A connection to a database and its prepared statements. Thread-safe: one piece of work at a time. */
final class SqliteConnection implements AutoCloseable {
    @FunctionalInterface
    interface Work<T> {
        T run() throws SQLException;
    }

    @FunctionalInterface
    interface Row<T> {
        T read(ResultSet row) throws SQLException;
    }

    private static final System.Logger LOG = System.getLogger(SqliteConnection.class.getName());
    private static final int NONE = -1;

    private final Path file;
    private final Connection connection;
    private final Map<String, PreparedStatement> statements = new HashMap<>();
    /** The code of the failure that was logged last, until work succeeds. */
    private int failing = NONE;

    SqliteConnection(Path file, Connection connection) {
        this.file = file;
        this.connection = connection;
    }

    synchronized <T> T read(Work<T> work) throws StoreException {
        try {
            T result = work.run();
            succeeded();
            return result;
        } catch (SQLException e) {
            throw failed(e);
        }
    }

    /** Does all of the work or nothing. */
    synchronized <T> T write(Work<T> work) throws StoreException {
        try {
            // Immediate: a read that becomes a write later would fail at once if another process wrote in between.
            update("BEGIN IMMEDIATE");
            try {
                T result = work.run();
                update("COMMIT");
                succeeded();
                return result;
            } catch (SQLException | RuntimeException e) {
                rollback(e);
                throw e;
            }
        } catch (SQLException e) {
            throw failed(e);
        }
    }

    private void rollback(Exception failure) {
        try {
            update("ROLLBACK");
        } catch (SQLException e) {
            failure.addSuppressed(e);
        }
    }

    private void succeeded() {
        if (failing != NONE) LOG.log(Level.INFO, () -> "The catalogue at " + file + " can be used again.");
        failing = NONE;
    }

    /** Tells the operator once of each kind of failure: whatever is asked meanwhile fails in the same way. */
    private StoreException failed(SQLException e) {
        forgetStatements(e);
        if (failing != e.getErrorCode())
            LOG.log(Level.WARNING, () -> "The catalogue at " + file + " cannot be used: " + e.getMessage());
        failing = e.getErrorCode();
        return failure(e);
    }

    static StoreException failure(SQLException e) {
        return new StoreException("The catalogue's file cannot be read or written.", e);
    }

    /** The driver may finalise a statement that failed, on a full disk for one; used again it would fail for ever. */
    private void forgetStatements(SQLException failure) {
        for (PreparedStatement statement : statements.values()) {
            try {
                statement.close();
            } catch (SQLException e) {
                failure.addSuppressed(e);
            }
        }
        statements.clear();
    }

    int update(String sql, @Nullable Object... values) throws SQLException {
        return prepared(sql, values).executeUpdate();
    }

    /** Reads all rows at once: a result that stays open keeps its snapshot of the database. */
    <T> List<T> query(String sql, Row<T> each, @Nullable Object... values) throws SQLException {
        List<T> found = new ArrayList<>();
        try (ResultSet row = prepared(sql, values).executeQuery()) {
            while (row.next()) found.add(each.read(row));
        }
        return found;
    }

    <T> Optional<T> first(String sql, Row<T> row, @Nullable Object... values) throws SQLException {
        return query(sql, row, values).stream().findFirst();
    }

    /** The number in the first row, which is there. */
    long number(String sql, @Nullable Object... values) throws SQLException {
        return query(sql, row -> row.getLong(1), values).get(0);
    }

    private PreparedStatement prepared(String sql, @Nullable Object... values) throws SQLException {
        PreparedStatement statement = statements.get(sql);
        if (statement == null) {
            statement = connection.prepareStatement(sql);
            statements.put(sql, statement);
        }
        for (int i = 0; i < values.length; i++)
            statement.setObject(i + 1, values[i] instanceof Hash hash ? hash.bytes() : values[i]);
        return statement;
    }

    @Override
    public synchronized void close() throws SQLException {
        connection.close();
    }
}
