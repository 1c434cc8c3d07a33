package dev.hubswarm.storage;

import dev.hubswarm.base.UserError;
import dev.hubswarm.base.UserError.Kind;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Where this program keeps what is its own: {@code HUBSWARM_HOME}. For its owner alone. Stateless. */
public final class StateFolder {
    private static final Set<PosixFilePermission> OURS_ALONE = PosixFilePermissions.fromString("rwx------");

    private StateFolder() {}

    /** Where it is, or would be. */
    public static Path find(Map<String, String> environment, Path home) {
        @Nullable String ours = environment.get("HUBSWARM_HOME");
        if (ours != null && !ours.isBlank()) return Path.of(ours).toAbsolutePath();
        @Nullable String xdg = environment.get("XDG_STATE_HOME");
        // A relative path is to be ignored (XDG Base Directory Specification).
        boolean usable = xdg != null && Path.of(xdg).isAbsolute();
        return (usable ? Path.of(xdg) : home.resolve(".local").resolve("state")).resolve("hubswarm");
    }

    /** Makes the folder if need be, and refuses one in which others could plant files or read secrets. */
    public static Path open(Path folder) throws UserError {
        try {
            if (!Files.isDirectory(folder)) create(folder);
            if (!Files.isDirectory(folder))
                throw new UserError(
                        Kind.FAILED,
                        folder + " is a file, and a folder of this name is needed.",
                        "Move it out of the way, or set HUBSWARM_HOME to another folder.");
            checkOwner(folder);
            return folder;
        } catch (IOException e) {
            throw unwritable(folder, e);
        }
    }

    /** That the folder, or something in it, cannot be written. */
    public static UserError unwritable(Path path, IOException cause) {
        UserError plain = FileErrors.writing(path, cause);
        return new UserError(
                plain.kind(),
                String.valueOf(plain.getMessage()),
                "Set HUBSWARM_HOME to a folder that this user may write to.",
                cause);
    }

    private static void create(Path folder) throws IOException {
        Path parent = folder.getParent();
        if (parent != null) Files.createDirectories(parent);
        try {
            Files.createDirectory(folder, PosixFilePermissions.asFileAttribute(OURS_ALONE));
        } catch (FileAlreadyExistsException e) {
            // Another process was quicker; the check comes next.
        } catch (UnsupportedOperationException e) {
            Files.createDirectory(folder);
        }
    }

    private static void checkOwner(Path folder) throws IOException, UserError {
        if (!folder.getFileSystem().supportedFileAttributeViews().contains("posix")) return;
        PosixFileAttributes attributes = Files.readAttributes(folder, PosixFileAttributes.class);
        // The link itself is root's; what it leads to belongs to who runs this.
        Path self = Path.of("/proc/self");
        boolean foreign = Files.exists(self) && !attributes.owner().equals(Files.getOwner(self));
        if (foreign) throw unsafe(folder, "belongs to another user, who could put files there");
        Set<PosixFilePermission> mode = attributes.permissions();
        if (OURS_ALONE.containsAll(mode)) return;
        boolean writable =
                mode.contains(PosixFilePermission.GROUP_WRITE) || mode.contains(PosixFilePermission.OTHERS_WRITE);
        throw unsafe(
                folder, "is open to other users, who could " + (writable ? "put files there" : "read secrets there"));
    }

    private static UserError unsafe(Path folder, String why) {
        return new UserError(
                Kind.NOT_ALLOWED,
                folder + " " + why + ".",
                "Run `chmod 700` on it if it is yours, or set HUBSWARM_HOME to another folder.");
    }
}
