package dev.hubswarm.hub.origin;

import dev.hubswarm.base.ContentDigest;
import dev.hubswarm.hub.request.RepoRef;
import dev.hubswarm.hub.request.Revision;

/** A file at a commit, and the content that is expected there. Immutable. */
public record RemoteFile(RepoRef repo, String commit, String path, ContentDigest digest, long size) {
    HubErrors.Subject subject() {
        return new HubErrors.Subject(repo, new Revision(commit), path);
    }
}
