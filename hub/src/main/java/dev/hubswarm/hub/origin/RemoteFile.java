package dev.hubswarm.hub.origin;

import dev.hubswarm.base.ContentDigest;
import dev.hubswarm.hub.request.RepoPath;
import dev.hubswarm.hub.request.RepoRef;
import dev.hubswarm.hub.request.Revision;

/** A file at a commit, and the content that is expected there. Immutable. */
public record RemoteFile(RepoRef repo, String commit, String path, ContentDigest digest, long size) {
    public RemoteFile {
        if (!Revision.isCommit(commit)) throw new IllegalArgumentException("not a commit: " + commit);
        if (!RepoPath.isValid(path)) throw new IllegalArgumentException("a path that git does not know");
        if (size < 0) throw new IllegalArgumentException("a size below zero");
    }

    HubErrors.Subject subject() {
        return new HubErrors.Subject(repo, new Revision(commit), path);
    }
}
