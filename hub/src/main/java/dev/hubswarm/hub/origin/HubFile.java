package dev.hubswarm.hub.origin;

import dev.hubswarm.base.ContentDigest;
import dev.hubswarm.hub.request.RepoPath;

/**
 * A file in a listing. Immutable.
 *
 * @param path as git allows it; a file system may not
 * @param digest of the content
 * @param gitOid of the blob in git: for LFS files the pointer's, else the same as the digest
 */
public record HubFile(String path, long size, ContentDigest digest, String gitOid) {
    public HubFile {
        if (!RepoPath.isValid(path)) throw new IllegalArgumentException("a path that git does not know");
        if (size < 0) throw new IllegalArgumentException("a size below zero");
    }
}
