package dev.hubswarm.protocol.metainfo;

import org.jspecify.annotations.Nullable;

/** A torrent or magnet link that breaks a rule; the message says which. Immutable. */
public final class MetainfoException extends Exception {
    private static final long serialVersionUID = 1;

    public MetainfoException(String rule) {
        this(rule, null);
    }

    public MetainfoException(String rule, @Nullable Throwable cause) {
        super(rule, cause);
    }
}
