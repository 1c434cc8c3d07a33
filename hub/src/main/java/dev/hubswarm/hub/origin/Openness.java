package dev.hubswarm.hub.origin;

import dev.hubswarm.base.UserError;
import dev.hubswarm.base.UserError.Kind;

/** Whether somebody without a token may read something on the Hub. */
public enum Openness {
    OPEN,
    /** The Hub said no, or has something else there. */
    CLOSED,
    /** It could not be found out; to be taken for a no where a yes would let something out. */
    UNKNOWN;

    /** Fails if the answer is no clear yes. */
    @FunctionalInterface
    interface Check {
        boolean passes() throws UserError, InterruptedException;
    }

    static Openness ask(Check check) throws InterruptedException {
        try {
            return check.passes() ? OPEN : CLOSED;
        } catch (UserError e) {
            return e.kind() == Kind.NOT_FOUND || e.kind() == Kind.NOT_ALLOWED ? CLOSED : UNKNOWN;
        }
    }
}
