package dev.hubswarm.base;

import org.jspecify.annotations.Nullable;

/** A failure the user can act on: what happened, then what to do next. Immutable. */
public final class UserError extends Exception {
    private static final long serialVersionUID = 1;

    /** What went wrong, as coarsely as scripts need to know it; the command line turns it into an exit code. */
    public enum Kind {
        FAILED,
        USAGE,
        NOT_FOUND,
        NOT_ALLOWED,
        DAMAGED,
        NO_SPACE
    }

    private final Kind kind;

    public UserError(Kind kind, String what, String next, @Nullable Throwable cause) {
        super(what + " " + next, cause);
        this.kind = kind;
    }

    public UserError(Kind kind, String what, String next) {
        this(kind, what, next, null);
    }

    public Kind kind() {
        return kind;
    }
}
