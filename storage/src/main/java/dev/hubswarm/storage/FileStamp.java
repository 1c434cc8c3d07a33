package dev.hubswarm.storage;

import dev.hubswarm.base.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/**
 * What a file system tells of a file without reading it. Equal stamps mean, as far as can be told, equal content: an
 * edit in place changes the times, a replacement the inode. Immutable. Plain numbers, so that it can be written down.
 *
 * @param device 0, as the inode, where there are no such
 * @param modifiedNanos the time of the last write since 1970, as precise as the file system tells it
 * @param changedNanos ctime, which no program can set back; {@code modifiedNanos} where there is none
 */
public record FileStamp(long device, long inode, long size, long modifiedNanos, long changedNanos) {
    public static FileStamp of(Path path, LinkOption... options) throws IOException {
        if (path.getFileSystem().supportedFileAttributeViews().contains("unix")) {
            // All in one call: it is made after each read of what is shared.
            Map<String, Object> all = Files.readAttributes(path, "unix:dev,ino,size,lastModifiedTime,ctime", options);
            return new FileStamp(
                    (Long) get(all, "dev"),
                    (Long) get(all, "ino"),
                    (Long) get(all, "size"),
                    nanos((FileTime) get(all, "lastModifiedTime")),
                    nanos((FileTime) get(all, "ctime")));
        }
        BasicFileAttributes basic = Files.readAttributes(path, BasicFileAttributes.class, options);
        long modified = nanos(basic.lastModifiedTime());
        return new FileStamp(0, 0, basic.size(), modified, modified);
    }

    /** As {@link #of}, of a file that the user is to hear of if it cannot be read. */
    public static FileStamp ofReadable(Path path) throws UserError {
        try {
            return of(path);
        } catch (IOException e) {
            throw FileErrors.reading(path, e);
        }
    }

    private static Object get(Map<String, Object> all, String name) {
        return Objects.requireNonNull(all.get(name));
    }

    private static long nanos(FileTime time) {
        return time.to(TimeUnit.NANOSECONDS);
    }
}
