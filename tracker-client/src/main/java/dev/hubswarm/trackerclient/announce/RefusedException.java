package dev.hubswarm.trackerclient.announce;

import dev.hubswarm.protocol.announce.TrackerFailure;
import java.io.IOException;

/** A tracker says no. Immutable. */
final class RefusedException extends IOException {
    private static final long serialVersionUID = 1;

    /** When to ask again (BEP 31), as in {@link TrackerFailure#retryMinutes}. */
    final int retryMinutes;

    RefusedException(TrackerFailure failure) {
        super(failure.reason());
        this.retryMinutes = failure.retryMinutes();
    }
}
