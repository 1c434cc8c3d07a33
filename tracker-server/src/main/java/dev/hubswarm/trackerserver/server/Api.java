package dev.hubswarm.trackerserver.server;

/** Whatever the tracker serves but announces and scrapes. Called by worker threads, which it may block. */
@FunctionalInterface
public interface Api {
    ApiAnswer answer(ApiRequest request);
}
