package dev.hubswarm.torrentcreator;

import dev.hubswarm.base.UserError;
import dev.hubswarm.base.UserError.Kind;
import dev.hubswarm.protocol.metainfo.MetainfoException;
import dev.hubswarm.protocol.metainfo.PathRules;
import dev.hubswarm.storage.FileErrors;
import dev.hubswarm.storage.FileStamp;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileSystemLoopException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.function.Predicate;

/**
 * The files that go into a torrent, in the order of its file tree, as they were when listed. Immutable.
 *
 * <p>Links are followed, since a Hugging Face snapshot is a folder of links to blobs; a link that leads nowhere, or
 * around in a circle, is an error.
 */
record SourceTree(Path root, boolean singleFile, List<SourceFile> files) {
    /** @param path its path in the torrent */
    record SourceFile(Path file, List<String> path, FileStamp stamp) {}

    SourceTree {
        files = List.copyOf(files);
    }

    /** @param excluded tells of a path below the root, of a file or a folder, that it stays out */
    static SourceTree list(Path root, Predicate<List<String>> excluded) throws UserError {
        try {
            boolean folder = Files.isDirectory(root);
            List<SourceFile> files = folder ? listFolder(root, excluded) : List.of(single(root));
            if (files.isEmpty()) {
                throw new UserError(Kind.FAILED, "There are no files in " + root + ".", "Choose a folder with files.");
            }
            if (folder)
                PathRules.checkTogether(files.stream().map(SourceFile::path).toList());
            return new SourceTree(root, !folder, files);
        } catch (IOException e) {
            throw FileErrors.reading(root, e);
        } catch (MetainfoException e) {
            throw new UserError(
                    Kind.FAILED,
                    "No torrent can be made of " + root + ": " + e.getMessage() + ".",
                    "Rename the file, or leave it out.",
                    e);
        }
    }

    long size() {
        return files.stream().mapToLong(file -> file.stamp.size()).sum();
    }

    private static SourceFile single(Path root) throws IOException, UserError {
        BasicFileAttributes attributes = Files.readAttributes(root, BasicFileAttributes.class);
        checkRegular(root, attributes);
        return new SourceFile(root, List.of(nameOf(root)), FileStamp.of(root));
    }

    /** The last element of the absolute path, so that "." has a name too. */
    static String nameOf(Path path) throws UserError {
        Path name = path.toAbsolutePath().normalize().getFileName();
        if (name == null) {
            throw new UserError(Kind.USAGE, path + " has no name of its own.", "Give the torrent one with --name.");
        }
        return text(path, name);
    }

    /** Java replaces what it cannot decode, and the text would name another file than the one that is read. */
    private static String text(Path path, Path element) throws UserError {
        String text = element.toString();
        try {
            if (element.getFileSystem().getPath(text).equals(element)) return text;
        } catch (InvalidPathException e) {
            // Said below.
        }
        throw new UserError(
                Kind.FAILED,
                path + " has a name that is not text in the encoding of this locale, "
                        + System.getProperty("sun.jnu.encoding") + ".",
                "Rename it, or set LC_ALL to C.UTF-8.");
    }

    private static List<SourceFile> listFolder(Path root, Predicate<List<String>> excluded)
            throws IOException, UserError {
        List<SourceFile> files = new ArrayList<>();
        List<UserError> refused = new ArrayList<>();
        Files.walkFileTree(
                root, EnumSet.of(FileVisitOption.FOLLOW_LINKS), Integer.MAX_VALUE, new SimpleFileVisitor<>() {
                    @Override
                    public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
                        try {
                            boolean out = !folder.equals(root) && excluded.test(below(root, folder));
                            return out ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
                        } catch (UserError e) {
                            return refuse(e);
                        }
                    }

                    @Override
                    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                        try {
                            List<String> path = below(root, file);
                            if (excluded.test(path)) return FileVisitResult.CONTINUE;
                            if (attributes.isSymbolicLink()) throw new NoSuchFileException(file.toString());
                            checkRegular(file, attributes);
                            files.add(new SourceFile(file, path, FileStamp.of(file)));
                            return FileVisitResult.CONTINUE;
                        } catch (NoSuchFileException e) {
                            return refuse(new UserError(
                                    Kind.NOT_FOUND, file + " is a link that leads nowhere.", "Mend or remove it.", e));
                        } catch (UserError e) {
                            return refuse(e);
                        }
                    }

                    @Override
                    public FileVisitResult visitFileFailed(Path file, IOException cause) {
                        if (cause instanceof FileSystemLoopException) {
                            return refuse(new UserError(
                                    Kind.FAILED,
                                    file + " is a link to a folder around it.",
                                    "Remove the link.",
                                    cause));
                        }
                        return refuse(FileErrors.reading(file, cause));
                    }

                    private FileVisitResult refuse(UserError error) {
                        refused.add(error);
                        return FileVisitResult.TERMINATE;
                    }
                });
        if (!refused.isEmpty()) throw refused.get(0);
        files.sort(Comparator.comparing(SourceFile::path, PathRules.TREE_ORDER));
        return files;
    }

    private static List<String> below(Path root, Path file) throws UserError {
        List<String> path = new ArrayList<>();
        for (Path element : root.relativize(file)) path.add(text(file, element));
        return path;
    }

    private static void checkRegular(Path file, BasicFileAttributes attributes) throws UserError {
        if (!attributes.isRegularFile()) {
            throw new UserError(
                    Kind.FAILED, file + " is neither a file nor a folder.", "Only those can be put into a torrent.");
        }
    }

    /** Reads these files and accepts nothing but what was listed. */
    ContentSource content(List<Integer> fileByEntry) {
        return new ContentSource() {
            @Override
            public int read(OpenFiles open, int entry, long offset, ByteBuffer buffer, int length)
                    throws UserError, InterruptedException {
                SourceFile file = files.get(fileByEntry.get(entry));
                try {
                    int read = open.read(file.file, offset, buffer, length);
                    if (read < length) throw changed(file);
                    return read;
                } catch (IOException e) {
                    throw FileErrors.reading(file.file, e);
                }
            }

            @Override
            public void checkUnchanged() throws UserError {
                for (SourceFile file : files) {
                    try {
                        if (!FileStamp.of(file.file).equals(file.stamp)) throw changed(file);
                    } catch (IOException e) {
                        throw FileErrors.reading(file.file, e);
                    }
                }
            }
        };
    }

    private static UserError changed(SourceFile file) {
        return new UserError(
                Kind.FAILED,
                file.file + " changed while it was read.",
                "Wait until it is complete, then create the torrent again.");
    }
}
