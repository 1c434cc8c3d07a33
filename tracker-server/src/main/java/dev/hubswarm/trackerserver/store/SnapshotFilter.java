package dev.hubswarm.trackerserver.store;

import dev.hubswarm.hub.request.RepoType;
import org.jspecify.annotations.Nullable;

/**
 * Which snapshots are meant; null means any. Immutable.
 *
 * @param pending whether those that wait for approval are meant too
 */
public record SnapshotFilter(
        @Nullable RepoType type,
        @Nullable String repoId,
        @Nullable String commit,
        boolean pending) {
    boolean matches(Snapshot snapshot) {
        return (type == null || type == snapshot.repo().type())
                && (repoId == null || repoId.equals(snapshot.repo().id()))
                && (commit == null || commit.equals(snapshot.commit()))
                && (pending || snapshot.active());
    }
}
