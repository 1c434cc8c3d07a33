package dev.hubswarm.hub.cache;

import dev.hubswarm.base.ContentDigest;
import dev.hubswarm.base.UserError;
import dev.hubswarm.hub.origin.HubFile;
import dev.hubswarm.hub.request.RepoRef;
import dev.hubswarm.hub.request.Revision;
import dev.hubswarm.storage.FlockFile;
import dev.hubswarm.storage.PartFile;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One repository's folder in the cache. Thread-safe.
 *
 * <p>A download goes {@link #begin}, {@link #publish}, {@link #link}, close of the part; when all files of the commit
 * are done, {@link #writeRef}. {@link #sync} makes names last and is implied by {@code writeRef}.
 */
@SuppressWarnings({"DoNotCallSuggester", "UnusedVariable"})
public final class RepoCache {
    RepoCache(RepoRef repo) {
        if (repo.id().isEmpty()) throw new IllegalArgumentException();
    }

    /** The file of a snapshot, if it is there and can be read. */
    public @Nullable Path file(String commit, String path) {
        throw new UnsupportedOperationException();
    }

    /** Its content is not checked, as huggingface_hub does not either. */
    public boolean hasBlob(ContentDigest digest, long size) {
        throw new UnsupportedOperationException();
    }

    /** @param what repository, commit and path, for people */
    public PartFile begin(ContentDigest digest, long size, int pieceLength, String what) throws UserError {
        throw new UnsupportedOperationException();
    }

    /** Makes a blob of a part whose digest matched. */
    public void publish(PartFile part) throws UserError {
        throw new UnsupportedOperationException();
    }

    /** Puts a blob under its name into the snapshot. Returns that name. */
    public Path link(String commit, String path, ContentDigest digest) throws UserError {
        throw new UnsupportedOperationException();
    }

    /** Forces the folders in which names were made since the last time. */
    public void sync() throws UserError {
        throw new UnsupportedOperationException();
    }

    /** A commit has no ref, and nothing is written for one. */
    public void writeRef(Revision revision, String commit) throws UserError {
        throw new UnsupportedOperationException();
    }

    /** The commit that the revision was when it was last written; a commit is itself. */
    public @Nullable String readRef(Revision revision) {
        throw new UnsupportedOperationException();
    }

    /** Notes that the commit has no such file. */
    public void noExist(String commit, String path) throws UserError {
        throw new UnsupportedOperationException();
    }

    public boolean isKnownMissing(String commit, String path) {
        throw new UnsupportedOperationException();
    }

    /** Only for a full snapshot: huggingface_hub takes what is listed and absent for an incomplete one. */
    public void writeTree(String commit, List<HubFile> files) throws UserError {
        throw new UnsupportedOperationException();
    }

    public @Nullable List<HubFile> readTree(String commit) {
        throw new UnsupportedOperationException();
    }

    /** The lock by which huggingface_hub avoids fetching a blob twice. A courtesy: without it we go on. */
    public @Nullable FlockFile lock(ContentDigest digest) {
        throw new UnsupportedOperationException();
    }
}
