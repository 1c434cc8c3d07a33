package dev.hubswarm.trackerserver.store;

import org.jspecify.annotations.Nullable;

/** The store cannot answer or keep something at the moment. Immutable. */
public final class StoreException extends Exception {
    private static final long serialVersionUID = 1;

    public StoreException(String what, @Nullable Throwable cause) {
        super(what, cause);
    }
}
