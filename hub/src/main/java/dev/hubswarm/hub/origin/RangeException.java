package dev.hubswarm.hub.origin;

import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Why a range did not come, or not all of it, and so what may help. The text holds no part of the address. */
public final class RangeException extends IOException {
    private static final long serialVersionUID = 1;

    /** What may help. */
    public enum Kind {
        /** Asking again: the connection broke, nothing came for long, or the server had a fault. */
        AGAIN,
        /** Asking again later: the server has too much to do. */
        LATER,
        /** Looking up the address again: this one has expired, or leads nowhere. */
        STALE,
        /** Nothing: the server does not serve these ranges as HTTP has it. */
        NEVER
    }

    private final Kind kind;
    private final transient @Nullable Duration retryAfter;

    RangeException(Kind kind, String message, @Nullable Duration retryAfter, @Nullable Throwable cause) {
        super(message, cause);
        this.kind = kind;
        this.retryAfter = retryAfter;
    }

    public Kind kind() {
        return kind;
    }

    /** What the server asked for. */
    public @Nullable Duration retryAfter() {
        return retryAfter;
    }
}
