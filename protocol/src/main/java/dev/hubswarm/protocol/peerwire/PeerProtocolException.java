package dev.hubswarm.protocol.peerwire;

import org.jspecify.annotations.Nullable;

/** A peer broke a rule; the message says which, in words of ours, none of the peer's. Immutable. */
public final class PeerProtocolException extends Exception {
    private static final long serialVersionUID = 1;

    /** Without a stack: whoever sends garbage decides how many of these are made. */
    public PeerProtocolException(String rule) {
        this(rule, null);
    }

    PeerProtocolException(String rule, @Nullable Throwable cause) {
        super(rule, cause, false, false);
    }
}
