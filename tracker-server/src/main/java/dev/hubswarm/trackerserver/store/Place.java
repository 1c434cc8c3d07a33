package dev.hubswarm.trackerserver.store;

import dev.hubswarm.hub.request.RepoPath;
import dev.hubswarm.hub.request.RepoRef;
import dev.hubswarm.hub.request.Revision;

/** Where a publisher says that a file is on the Hub. Nobody checked it, so no bytes are chosen by it. Immutable. */
public record Place(RepoRef repo, String commit, String path) {
    public Place {
        if (!Revision.isCommit(commit)) throw new IllegalArgumentException("not a commit: " + commit);
        if (!RepoPath.isValid(path)) throw new IllegalArgumentException("not a path that git allows");
    }
}
