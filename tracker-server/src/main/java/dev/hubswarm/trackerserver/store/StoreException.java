package dev.hubswarm.trackerserver.store;

import org.jspecify.annotations.Nullable;

/** The store cannot answer or keep something at the moment; the message is for who asked. Immutable. */
public final class StoreException extends Exception {
    private static final long serialVersionUID = 1;

    private final String what;

    public StoreException(String what, @Nullable Throwable cause) {
        super(what, cause);
        this.what = what;
    }

    @Override
    public String getMessage() {
        return what;
    }
}
