package dev.hubswarm.agent.accelerator;

import dev.hubswarm.base.UserError;
import dev.hubswarm.base.UserError.Kind;
import dev.hubswarm.storage.DurableFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * How much of the disk files may take that were fetched because programs asked for them. Thread-safe.
 *
 * <p>The cache is the user's, and other programs read what lies there, so nothing is ever deleted: where there is no
 * room left, files pass through without being kept. What was fetched is a list of paths beyond a restart; losing it
 * costs that their files do not count any more.
 */
public final class FetchQuota {
    private static final System.Logger LOG = System.getLogger(FetchQuota.class.getName());
    private static final long UNLIMITED = 0;

    private final long most;
    private final Path notes;
    private final Set<Path> kept = new LinkedHashSet<>();
    private long underWay;

    /**
     * Blocks for the disk.
     *
     * @param most bytes; 0 for no limit, and then nothing is noted
     * @param notes a file of our own
     */
    public FetchQuota(long most, Path notes) {
        this.most = most;
        this.notes = notes;
        if (most == UNLIMITED) return;
        try {
            for (String line : Files.readString(notes).split("\n", -1)) if (!line.isEmpty()) kept.add(Path.of(line));
        } catch (NoSuchFileException e) {
            LOG.log(System.Logger.Level.DEBUG, () -> "nothing was fetched yet: there is no " + notes);
        } catch (IOException | InvalidPathException e) {
            LOG.log(System.Logger.Level.WARNING, () -> "Cannot read what was fetched; it does not count: " + e);
        }
    }

    /** For a file that is being fetched, until it is closed. Thread-safe. */
    public final class Share implements AutoCloseable {
        private long bytes;

        private Share(long bytes) {
            this.bytes = bytes;
        }

        @Override
        public void close() {
            synchronized (FetchQuota.this) {
                underWay -= bytes;
                bytes = 0;
            }
        }
    }

    /**
     * Blocks for the disk.
     *
     * @throws UserError of kind NO_SPACE
     */
    synchronized Share take(long bytes) throws UserError {
        if (most != UNLIMITED && used() + underWay + bytes > most) {
            throw new UserError(
                    Kind.NO_SPACE,
                    "Files that programs fetched take as much of the disk as --max-disk allows.",
                    "Allow more, or delete some from the cache.");
        }
        underWay += bytes;
        return new Share(bytes);
    }

    private long used() {
        long used = 0;
        for (Path file : kept) {
            try {
                used += Files.size(file);
            } catch (IOException e) {
                LOG.log(System.Logger.Level.DEBUG, () -> file + " is gone: " + e);
            }
        }
        return used;
    }

    /**
     * It is there now. Blocks for the disk.
     *
     * @param name may be a link
     */
    synchronized void fetched(Path name) {
        if (most == UNLIMITED) return;
        try {
            kept.removeIf(file -> !Files.exists(file));
            if (!kept.add(name.toRealPath())) return;
            StringBuilder text = new StringBuilder();
            for (Path file : kept) text.append(file).append('\n');
            DurableFile.write(notes, text.toString().getBytes(StandardCharsets.UTF_8), true);
        } catch (IOException e) {
            LOG.log(System.Logger.Level.WARNING, () -> "Cannot write down what was fetched: " + e);
        }
    }
}
