package dev.hubswarm.hub.cache;

import dev.hubswarm.base.ContentDigest;
import dev.hubswarm.base.UserError;
import dev.hubswarm.hub.origin.HubFile;
import dev.hubswarm.storage.PartFile;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A folder that holds a repository's files under their own names ({@code --local-dir}). Thread-safe. */
@SuppressWarnings({"DoNotCallSuggester", "UnusedVariable"})
public final class LocalDir {
    /** What was written down about a file. Immutable. */
    public record Metadata(String commit, String etag) {}

    public LocalDir(Path root, Path journals) {
        if (root.equals(journals)) throw new IllegalArgumentException();
    }

    /** Where the file is or would be. */
    public Path file(String path) {
        throw new UnsupportedOperationException();
    }

    /** Null if nothing is known of the file, it is gone, or it was changed since. */
    public @Nullable Metadata metadata(String path) {
        throw new UnsupportedOperationException();
    }

    public void writeMetadata(String path, Metadata metadata) throws UserError {
        throw new UnsupportedOperationException();
    }

    public PartFile begin(ContentDigest digest, long size, int pieceLength, String what) throws UserError {
        throw new UnsupportedOperationException();
    }

    /** Gives a part whose digest matched its name, in place of what was there, and writes its metadata. */
    public void publish(PartFile part, String path, String commit) throws UserError {
        throw new UnsupportedOperationException();
    }

    /** Copies a file that the cache has, in place of what was there, and writes its metadata. */
    public void copy(Path cached, String path, String commit, ContentDigest digest) throws UserError {
        throw new UnsupportedOperationException();
    }

    /** Forces the folders in which names were made since the last time. */
    public void sync() throws UserError {
        throw new UnsupportedOperationException();
    }

    /** Only for a full snapshot. */
    public void writeTree(String commit, List<HubFile> files) throws UserError {
        throw new UnsupportedOperationException();
    }

    public @Nullable List<HubFile> readTree(String commit) {
        throw new UnsupportedOperationException();
    }
}
