package dev.hubswarm.hub.download;

import dev.hubswarm.base.ContentDigest;
import dev.hubswarm.base.UserError;
import dev.hubswarm.hub.cache.RepoCache;
import dev.hubswarm.hub.origin.HubFile;
import dev.hubswarm.protocol.metainfo.PieceLengthPolicy;
import dev.hubswarm.storage.FlockFile;
import dev.hubswarm.storage.PartFile;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The Hugging Face cache. Thread-safe. */
public final class CacheDestination implements Destination {
    private final RepoCache cache;
    private final String what;
    private final String commit;

    /** @param what the repo's name, for people */
    public CacheDestination(RepoCache cache, String what, String commit) {
        this.cache = cache;
        this.what = what;
        this.commit = commit;
    }

    @Override
    public boolean has(HubFile file) throws UserError {
        if (cache.file(commit, file.path()) != null) return true;
        if (!cache.hasBlob(file.digest(), file.size())) return false;
        cache.link(commit, file.path(), file.digest());
        return true;
    }

    @Override
    public Path folder() {
        return cache.blobs();
    }

    @Override
    public long missing(Collection<HubFile> files) throws UserError {
        Set<ContentDigest> counted = new HashSet<>();
        long missing = 0;
        for (HubFile file : files) {
            boolean there = cache.file(commit, file.path()) != null || cache.hasBlob(file.digest(), file.size());
            if (there || !counted.add(file.digest())) continue;
            missing += cache.missing(file.digest(), file.size(), PieceLengthPolicy.forSize(file.size()));
        }
        return missing;
    }

    @Override
    public @Nullable FlockFile lock(HubFile file) throws InterruptedException {
        return cache.lock(file.digest(), file.size());
    }

    @Override
    public PartFile begin(HubFile file) throws UserError {
        String name = what + "@" + commit + "/" + file.path();
        return cache.begin(file.digest(), file.size(), PieceLengthPolicy.forSize(file.size()), name);
    }

    @Override
    public void publish(PartFile part, HubFile file) throws UserError {
        cache.publish(part);
        cache.link(commit, file.path(), file.digest());
    }
}
