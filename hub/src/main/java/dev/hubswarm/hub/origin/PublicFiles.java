package dev.hubswarm.hub.origin;

import dev.hubswarm.base.UserError;
import dev.hubswarm.hub.request.RepoRef;
import java.time.Duration;

/** Knows which files anybody may read (T9): a yes for a day, a no, and so every doubt, for a minute. Thread-safe. */
final class PublicFiles {
    private static final int MOST = 100_000;
    private static final Duration YES_LASTS = Duration.ofHours(24);
    private static final Duration NO_LASTS = Duration.ofMinutes(1);

    private record Place(RepoRef repo, String commit, String path) {}

    /** Fails if the answer is not a clear yes. */
    @FunctionalInterface
    interface Check {
        boolean passes() throws UserError, InterruptedException;
    }

    private final AskOnce<Place, Boolean> known;

    PublicFiles(OriginClock clock) {
        known = new AskOnce<>(MOST, yes -> yes ? YES_LASTS : NO_LASTS, clock);
    }

    /** @param path empty for the repository as such */
    boolean get(RepoRef repo, String commit, String path, Check check) throws InterruptedException {
        try {
            return known.get(new Place(repo, commit, path), () -> {
                try {
                    return check.passes();
                } catch (UserError e) {
                    return false;
                }
            });
        } catch (UserError e) {
            throw new AssertionError(e);
        }
    }
}
