package dev.hubswarm.hub.origin;

import dev.hubswarm.base.UserError;
import dev.hubswarm.hub.request.RepoRef;
import dev.hubswarm.hub.request.Revision;
import java.net.URI;
import java.util.List;
import java.util.Map;

/** The Hub. Thread-safe; calls block and can be interrupted. */
@SuppressWarnings("DoNotCallSuggester")
public final class HubOrigin implements AutoCloseable {
    private final OriginConfig config;
    private final RateBudget budget;

    public HubOrigin(OriginConfig config, RateBudget budget) throws UserError {
        this.config = config;
        this.budget = budget;
    }

    public OriginConfig config() {
        return config;
    }

    public RateBudget budget() {
        return budget;
    }

    /** For those who speak to the Hub and its storage on sockets of their own. */
    public OriginTls tls() {
        throw new UnsupportedOperationException();
    }

    /** What the repository is now called, and the commit that the revision is at. */
    public RepoInfo repoInfo(RepoRef repo, Revision revision) throws UserError, InterruptedException {
        throw new UnsupportedOperationException();
    }

    /** All files at a commit. */
    public List<HubFile> listing(RepoRef repo, String commit) throws UserError, InterruptedException {
        throw new UnsupportedOperationException();
    }

    /** Those of the files that exist at a commit. */
    public List<HubFile> pathsInfo(RepoRef repo, String commit, List<String> paths)
            throws UserError, InterruptedException {
        throw new UnsupportedOperationException();
    }

    public FileMetadata head(RepoRef repo, Revision revision, String path) throws UserError, InterruptedException {
        throw new UnsupportedOperationException();
    }

    /** Where to read the file; asks the Hub only if the last answer has expired. Fails if other content is there. */
    public FileLocation locate(RemoteFile file) throws UserError, InterruptedException {
        throw new UnsupportedOperationException();
    }

    /** Another location, since this one is refused. */
    public FileLocation locateAgain(FileLocation refused) throws UserError, InterruptedException {
        throw new UnsupportedOperationException();
    }

    /** The whole of a small file, its length and digest checked. */
    public byte[] fetch(RemoteFile file) throws UserError, InterruptedException {
        throw new UnsupportedOperationException();
    }

    /** Whether anybody may read the file. False in doubt. */
    public boolean isPublic(RepoRef repo, String commit, String path) throws InterruptedException {
        throw new UnsupportedOperationException();
    }

    /** The headers that prove who asks, for this address; none, unless it is the Hub's own. */
    public Map<String, String> authorizationFor(URI uri) {
        return Map.of();
    }

    @Override
    public void close() {}
}
