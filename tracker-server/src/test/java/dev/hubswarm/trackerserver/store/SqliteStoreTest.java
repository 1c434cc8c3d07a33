package dev.hubswarm.trackerserver.store;

import static dev.hubswarm.trackerserver.store.Samples.publication;
import static dev.hubswarm.trackerserver.store.Samples.sha256;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.base.UserError;
import java.io.BufferedReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SqliteStoreTest extends StoreConformance {
    private static final int KILLS = Integer.getInteger("hubswarm.kills", 3);
    private static final int TORRENTS = Integer.getInteger("hubswarm.torrents", 2_000);
    private static final int PAGE = 4096;
    private static final Duration START = Duration.ofSeconds(3);

    @TempDir
    Path folder;

    @Override
    TrackerStore open() throws UserError {
        return SqliteStore.open(folder.resolve("catalogue.db"), TOKENS);
    }

    @Test
    void theCatalogueIsThereAfterARestart() throws Exception {
        Path file = folder.resolve("again.db");
        Publication publication = publication(1, 0, ALICE);
        Snapshot snapshot = Samples.snapshot("org/a", Samples.COMMIT, 1, true);
        try (TrackerStore store = SqliteStore.open(file, TOKENS)) {
            store.publish(publication);
            store.addSnapshot(snapshot, Samples.files(), new byte[] {1});
        }
        try (TrackerStore store = SqliteStore.open(file, TOKENS)) {
            assertArrayEquals(publication.torrent(), store.torrent(v2(publication)));
            assertEquals(snapshot, store.snapshot(snapshot.id()));
        }
    }

    @Test
    void aTokenCountsAgainWhenItIsBack() throws Exception {
        Path file = folder.resolve("tokens.db");
        try (TrackerStore store = SqliteStore.open(file, TOKENS)) {
            store.publish(publication(1, 0, ALICE));
        }
        for (Set<String> tokens : List.of(Set.<String>of(), TOKENS)) {
            try (TrackerStore store = SqliteStore.open(file, tokens)) {
                Candidate candidate = store.candidates(sha256(1)).get(0);
                assertEquals(tokens.size(), candidate.attestations());
                assertEquals(tokens == TOKENS, candidate.attestedByToken());
            }
        }
    }

    /** S56. */
    @Test
    void whatWasAnsweredBeforeAKillIsThereAfterIt() throws Exception {
        Random random = new Random(3);
        Path file = folder.resolve("killed.db");
        List<Integer> answered = new ArrayList<>();
        for (int kill = 0; kill < KILLS; kill++) {
            Process child = new ProcessBuilder(SqliteWriter.command(file, kill * 1_000_000))
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            try (BufferedReader lines = child.inputReader(US_ASCII)) {
                int wanted = 1 + random.nextInt(150);
                for (int i = 0; i < wanted; i++) answered.add(Integer.parseInt(lines.readLine()));
                // By its handle, since the process itself would close its output unread.
                child.toHandle().destroyForcibly();
                // What was said before the kill and not read yet counts too; of the last line a part may be missing.
                String line = lines.readLine();
                for (String next; line != null && (next = lines.readLine()) != null; line = next)
                    answered.add(Integer.parseInt(line));
            }
            try (Connection connection = SqliteFile.connect(file)) {
                assertEquals("ok", pragma(connection, "integrity_check"));
            }
            try (TrackerStore store = SqliteStore.open(file, TOKENS)) {
                for (int digest : answered) {
                    Publication publication = publication(digest, 0, ALICE);
                    assertEquals(1, store.candidates(sha256(digest)).size(), "torrent " + digest);
                    assertArrayEquals(publication.torrent(), store.torrent(v2(publication)));
                }
                assertTrue(store.files(Samples.REPO, null, "", 1_000_000).size() >= answered.size());
            }
        }
    }

    @Test
    void theFileBelongsToOneTracker() throws Exception {
        Path file = folder.resolve("owned.db");
        try (TrackerStore store = SqliteStore.open(file, TOKENS)) {
            assertRefused(file, "another tracker");
            store.publish(publication(1, 0, ALICE));
        }
        SqliteStore.open(file, TOKENS).close();
    }

    @Test
    void theFileBelongsToOneProcess() throws Exception {
        Path file = folder.resolve("owned.db");
        Process child = new ProcessBuilder(SqliteWriter.command(file, 0))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader lines = child.inputReader(US_ASCII)) {
            lines.readLine();
            assertRefused(file, "another tracker");
        } finally {
            child.destroyForcibly().waitFor();
        }
        SqliteStore.open(file, TOKENS).close();
    }

    @Test
    void aLargeCatalogueOpensInTime() throws Exception {
        Path file = folder.resolve("large.db");
        SqliteStore.open(file, TOKENS).close();
        try (Connection connection = SqliteFile.connect(file);
                Statement statement = connection.createStatement()) {
            statement.execute(
                    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < " + TORRENTS + ")"
                            + " INSERT INTO torrent SELECT i, randomblob(32), i, randomblob(20), randomblob(32), 262144 FROM n");
            statement.execute("INSERT INTO torrent_bytes SELECT v2, randomblob(20000) FROM torrent");
            statement.execute("INSERT INTO attestation SELECT id, 0, 'x' FROM torrent");
        }
        long started = System.nanoTime();
        Registered registered = new Registered();
        try (TrackerStore store = SqliteStore.open(file, TOKENS)) {
            store.follow(registered);
        }
        Duration took = Duration.ofNanos(System.nanoTime() - started);
        assertEquals(TORRENTS, registered.torrents.size());
        assertTrue(took.compareTo(START) < 0, "start took " + took);
    }

    @Test
    void commitsReachTheDisk() throws Exception {
        try (Connection connection = SqliteFile.connect(folder.resolve("catalogue.db"))) {
            assertEquals("wal", pragma(connection, "journal_mode"));
            assertEquals("2", pragma(connection, "synchronous"));
            assertEquals("1", pragma(connection, "fullfsync"));
        }
    }

    @Test
    void onceADiskHasRoomAgainItIsWrittenTo() throws Exception {
        Path file = folder.resolve("catalogue.db");
        List<String> log = new ArrayList<>();
        Logger logger = Logger.getLogger(SqliteConnection.class.getName());
        Handler handler = recording(log);
        logger.addHandler(handler);
        Connection connection = SqliteFile.connect(file);
        try (SqliteConnection catalogue = new SqliteConnection(file, connection)) {
            catalogue.update("CREATE TABLE kept (bytes BLOB)");
            String insert = "INSERT INTO kept VALUES (zeroblob(200000))";
            pragma(connection, "max_page_count = 10");
            for (int i = 0; i < 3; i++) {
                StoreException full = assertThrows(
                        StoreException.class, () -> catalogue.write(() -> catalogue.update(insert)), "try " + i);
                assertTrue(String.valueOf(full.getCause()).contains("SQLITE_FULL"), () -> "try: " + full.getCause());
            }
            pragma(connection, "max_page_count = 1000");
            assertEquals(1, catalogue.write(() -> catalogue.update(insert)));
        } finally {
            logger.removeHandler(handler);
        }
        assertEquals(2, log.size(), log::toString);
        assertTrue(log.get(0).startsWith("WARNING The catalogue at " + file + " cannot be used: [SQLITE_FULL]"));
        assertEquals("INFO The catalogue at " + file + " can be used again.", log.get(1));
    }

    private static Handler recording(List<String> log) {
        return new Handler() {
            @Override
            public void publish(LogRecord record) {
                log.add(record.getLevel() + " " + record.getMessage());
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
    }

    @Test
    void anotherFileIsLeftAlone() throws Exception {
        Path file = Files.writeString(folder.resolve("text.db"), "This is no catalogue. ".repeat(100));
        assertRefused(file, "text.db");
        assertTrue(Files.readString(file).startsWith("This is no catalogue."));
    }

    @Test
    void aDamagedFileIsNamed() throws Exception {
        Path file = folder.resolve("damaged.db");
        try (TrackerStore store = SqliteStore.open(file, TOKENS)) {
            store.publish(publication(1, 0, ALICE));
        }
        byte[] bytes = Files.readAllBytes(file);
        Arrays.fill(bytes, PAGE, bytes.length, (byte) 'x');
        Files.write(file, bytes);
        try (TrackerStore store = SqliteStore.open(file, TOKENS)) {
            UserError error = assertThrows(UserError.class, () -> store.follow(new Registered()));
            assertEquals(UserError.Kind.DAMAGED, error.kind());
            String message = String.valueOf(error.getMessage());
            assertTrue(message.contains(file.toString()) && message.contains("SQLITE_CORRUPT"), message);
        }
    }

    @Test
    void aFileOfAnotherVersionIsLeftAlone() throws Exception {
        Path file = folder.resolve("newer.db");
        try (Connection connection = SqliteFile.connect(file);
                Statement statement = connection.createStatement()) {
            statement.execute("PRAGMA user_version = 2");
        }
        assertRefused(file, "format 2");
    }

    @Test
    void aFolderThatIsNotThereIsNamed() {
        Path nowhere = folder.resolve("nowhere").resolve("catalogue.db");
        assertRefused(nowhere, nowhere.toString());
    }

    private static void assertRefused(Path file, String why) {
        String message = String.valueOf(assertThrows(UserError.class, () -> SqliteStore.open(file, TOKENS))
                .getMessage());
        assertTrue(message.contains(why), message);
    }

    private static String pragma(Connection connection, String name) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("PRAGMA " + name)) {
            row.next();
            return row.getString(1);
        }
    }
}
