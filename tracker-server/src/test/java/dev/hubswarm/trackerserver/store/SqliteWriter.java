package dev.hubswarm.trackerserver.store;

import java.nio.file.Path;
import java.util.List;

/** A process that publishes without end, and says what it was answered. */
final class SqliteWriter {
    static final int THREADS = 4;

    private SqliteWriter() {}

    static List<String> command(Path file, int first) {
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                SqliteWriter.class.getName(),
                file.toString(),
                Integer.toString(first));
    }

    public static void main(String[] args) throws Exception {
        int first = Integer.parseInt(args[1]);
        SqliteStore store = SqliteStore.open(Path.of(args[0]), StoreConformance.TOKENS);
        for (int thread = 0; thread < THREADS; thread++) {
            int begin = first + thread;
            new Thread(() -> publish(store, begin)).start();
        }
    }

    private static void publish(TrackerStore store, int begin) {
        try {
            for (int digest = begin; ; digest += THREADS) {
                Place place = new Place(Samples.REPO, Samples.COMMIT, "file " + digest);
                store.publish(Samples.publication(digest, 0, StoreConformance.ALICE, place));
                System.out.println(digest);
            }
        } catch (StoreException e) {
            throw new IllegalStateException(e);
        }
    }
}
