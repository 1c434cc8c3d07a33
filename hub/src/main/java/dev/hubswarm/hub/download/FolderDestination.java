package dev.hubswarm.hub.download;

import dev.hubswarm.base.UserError;
import dev.hubswarm.hub.cache.LocalDir;
import dev.hubswarm.hub.cache.RepoCache;
import dev.hubswarm.hub.origin.HubFile;
import dev.hubswarm.protocol.metainfo.PieceLengthPolicy;
import dev.hubswarm.storage.FlockFile;
import dev.hubswarm.storage.PartFile;
import java.nio.file.Path;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** A folder of the user's, for files under their own names. What the cache has is copied. Thread-safe. */
public final class FolderDestination implements Destination {
    private final LocalDir folder;
    private final RepoCache cache;
    private final String what;
    private final String commit;

    /** @param what the repo's name, for people */
    public FolderDestination(LocalDir folder, RepoCache cache, String what, String commit) {
        this.folder = folder;
        this.cache = cache;
        this.what = what;
        this.commit = commit;
    }

    @Override
    public boolean has(HubFile file) throws UserError {
        LocalDir.Metadata known = known(file);
        if (known != null) {
            if (!known.commit().equals(commit)) folder.writeMetadata(file.path(), metadata(file));
            return true;
        }
        Path cached = cache.file(commit, file.path());
        return cached != null && folder.copy(cached, file.path(), commit, file.digest());
    }

    private LocalDir.@Nullable Metadata known(HubFile file) throws UserError {
        LocalDir.Metadata known = folder.metadata(file.path());
        return known != null && known.etag().equals(file.digest().hex()) ? known : null;
    }

    private LocalDir.Metadata metadata(HubFile file) {
        return new LocalDir.Metadata(commit, file.digest().hex());
    }

    @Override
    public Path folder() {
        return folder.root();
    }

    @Override
    public long missing(Collection<HubFile> files) throws UserError {
        long missing = 0;
        for (HubFile file : files) {
            if (known(file) == null)
                missing += folder.missing(file.digest(), file.size(), PieceLengthPolicy.forSize(file.size()));
        }
        return missing;
    }

    /** The folder is this user's own. */
    @Override
    public @Nullable FlockFile lock(HubFile file) {
        return null;
    }

    @Override
    public PartFile begin(HubFile file) throws UserError {
        String name = what + "@" + commit + "/" + file.path();
        return folder.begin(file.digest(), file.size(), PieceLengthPolicy.forSize(file.size()), name);
    }

    @Override
    public void publish(PartFile part, HubFile file) throws UserError {
        folder.publish(part, file.path(), commit);
    }
}
