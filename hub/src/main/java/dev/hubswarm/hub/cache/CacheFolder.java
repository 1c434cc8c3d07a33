package dev.hubswarm.hub.cache;

import dev.hubswarm.storage.DurableFile;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A folder that we write in, and which of its folders are still to be forced: one force lets many new names last.
 * Thread-safe.
 */
final class CacheFolder {
    private static final String TAG = """
            Signature: 8a477f597d28d172789f06886806bc55
            # This file is a cache directory tag created by huggingface_hub.
            # For information about cache directory tags, see:
            #\thttps://bford.info/cachedir/
            """;

    private final Path root;
    private final Set<Path> unforced = ConcurrentHashMap.newKeySet();
    private final Set<Path> made = ConcurrentHashMap.newKeySet();

    CacheFolder(Path root) {
        this.root = root.toAbsolutePath().normalize();
    }

    Path root() {
        return root;
    }

    /** Makes a folder below the root, which must not lead out of it. */
    Path make(Path folder) throws IOException {
        if (made.contains(folder)) return folder;
        makeAll(folder);
        if (!isInside(folder)) throw new FileSystemException(folder.toString(), null, "leads out of " + root);
        made.add(folder);
        return folder;
    }

    private void makeAll(Path folder) throws IOException {
        if (Files.isDirectory(folder)) return;
        Path parent = folder.getParent();
        if (parent != null) makeAll(parent);
        try {
            Files.createDirectory(folder);
        } catch (FileAlreadyExistsException e) {
            if (!Files.isDirectory(folder))
                throw new FileSystemException(folder.toString(), null, folder + " is not a folder");
        }
        if (parent != null) unforced.add(parent);
    }

    /** Links are followed; where the whole root is one, what it leads to counts. */
    boolean isInside(Path path) throws IOException {
        return holds(path.toRealPath());
    }

    /** The same of a path in which no link is left. */
    boolean holds(Path real) throws IOException {
        return real.startsWith(root.toRealPath());
    }

    void changed(Path folder) {
        unforced.add(folder);
    }

    void force() {
        for (Iterator<Path> folders = unforced.iterator(); folders.hasNext(); ) {
            Path folder = folders.next();
            // First, so that a name made meanwhile is not taken for a forced one.
            folders.remove();
            DurableFile.forceFolder(folder);
        }
    }

    /** Lets backup programs pass the folder by. Nothing depends on it. */
    void tag() {
        write(root.resolve("CACHEDIR.TAG"), TAG);
    }

    static void write(Path file, String content) {
        if (Files.exists(file)) return;
        try {
            Files.writeString(file, content);
        } catch (IOException e) {
            System.getLogger(CacheFolder.class.getName())
                    .log(System.Logger.Level.DEBUG, () -> "cannot write " + file + ": " + e);
        }
    }

    static Path parent(Path path) {
        return Objects.requireNonNull(path.getParent());
    }
}
