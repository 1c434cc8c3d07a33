package dev.hubswarm.hub.origin;

import dev.hubswarm.hub.request.RepoRef;

/**
 * A repository at a commit. Immutable.
 *
 * @param repo its present name
 * @param isPrivate or the Hub did not say
 */
public record RepoInfo(RepoRef repo, String commit, boolean isPrivate, Gated gated, boolean disabled) {}
