package dev.hubswarm.agent.proxy;

import java.io.IOException;

/** A client wants to be led to where this proxy leads nobody. */
final class ForbiddenDestination extends IOException {
    private static final long serialVersionUID = 1;

    ForbiddenDestination() {
        super("this proxy leads to public addresses only");
    }
}
