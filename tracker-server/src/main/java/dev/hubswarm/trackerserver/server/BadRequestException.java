package dev.hubswarm.trackerserver.server;

/** A request that cannot be served, and after which the connection has no sense. Immutable. */
final class BadRequestException extends Exception {
    private static final long serialVersionUID = 1;

    final int status;

    /** Without a stack: whoever sends garbage decides how many of these are made. */
    BadRequestException(int status, String reason) {
        super(reason, null, false, false);
        this.status = status;
    }
}
