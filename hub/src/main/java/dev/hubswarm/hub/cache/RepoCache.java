package dev.hubswarm.hub.cache;

import dev.hubswarm.base.ContentDigest;
import dev.hubswarm.base.UserError;
import dev.hubswarm.hub.origin.HubFile;
import dev.hubswarm.hub.request.Revision;
import dev.hubswarm.storage.DurableFile;
import dev.hubswarm.storage.FileErrors;
import dev.hubswarm.storage.FlockFile;
import dev.hubswarm.storage.PartFile;
import dev.hubswarm.storage.PartHeader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * One repository's folder in the cache. Thread-safe.
 *
 * <p>A download goes {@link #begin}, {@link #publish}, {@link #link}, close of the part; when all files of the commit
 * are done, {@link #writeRef}. {@link #sync} makes names last and is implied by {@code writeRef}.
 */
public final class RepoCache {
    private static final Duration LOCK_PATIENCE = Duration.ofSeconds(10);

    private final CacheFolder cache;
    private final Path folder;
    private final Path blobs;
    private final Path lockFolder;
    private final Path journals;
    private final boolean symlinks;

    /** Where blobs are that were published here. Where there are no symbolic links, their first link moves them. */
    private final Map<ContentDigest, Path> published = new ConcurrentHashMap<>();

    RepoCache(CacheFolder cache, String name, Path journals, boolean symlinks) {
        this.cache = cache;
        this.folder = cache.root().resolve(name);
        this.blobs = folder.resolve("blobs");
        this.lockFolder = cache.root().resolve(".locks").resolve(name);
        this.journals = journals;
        this.symlinks = symlinks;
    }

    /** The folder of a snapshot, which need not exist. */
    public Path snapshot(String commit) {
        if (!Revision.isCommit(commit)) throw new IllegalArgumentException("not a commit: " + commit);
        return folder.resolve("snapshots").resolve(commit);
    }

    /** The file of a snapshot, if it is there and can be read. */
    public @Nullable Path file(String commit, String path) throws UserError {
        FileNames.check(path);
        Path file = snapshot(commit).resolve(path);
        return readable(file) == null ? null : file;
    }

    /**
     * Whether a file is there that may stay. One of another size is a user's own version, which nobody asked us to
     * replace, unless it is the blob itself: that is damaged.
     */
    public boolean holds(String commit, String path, ContentDigest digest, long size) throws UserError {
        Path file = file(commit, path);
        try {
            return file != null
                    && (Files.size(file) == size || !file.toRealPath().endsWith(digest.hex()));
        } catch (IOException e) {
            return false;
        }
    }

    /**
     * Where it is, links resolved; null if it may not be read. A link may lead to another blob store in the cache, or
     * wherever the whole repository was moved.
     */
    private @Nullable Path readable(Path file) {
        try {
            Path real = file.toRealPath();
            boolean isHere = cache.holds(real) || real.startsWith(folder.toRealPath());
            return isHere && Files.isRegularFile(real) && Files.isReadable(real) ? real : null;
        } catch (IOException e) {
            return null;
        }
    }

    /** Its content is not checked, as huggingface_hub does not either. */
    public boolean hasBlob(ContentDigest digest, long size) {
        return findBlob(digest, size) != null;
    }

    /** As {@link #hasBlob}: where it is, links resolved; null if it is not there. */
    public @Nullable Path findBlob(ContentDigest digest, long size) {
        try {
            Path real = readable(blob(digest));
            return real != null && Files.size(real) == size ? real : null;
        } catch (IOException e) {
            return null;
        }
    }

    private Path blob(ContentDigest digest) {
        return blobs.resolve(digest.hex());
    }

    public PartFile begin(PartHeader header) throws UserError {
        try {
            makeFolders();
        } catch (IOException e) {
            throw failed(blobs, e);
        }
        return PartFile.open(blobs, journals, header);
    }

    private void makeFolders() throws IOException {
        cache.make(blobs);
        // Without it, huggingface_hub takes the repository for a damaged one.
        cache.make(folder.resolve("snapshots"));
        cache.tag();
    }

    /** Bytes of disk that {@link #begin} would still take. */
    public long missing(PartHeader header) throws UserError {
        return PartFile.missing(blobs, journals, header);
    }

    /** Makes a blob of a part whose digest matched. */
    public void publish(PartFile part) throws UserError {
        ContentDigest digest = part.header().digest();
        Path blob = blob(digest);
        boolean damaged = Files.exists(blob, LinkOption.NOFOLLOW_LINKS)
                && !hasBlob(digest, part.header().size());
        part.publish(blob, damaged);
        cache.changed(blobs);
        published.put(digest, blob);
    }

    /**
     * Makes a blob of content that another repository has, without a copy.
     *
     * @return false where one file cannot have two names
     */
    public boolean adopt(ContentDigest digest, Path content) {
        Path blob = blob(digest);
        try {
            makeFolders();
            Files.createLink(blob, content.toRealPath());
            cache.changed(blobs);
            return true;
        } catch (FileAlreadyExistsException e) {
            return true;
        } catch (UnsupportedOperationException | IOException e) {
            return false;
        }
    }

    /** Puts a blob under its name into the snapshot, in place of what was there. Returns that name. */
    public Path link(String commit, String path, ContentDigest digest) throws UserError {
        FileNames.check(path);
        Path pointer = snapshot(commit).resolve(path);
        Path blob = blob(digest);
        try {
            Path parent = cache.make(CacheFolder.parent(pointer));
            if (!symlinks || !linked(pointer, parent.relativize(blob))) moveOrCopy(digest, pointer);
            cache.changed(parent);
            return pointer;
        } catch (IOException e) {
            throw failed(pointer, e);
        }
    }

    /** False where there are no symbolic links. */
    private boolean linked(Path pointer, Path target) throws IOException {
        try {
            Files.createSymbolicLink(pointer, target);
            return true;
        } catch (FileAlreadyExistsException e) {
            if (Files.isSymbolicLink(pointer) && Files.readSymbolicLink(pointer).equals(target)) return true;
            Path temporary = DurableFile.temporaryName(folder);
            try {
                Files.createSymbolicLink(temporary, target);
                Files.move(temporary, pointer, StandardCopyOption.ATOMIC_MOVE);
            } finally {
                Files.deleteIfExists(temporary);
            }
            return true;
        } catch (UnsupportedOperationException | FileSystemException e) {
            return false;
        }
    }

    /** As huggingface_hub does: a blob that is new goes to the snapshot itself, one that was there before is copied. */
    private void moveOrCopy(ContentDigest digest, Path pointer) throws IOException {
        Path blob = blob(digest);
        if (published.replace(digest, blob, pointer)) {
            Files.move(blob, pointer, StandardCopyOption.ATOMIC_MOVE);
            cache.changed(blobs);
            return;
        }
        Path source = published.getOrDefault(digest, blob);
        if (source.equals(pointer)) return;
        Path temporary = DurableFile.temporaryName(folder);
        try {
            Files.copy(source, temporary);
            DurableFile.force(temporary);
            Files.move(temporary, pointer, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(temporary);
        }
    }

    /** Forces the folders in which names were made since the last time. */
    public void sync() {
        cache.force();
    }

    /** A commit has no ref, and nothing is written for one. */
    public void writeRef(Revision revision, String commit) throws UserError {
        Path snapshot = snapshot(commit);
        if (revision.isCommit()) return;
        FileNames.check(revision.name());
        Path ref = folder.resolve("refs").resolve(revision.name());
        try {
            // A ref to a snapshot that is missing makes huggingface_hub take the whole repository for damaged.
            cache.make(snapshot);
            sync();
            if (Files.isRegularFile(ref) && Files.readString(ref).equals(commit)) return;
            Path parent = cache.make(CacheFolder.parent(ref));
            DurableFile.replace(ref, commit.getBytes(StandardCharsets.US_ASCII), folder);
            cache.changed(parent);
            sync();
        } catch (IOException e) {
            throw failed(ref, e);
        }
    }

    /** The commit that the revision was when it was last written; a commit is itself. */
    public @Nullable String readRef(Revision revision) throws UserError {
        if (revision.isCommit()) return revision.name();
        FileNames.check(revision.name());
        try {
            String commit = Files.readString(folder.resolve("refs").resolve(revision.name()))
                    .strip();
            return Revision.isCommit(commit) ? commit : null;
        } catch (IOException e) {
            return null;
        }
    }

    /** Notes that the commit has no such file. */
    public void noExist(String commit, String path) throws UserError {
        Path marker = missing(commit, path);
        try {
            cache.changed(cache.make(CacheFolder.parent(marker)));
            Files.createFile(marker);
        } catch (FileAlreadyExistsException e) {
            return;
        } catch (IOException e) {
            throw failed(marker, e);
        }
    }

    public boolean isKnownMissing(String commit, String path) throws UserError {
        return Files.isRegularFile(missing(commit, path));
    }

    private Path missing(String commit, String path) throws UserError {
        FileNames.check(path);
        if (!Revision.isCommit(commit)) throw new IllegalArgumentException("not a commit: " + commit);
        return folder.resolve(".no_exist").resolve(commit).resolve(path);
    }

    /** Only for a full snapshot: huggingface_hub takes what is listed and absent for an incomplete one. */
    public void writeTree(String commit, List<HubFile> files) throws UserError {
        Path tree = tree(commit);
        try {
            Path parent = cache.make(CacheFolder.parent(tree));
            TreeFile.store(tree, files, folder);
            cache.changed(parent);
        } catch (IOException e) {
            throw failed(tree, e);
        }
    }

    public @Nullable List<HubFile> readTree(String commit) {
        return TreeFile.read(tree(commit));
    }

    private Path tree(String commit) {
        if (!Revision.isCommit(commit)) throw new IllegalArgumentException("not a commit: " + commit);
        return folder.resolve("trees").resolve(commit + ".json");
    }

    /**
     * The lock by which huggingface_hub avoids fetching a blob twice. A courtesy: null, if somebody keeps it for more
     * than 10 s or the file is too small to matter, and we go on.
     */
    public @Nullable FlockFile lock(ContentDigest digest, long size) throws InterruptedException {
        if (!FlockFile.isWorthwhile(size)) return null;
        try {
            Path file = cache.make(lockFolder).resolve(digest.hex() + ".lock");
            return FlockFile.lock(file, LOCK_PATIENCE);
        } catch (IOException e) {
            return null;
        }
    }

    private static UserError failed(Path path, IOException cause) {
        return FileErrors.writing(path, cause);
    }
}
