package dev.hubswarm.protocol.announce;

import org.jspecify.annotations.Nullable;

/**
 * A message that breaks a rule. Says which in a few words of ours, none of the sender's, so a tracker can answer with
 * them as failure reason. Immutable.
 */
public final class AnnounceException extends Exception {
    private static final long serialVersionUID = 1;

    /** Without a stack: whoever sends garbage decides how many of these are made. */
    public AnnounceException(String reason) {
        this(reason, null);
    }

    AnnounceException(String reason, @Nullable Throwable cause) {
        super(reason, cause, false, false);
    }

    public String reason() {
        return String.valueOf(getMessage());
    }
}
