package dev.hubswarm.hub.origin;

import dev.hubswarm.base.UserError;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** How often the Hub may be asked; one for the process. Thread-safe. */
@SuppressWarnings("DoNotCallSuggester")
public final class RateBudget {
    /** What the Hub counts apart. */
    public enum Kind {
        API,
        RESOLVERS,
        PAGES
    }

    /** Waits until one more request is allowed. */
    public void acquire(Kind kind) throws UserError, InterruptedException {
        throw new UnsupportedOperationException();
    }

    /** Reads what an answer says of the budget. */
    public void answered(Kind kind, int status, Function<String, @Nullable String> headers) {
        throw new UnsupportedOperationException();
    }
}
