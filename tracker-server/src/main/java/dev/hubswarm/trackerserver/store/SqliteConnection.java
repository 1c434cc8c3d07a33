package dev.hubswarm.trackerserver.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A connection to a database and its prepared statements. Thread-safe: one piece of work at a time. */
final class SqliteConnection implements AutoCloseable {
    @FunctionalInterface
    interface Work<T> {
        T run() throws SQLException;
    }

    private final Connection connection;
    private final Map<String, PreparedStatement> statements = new HashMap<>();

    SqliteConnection(Connection connection) {
        this.connection = connection;
    }

    synchronized <T> T read(Work<T> work) throws StoreException {
        try {
            return work.run();
        } catch (SQLException e) {
            forgetStatements(e);
            throw failure(e);
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
                return result;
            } catch (SQLException | RuntimeException e) {
                rollback(e);
                throw e;
            }
        } catch (SQLException e) {
            forgetStatements(e);
            throw failure(e);
        }
    }

    private void rollback(Exception failure) {
        try {
            update("ROLLBACK");
        } catch (SQLException e) {
            failure.addSuppressed(e);
        }
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

    /** The result must be closed, or its snapshot of the database stays. */
    ResultSet query(String sql, @Nullable Object... values) throws SQLException {
        return prepared(sql, values).executeQuery();
    }

    private PreparedStatement prepared(String sql, @Nullable Object... values) throws SQLException {
        PreparedStatement statement = statements.get(sql);
        if (statement == null) {
            statement = connection.prepareStatement(sql);
            statements.put(sql, statement);
        }
        for (int i = 0; i < values.length; i++) statement.setObject(i + 1, values[i]);
        return statement;
    }

    @Override
    public synchronized void close() throws SQLException {
        connection.close();
    }
}
