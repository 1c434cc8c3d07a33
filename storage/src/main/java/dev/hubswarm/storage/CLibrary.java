package dev.hubswarm.storage;

import com.sun.jna.LastErrorException;
import com.sun.jna.Native;
import com.sun.jna.Platform;
import java.io.IOException;
import java.nio.file.Path;

/**
 * What Linux offers and Java does not. Stateless.
 *
 * <p>Loading it takes 170 ms on the test machine, so only downloads that last many seconds may touch it ({@link
 * #isWorthLoading}).
 */
final class CLibrary {
    static final int LOCK_EX = 2;
    static final int LOCK_NB = 4;

    private static final long WORTH_LOADING = 4L << 30;
    private static final int O_RDWR = 2;
    private static final int O_CREAT = 0x40;
    private static final int O_NOFOLLOW = 0x20000;
    private static final int O_NOFOLLOW_ARM = 0x8000;
    private static final int O_CLOEXEC = 0x80000;
    private static final int ENOSPC = 28;
    private static final int EDQUOT = 122;

    static {
        Native.register(CLibrary.class, "c");
    }

    private CLibrary() {}

    static boolean isWorthLoading(long fileSize) {
        return fileSize >= WORTH_LOADING && System.getProperty("os.name", "").equals("Linux");
    }

    /** @throws LastErrorException also if the last name is a symbolic link */
    static int openNoFollow(Path file, boolean create, int mode) {
        int noFollow = Platform.isARM() ? O_NOFOLLOW_ARM : O_NOFOLLOW;
        return open(file.toString(), O_RDWR | noFollow | O_CLOEXEC | (create ? O_CREAT : 0), mode);
    }

    /**
     * Takes the space for a file, if its file system can without writing zeros. Not posix_fallocate, which writes a
     * byte into every block where the file system cannot.
     */
    static void allocate(Path file, long size) throws IOException {
        int fd = -1;
        try {
            fd = openNoFollow(file, false, 0);
            fallocate(fd, 0, 0, size);
        } catch (LastErrorException e) {
            if (e.getErrorCode() == ENOSPC || e.getErrorCode() == EDQUOT) {
                throw new IOException("No space left on device", e);
            }
        } finally {
            if (fd >= 0) close(fd);
        }
    }

    // The types of a 64-bit system, off_t included: there are no others that could hold such files.
    private static native int open(String path, int flags, int mode) throws LastErrorException;

    private static native int fallocate(int fd, int mode, long offset, long length) throws LastErrorException;

    static native int flock(int fd, int operation) throws LastErrorException;

    static native int close(int fd);
}
