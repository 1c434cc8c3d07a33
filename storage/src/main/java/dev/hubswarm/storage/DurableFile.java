package dev.hubswarm.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Writes small files so that a reader, or a crash, finds the whole file or none. Stateless. */
public final class DurableFile {
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final FileAttribute<?> OURS_ALONE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

    private DurableFile() {}

    /** @throws FileAlreadyExistsException unless {@code replace}, which only ever replaces a regular file */
    public static void write(Path target, byte[] content, boolean replace) throws IOException {
        boolean exists = Files.exists(target, LinkOption.NOFOLLOW_LINKS);
        if (exists && !(replace && Files.isRegularFile(target, LinkOption.NOFOLLOW_LINKS))) {
            throw new FileAlreadyExistsException(target.toString());
        }
        Path temporary = temporaryName(target.toAbsolutePath().getParent());
        try {
            writeForced(temporary, content);
            if (replace) Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
            else publishOnce(temporary, target);
        } finally {
            Files.deleteIfExists(temporary);
        }
        forceFolder(target.toAbsolutePath().getParent());
    }

    /**
     * Replaces whatever has this name, and leaves it to the caller to force the folder.
     *
     * @param scratch a folder of the same file system where a file that a crash leaves behind misleads nobody
     */
    public static void replace(Path target, byte[] content, Path scratch) throws IOException {
        Path temporary = temporaryName(scratch);
        try {
            writeForced(temporary, content);
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(temporary);
        }
    }

    /** Replaces whatever has this name by a file that its owner alone may read, from its first byte on. */
    public static void replacePrivate(Path target, byte[] content) throws IOException {
        Path folder = target.toAbsolutePath().getParent();
        Path temporary = temporaryName(folder);
        boolean posix = target.getFileSystem().supportedFileAttributeViews().contains("posix");
        try {
            writeForced(temporary, content, posix ? new FileAttribute<?>[] {OURS_ALONE} : new FileAttribute<?>[0]);
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(temporary);
        }
        forceFolder(folder);
    }

    /** A name that nothing else has. */
    public static Path temporaryName(@Nullable Path folder) {
        byte[] unique = new byte[8];
        RANDOM.nextBytes(unique);
        Path name = Path.of(".hubswarm-" + HexFormat.of().formatHex(unique) + ".tmp");
        return folder == null ? name : folder.resolve(name);
    }

    /** Whether {@link #temporaryName} made it. */
    public static boolean isTemporaryName(String name) {
        return name.startsWith(".hubswarm-") && name.endsWith(".tmp");
    }

    private static void writeForced(Path file, byte[] content, FileAttribute<?>... attributes) throws IOException {
        Set<OpenOption> options = Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        try (FileChannel channel = FileChannel.open(file, options, attributes)) {
            ByteBuffer left = ByteBuffer.wrap(content);
            while (left.hasRemaining()) channel.write(left);
            channel.force(true);
        }
    }

    /** Forces a file that was written by other means. */
    public static void force(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
    }

    /** A hard link refuses an existing name, which a rename does not. */
    private static void publishOnce(Path temporary, Path target) throws IOException {
        try {
            Files.createLink(target, temporary);
        } catch (FileAlreadyExistsException e) {
            throw e;
        } catch (UnsupportedOperationException | IOException e) {
            // FAT and some network file systems have no hard links.
            Files.move(temporary, target);
        }
    }

    /** Makes names in a folder outlast a power cut, as far as the system can. */
    public static void forceFolder(@Nullable Path folder) {
        if (folder == null) return;
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        } catch (IOException e) {
            // Windows does not open folders, and some file systems do not sync them; the file itself is safe.
            System.getLogger(DurableFile.class.getName())
                    .log(System.Logger.Level.DEBUG, () -> "cannot sync folder " + folder);
        }
    }
}
