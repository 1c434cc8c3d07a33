package dev.hubswarm.storage;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * flock(2) on a file, as Python programs lock. Java's own locks are of another kind, and the two do not see each other.
 * Thread-safe.
 *
 * <p>A courtesy, never a condition: on some network file systems everybody is granted such a lock.
 */
public final class FlockFile implements AutoCloseable {
    private static final int MODE = 0664;
    private static final long RETRY_MILLIS = 50;

    private int descriptor;

    private FlockFile(int descriptor) {
        this.descriptor = descriptor;
    }

    /** Whether a lock is worth its price, which is paid at the first one. */
    public static boolean isWorthwhile(long fileSize) {
        return CLibrary.isWorthLoading(fileSize);
    }

    /** Null if somebody else kept the lock all the while, or the file system has none. Linux only. */
    public static @Nullable FlockFile lock(Path file, Duration patience) throws InterruptedException {
        if (!CLibrary.IS_LINUX) return null;
        int descriptor;
        try {
            descriptor = CLibrary.openNoFollow(file, true, MODE);
        } catch (IOException e) {
            return null;
        }
        boolean taken = false;
        try {
            long started = System.nanoTime();
            taken = CLibrary.tryFlock(descriptor);
            while (!taken && System.nanoTime() - started < patience.toNanos()) {
                TimeUnit.MILLISECONDS.sleep(RETRY_MILLIS);
                taken = CLibrary.tryFlock(descriptor);
            }
            return taken ? new FlockFile(descriptor) : null;
        } finally {
            if (!taken) CLibrary.close(descriptor);
        }
    }

    /** Lets the lock go and leaves the file, which another process may be about to lock. */
    @Override
    public synchronized void close() {
        if (descriptor >= 0) CLibrary.close(descriptor);
        descriptor = -1;
    }
}
