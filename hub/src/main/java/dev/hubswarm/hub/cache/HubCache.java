package dev.hubswarm.hub.cache;

import dev.hubswarm.hub.request.RepoRef;
import java.nio.file.Path;

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

    static String folderName(RepoRef repo) {
        return repo.type().folderPrefix() + "--" + repo.id().replace("/", "--");
    }
}
