package dev.hubswarm.hub.origin;

import java.io.IOException;

/** A server answered in a way that HTTP, or the request, does not allow. The text goes on after the server's name. */
final class HttpException extends IOException {
    private static final long serialVersionUID = 1;

    HttpException(String what) {
        super(what);
    }
}
