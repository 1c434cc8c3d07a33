package dev.hubswarm.hub.cache;

import dev.hubswarm.base.UserError;
import dev.hubswarm.hub.request.RepoRef;
import dev.hubswarm.storage.FileErrors;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;

/** The cache that all Hugging Face programs of a user share. Thread-safe. */
public final class HubCache {
    private final CacheFolder folder;
    private final Path journals;
    private final boolean symlinks;

    /**
     * @param journals where the journals of running downloads live, outside the cache
     * @param symlinks false to lay files out as on systems without them, as HF_HUB_DISABLE_SYMLINKS asks
     */
    public HubCache(Path root, Path journals, boolean symlinks) {
        this.folder = new CacheFolder(root);
        this.journals = journals;
        this.symlinks = symlinks;
    }

    public Path root() {
        return folder.root();
    }

    public RepoCache repo(RepoRef repo) {
        return new RepoCache(folder, folderName(repo), journals, symlinks);
    }

    public CacheScan scan() throws UserError {
        try {
            return CacheScanner.scan(root());
        } catch (IOException e) {
            throw FileErrors.reading(root(), e);
        }
    }

    /** What {@link #remove} could remove now. */
    public List<CacheGarbage> garbage(CacheScan scan, Instant now) throws UserError {
        try {
            return CacheGarbage.find(scan, journals, now);
        } catch (IOException e) {
            throw FileErrors.reading(root(), e);
        }
    }

    /** False if it turned out to be needed, or that could not be ruled out. */
    public boolean remove(CacheGarbage garbage) throws UserError, InterruptedException {
        return garbage.remove(root());
    }

    static String folderName(RepoRef repo) {
        return repo.type().folderPrefix() + "--" + repo.id().replace("/", "--");
    }
}
