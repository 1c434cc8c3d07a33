package dev.hubswarm.storage;

import dev.hubswarm.base.UserError;
import dev.hubswarm.base.UserError.Kind;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.LongUnaryOperator;

/**
 * Keeps downloads from filling a disk: what is promised to one is not promised to another. Thread-safe.
 *
 * <p>It knows of the downloads of this process only, and other programs write too. So a full disk stays possible, and
 * every write has to cope with one.
 */
public final class DiskSpace {
    private static final long MIB = 1 << 20;
    private static final long USUAL_RESERVE = 2048 * MIB;
    private static final long SMALL_RESERVE = 16 * MIB;

    private final LongUnaryOperator reserve;
    private final Map<Object, Long> promised = new HashMap<>();

    private DiskSpace(LongUnaryOperator reserve) {
        this.reserve = reserve;
    }

    /** Leaves so many bytes free on each disk. */
    public static DiskSpace withReserve(long bytes) {
        return new DiskSpace(size -> bytes);
    }

    /** Leaves free what should be: for what nobody waits to see. */
    public static DiskSpace withUsualReserve() {
        return new DiskSpace(DiskSpace::usualReserve);
    }

    /** What should be left free on a disk of so many bytes: 2 GiB or 5 %, whichever is more. */
    public static long usualReserve(long diskSize) {
        return Math.max(USUAL_RESERVE, diskSize / 20);
    }

    /** Leaves 16 MiB or 1 ‰ free on each disk, whichever is less: for what a user asked for just now. */
    public static DiskSpace withSmallReserve() {
        return new DiskSpace(size -> Math.min(SMALL_RESERVE, size / 1000));
    }

    /** Space kept free for a download until it is closed. Thread-safe. */
    public final class Promise implements AutoCloseable {
        private final Object disk;
        private long left;

        private Promise(Object disk, long bytes) {
            this.disk = disk;
            this.left = bytes;
        }

        /** So many of the promised bytes are on the disk now and no longer count as free. */
        public void taken(long bytes) {
            synchronized (promised) {
                long given = Math.min(bytes, left);
                left -= given;
                promised.merge(disk, -given, Long::sum);
            }
        }

        @Override
        public void close() {
            taken(Long.MAX_VALUE);
        }
    }

    /**
     * One promise for many files is cheaper than one for each.
     *
     * @param folder need not exist yet
     * @throws UserError of kind NO_SPACE, which says how much is missing
     */
    public Promise promise(Path folder, long bytes) throws UserError {
        Path existing = folder.toAbsolutePath();
        while (!Files.isDirectory(existing)) existing = Objects.requireNonNull(existing.getParent(), "a root");
        // A FileStore would tell the same, but looking one up reads the table of all mounts.
        File disk = existing.toFile();
        Object key = key(existing);
        synchronized (promised) {
            long size = disk.getTotalSpace();
            long free = disk.getUsableSpace() - reserve.applyAsLong(size);
            long missing = bytes - (free - promised.getOrDefault(key, 0L));
            // Some network file systems do not say how large they are.
            if (missing > 0 && bytes > 0 && size > 0) throw noSpace(folder, bytes, missing);
            promised.merge(key, bytes, Long::sum);
        }
        return new Promise(key, bytes);
    }

    /**
     * Takes the space for a file that is there, if it is large and the file system can, so that a disk that is too small
     * says so now, and the file lies in few places.
     */
    public static void take(Path file, long size) throws UserError {
        if (!CLibrary.isWorthLoading(size)) return;
        try {
            CLibrary.allocate(file, size);
        } catch (IOException e) {
            throw FileErrors.writing(file, e);
        }
    }

    private static Object key(Path folder) {
        try {
            return Files.getAttribute(folder, "unix:dev");
        } catch (IOException | UnsupportedOperationException e) {
            return Objects.requireNonNullElse(folder.getRoot(), folder);
        }
    }

    private static UserError noSpace(Path folder, long bytes, long missing) {
        return new UserError(
                Kind.NO_SPACE,
                "There is not enough space in " + folder + " for " + mib(bytes) + ": " + mib(missing)
                        + " more must be free, some being kept in reserve.",
                "Free some, or choose another disk.");
    }

    private static String mib(long bytes) {
        return (bytes + MIB - 1) / MIB + " MiB";
    }
}
