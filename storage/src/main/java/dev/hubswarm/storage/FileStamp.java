package dev.hubswarm.storage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a file system tells of a file without reading it. Equal stamps mean, as far as can be told, equal content: an
 * edit in place changes the times, a replacement the key. Immutable.
 *
 * @param key device and inode, where there are such
 * @param modified the time of the last write, as precise as the file system tells it
 * @param changed ctime, which no program can set back; {@code modified} where there is none
 */
public record FileStamp(long size, @Nullable Object key, FileTime modified, FileTime changed) {
    public static FileStamp of(Path path, LinkOption... options) throws IOException {
        if (path.getFileSystem().supportedFileAttributeViews().contains("unix")) {
            // All in one call: it is made after each read of what is shared.
            Map<String, Object> all = Files.readAttributes(path, "unix:size,fileKey,lastModifiedTime,ctime", options);
            FileTime modified = (FileTime) get(all, "lastModifiedTime");
            return new FileStamp((Long) get(all, "size"), all.get("fileKey"), modified, (FileTime) get(all, "ctime"));
        }
        BasicFileAttributes basic = Files.readAttributes(path, BasicFileAttributes.class, options);
        FileTime modified = basic.lastModifiedTime();
        return new FileStamp(basic.size(), basic.fileKey(), modified, modified);
    }

    private static Object get(Map<String, Object> all, String name) {
        return Objects.requireNonNull(all.get(name));
    }
}
