package dev.hubswarm.storage;

import dev.hubswarm.base.UserError;
import dev.hubswarm.base.UserError.Kind;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.Locale;

/** Says in the user's words what a file system said. Stateless. */
public final class FileErrors {
    private FileErrors() {}

    public static UserError reading(Path path, IOException cause) {
        if (cause instanceof NoSuchFileException || cause instanceof NotDirectoryException) {
            return new UserError(Kind.NOT_FOUND, path + " does not exist.", "Check the path.", cause);
        }
        if (cause instanceof AccessDeniedException) {
            return new UserError(
                    Kind.NOT_ALLOWED, path + " may not be read by this user.", "Change its permissions.", cause);
        }
        return new UserError(
                Kind.FAILED,
                "Reading " + path + " failed: " + reason(cause) + ".",
                "Check the disk and try again.",
                cause);
    }

    public static UserError writing(Path path, IOException cause) {
        if (cause instanceof NoSuchFileException || cause instanceof NotDirectoryException) {
            return new UserError(
                    Kind.NOT_FOUND,
                    "The folder of " + path + " does not exist.",
                    "Create it or choose another.",
                    cause);
        }
        if (cause instanceof AccessDeniedException) {
            return new UserError(
                    Kind.NOT_ALLOWED,
                    path + " may not be written by this user.",
                    "Choose another place or change the permissions.",
                    cause);
        }
        if (reason(cause).toLowerCase(Locale.ROOT).contains("read-only file system")) {
            return new UserError(
                    Kind.NOT_ALLOWED, path + " is on a disk that is read-only.", "Choose another place.", cause);
        }
        if (cause instanceof FileAlreadyExistsException) {
            return new UserError(Kind.FAILED, path + " exists already.", "Choose another name or remove it.", cause);
        }
        if (isNoSpace(cause)) {
            return new UserError(
                    Kind.NO_SPACE, "There is no space left to write " + path + ".", "Free some and try again.", cause);
        }
        return new UserError(
                Kind.FAILED,
                "Writing " + path + " failed: " + reason(cause) + ".",
                "Check the disk and try again.",
                cause);
    }

    /** ENOSPC and EDQUOT. Java has no type for them, only the C library's words. */
    private static boolean isNoSpace(IOException cause) {
        String text = reason(cause).toLowerCase(Locale.ROOT);
        return text.contains("no space left") || text.contains("quota exceeded") || text.contains("not enough space");
    }

    private static String reason(IOException cause) {
        // The message of such an exception repeats the path.
        String message = cause instanceof FileSystemException failed && failed.getReason() != null
                ? failed.getReason()
                : cause.getMessage();
        return message == null ? cause.getClass().getSimpleName() : message;
    }
}
