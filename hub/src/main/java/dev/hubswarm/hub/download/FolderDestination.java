package dev.hubswarm.hub.download;

import dev.hubswarm.base.UserError;
import dev.hubswarm.hub.cache.LocalDir;
import dev.hubswarm.hub.cache.RepoCache;
import dev.hubswarm.hub.origin.HubFile;
import dev.hubswarm.storage.FlockFile;
import dev.hubswarm.storage.PartFile;
import java.nio.file.Path;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** A folder of the user's, for files under their own names. What the cache has is copied. Thread-safe. */
public final class FolderDestination implements Destination {
    private final LocalDir folder;
    private final RepoCache cache;
    private final RepoPlan plan;

    public FolderDestination(LocalDir folder, RepoCache cache, RepoPlan plan) {
        this.folder = folder;
        this.cache = cache;
        this.plan = plan;
    }

    @Override
    public Path folder() {
        return folder.root();
    }

    @Override
    public boolean has(HubFile file) throws UserError {
        LocalDir.Metadata known = known(file);
        if (known != null) {
            if (!known.commit().equals(plan.commit())) folder.writeMetadata(file.path(), metadata(file));
            return true;
        }
        Path cached = cache.file(plan.commit(), file.path());
        return cached != null && folder.copy(cached, file.path(), plan.commit(), file.digest());
    }

    private LocalDir.@Nullable Metadata known(HubFile file) throws UserError {
        LocalDir.Metadata known = folder.metadata(file.path());
        return known != null && known.etag().equals(file.digest().hex()) ? known : null;
    }

    private LocalDir.Metadata metadata(HubFile file) {
        return new LocalDir.Metadata(plan.commit(), file.digest().hex());
    }

    @Override
    public long missing(Collection<HubFile> files) throws UserError {
        long missing = 0;
        for (HubFile file : files) {
            if (known(file) == null) missing += folder.missing(plan.part(file));
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
        return folder.begin(plan.part(file));
    }

    @Override
    public void publish(PartFile part, HubFile file) throws UserError {
        folder.publish(part, file.path(), plan.commit());
    }

    @Override
    public void list() throws UserError {
        if (folder.readTree(plan.commit()) == null) folder.writeTree(plan.commit(), plan.listing());
    }

    @Override
    public void sync() {
        folder.sync();
    }

    /** It has one revision. */
    @Override
    public void name() {}
}
