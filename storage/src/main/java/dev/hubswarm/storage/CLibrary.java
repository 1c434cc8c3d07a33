package dev.hubswarm.storage;

import com.sun.jna.LastErrorException;
import com.sun.jna.Native;
import com.sun.jna.Platform;
import java.io.IOException;
import java.nio.file.Path;

/**
 * What Linux offers and Java does not. Stateless.
 *
 * <p>Loading it takes 170 ms on the test machine, so only downloads that last many seconds may touch more than {@link
 * #isWorthLoading}.
 */
final class CLibrary {
    /** Elsewhere the numbers below mean other things. */
    static final boolean IS_LINUX = System.getProperty("os.name", "").equals("Linux");

    private static final long WORTH_LOADING = 4L << 30;
    private static final int O_RDWR = 2;
    private static final int O_CREAT = 0x40;
    private static final int O_NOFOLLOW = 0x20000;
    private static final int O_NOFOLLOW_ARM = 0x8000;
    private static final int O_CLOEXEC = 0x80000;
    private static final int LOCK_EX = 2;
    private static final int LOCK_NB = 4;
    private static final int ENOSPC = 28;
    private static final int EDQUOT = 122;
    private static final int PRIO_PROCESS = 0;
    /** A tenth of what others get where all want the processor. With 19, a hundredth, peers would wait for it too long. */
    private static final int NICE = 10;

    private CLibrary() {}

    static boolean isWorthLoading(long fileSize) {
        return IS_LINUX && fileSize >= WORTH_LOADING;
    }

    /** Opens for reading and writing. Fails also if the last name is a symbolic link. */
    static int openNoFollow(Path file, boolean create, int mode) throws IOException {
        int noFollow = Platform.isARM() ? O_NOFOLLOW_ARM : O_NOFOLLOW;
        try {
            return Functions.open(file.toString(), O_RDWR | noFollow | O_CLOEXEC | (create ? O_CREAT : 0), mode);
        } catch (LastErrorException | LinkageError e) {
            // Also where the library may not be unpacked and run, as in a folder mounted noexec.
            throw new IOException(file + ": " + e.getMessage(), e);
        }
    }

    /**
     * Takes the space for a file, if its file system can without writing zeros. Not posix_fallocate, which writes a
     * byte into every block where the file system cannot.
     *
     * @throws IOException only if there is no space
     */
    static void allocate(Path file, long size) throws IOException {
        int descriptor;
        try {
            descriptor = openNoFollow(file, false, 0);
        } catch (IOException e) {
            return;
        }
        try {
            Functions.fallocate(descriptor, 0, 0, size);
        } catch (LastErrorException e) {
            if (e.getErrorCode() == ENOSPC || e.getErrorCode() == EDQUOT) {
                throw new IOException("No space left on device", e);
            }
        } finally {
            close(descriptor);
        }
    }

    /** False if somebody else has the lock, or there are none. */
    static boolean tryFlock(int descriptor) {
        try {
            Functions.flock(descriptor, LOCK_EX | LOCK_NB);
            return true;
        } catch (LastErrorException e) {
            return false;
        }
    }

    /** Puts the calling thread behind all others: here, unlike elsewhere, each thread has a nice value of its own. */
    static void beNice() {
        if (!IS_LINUX) return;
        try {
            if (Functions.getpriority(PRIO_PROCESS, 0) < NICE) Functions.setpriority(PRIO_PROCESS, 0, NICE);
        } catch (LastErrorException | LinkageError e) {
            System.getLogger(CLibrary.class.getName())
                    .log(System.Logger.Level.DEBUG, () -> "a background thread has the usual priority: " + e);
        }
    }

    static void close(int descriptor) {
        Functions.close(descriptor);
    }

    /** Loaded with the first call. The types are those of a 64-bit system: no other could hold such files. */
    private static final class Functions {
        static {
            Native.register(Functions.class, "c");
        }

        static native int open(String path, int flags, int mode) throws LastErrorException;

        static native int fallocate(int fd, int mode, long offset, long length) throws LastErrorException;

        static native int flock(int fd, int operation) throws LastErrorException;

        static native int close(int fd);

        static native int getpriority(int which, int who) throws LastErrorException;

        static native int setpriority(int which, int who, int priority) throws LastErrorException;
    }
}
