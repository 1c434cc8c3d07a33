package dev.hubswarm.hub.cache;

import dev.hubswarm.hub.request.RepoRef;
import java.nio.file.Path;

/** The cache that all Hugging Face programs of a user share. Thread-safe. */
@SuppressWarnings({"DoNotCallSuggester", "UnusedVariable"})
public final class HubCache {
    private final Path root;

    /**
     * @param journals where the journals of running downloads live, outside the cache
     * @param symlinks false to lay files out as on systems without them, as HF_HUB_DISABLE_SYMLINKS asks
     */
    public HubCache(Path root, Path journals, boolean symlinks) {
        this.root = root;
    }

    public Path root() {
        return root;
    }

    public RepoCache repo(RepoRef repo) {
        return new RepoCache(repo);
    }
}
