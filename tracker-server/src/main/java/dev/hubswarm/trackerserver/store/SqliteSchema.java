package dev.hubswarm.trackerserver.store;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

/** The tables of the catalogue. Stateless. */
final class SqliteSchema {
    /** Kept in the file as its {@code user_version}; 0 means that the file is new. */
    static final int VERSION = 1;

    /** Torrents stand apart from what is known of them, so that a look-up, and the start, pass over no large rows. */
    private static final List<String> TABLES = List.of(
            """
            CREATE TABLE torrent(
              id INTEGER PRIMARY KEY, digest BLOB NOT NULL, size INTEGER NOT NULL, v1 BLOB NOT NULL,
              v2 BLOB NOT NULL UNIQUE, piece_length INTEGER NOT NULL)""",
            "CREATE INDEX torrent_of_digest ON torrent(digest)",
            "CREATE TABLE torrent_bytes(v2 BLOB PRIMARY KEY, bytes BLOB NOT NULL)",
            """
            CREATE TABLE attestation(
              torrent INTEGER NOT NULL, by_token INTEGER NOT NULL, publisher TEXT NOT NULL,
              PRIMARY KEY(torrent, by_token, publisher)) WITHOUT ROWID""",
            """
            CREATE TABLE place(
              repo TEXT NOT NULL, cursor TEXT NOT NULL, size INTEGER NOT NULL,
              PRIMARY KEY(repo, cursor)) WITHOUT ROWID""",
            """
            CREATE TABLE snapshot(
              number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, repo_type TEXT NOT NULL, repo_id TEXT NOT NULL,
              revision TEXT NOT NULL, name TEXT NOT NULL, info_hash BLOB NOT NULL UNIQUE, total_size INTEGER NOT NULL,
              file_count INTEGER NOT NULL, piece_length INTEGER NOT NULL, active INTEGER NOT NULL,
              created INTEGER NOT NULL, UNIQUE(repo_id, revision, repo_type))""",
            """
            CREATE TABLE snapshot_file(
              snapshot INTEGER NOT NULL, position INTEGER NOT NULL, path TEXT NOT NULL, size INTEGER NOT NULL,
              root BLOB, PRIMARY KEY(snapshot, position)) WITHOUT ROWID""",
            "CREATE INDEX snapshot_file_content ON snapshot_file(root, size) WHERE root IS NOT NULL");

    private SqliteSchema() {}

    static int version(Statement statement) throws SQLException {
        try (ResultSet row = statement.executeQuery("PRAGMA user_version")) {
            row.next();
            return row.getInt(1);
        }
    }

    /** Makes the tables in a new file: all or none. */
    static void create(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("BEGIN IMMEDIATE");
            if (version(statement) == 0) {
                for (String table : TABLES) statement.execute(table);
                statement.execute("PRAGMA user_version = " + VERSION);
            }
            statement.execute("COMMIT");
        }
    }
}
