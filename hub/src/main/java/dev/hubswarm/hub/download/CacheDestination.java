package dev.hubswarm.hub.download;

import dev.hubswarm.base.ContentDigest;
import dev.hubswarm.base.UserError;
import dev.hubswarm.hub.cache.RepoCache;
import dev.hubswarm.hub.origin.HubFile;
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
    private final RepoPlan plan;

    public CacheDestination(RepoCache cache, RepoPlan plan) {
        this.cache = cache;
        this.plan = plan;
    }

    @Override
    public Path folder() {
        return cache.snapshot(plan.commit());
    }

    @Override
    public boolean has(HubFile file) throws UserError {
        if (holds(file)) return true;
        if (!cache.hasBlob(file.digest(), file.size())) return false;
        cache.link(plan.commit(), file.path(), file.digest());
        return true;
    }

    private boolean holds(HubFile file) throws UserError {
        return cache.holds(plan.commit(), file.path(), file.digest(), file.size());
    }

    @Override
    public long missing(Collection<HubFile> files) throws UserError {
        Set<ContentDigest> counted = new HashSet<>();
        long missing = 0;
        for (HubFile file : files) {
            boolean there = holds(file) || cache.hasBlob(file.digest(), file.size());
            if (!there && counted.add(file.digest())) missing += cache.missing(plan.part(file));
        }
        return missing;
    }

    @Override
    public @Nullable FlockFile lock(HubFile file) throws InterruptedException {
        return cache.lock(file.digest(), file.size());
    }

    @Override
    public PartFile begin(HubFile file) throws UserError {
        return cache.begin(plan.part(file));
    }

    @Override
    public void publish(PartFile part, HubFile file) throws UserError {
        cache.publish(part);
        cache.link(plan.commit(), file.path(), file.digest());
    }

    @Override
    public void list() throws UserError {
        if (cache.readTree(plan.commit()) == null) cache.writeTree(plan.commit(), plan.listing());
    }

    @Override
    public void sync() {
        cache.sync();
    }

    @Override
    public void name() throws UserError {
        cache.writeRef(plan.revision(), plan.commit());
    }
}
