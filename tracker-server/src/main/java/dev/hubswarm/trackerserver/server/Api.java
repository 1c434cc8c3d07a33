package dev.hubswarm.trackerserver.server;

/** Whatever the tracker serves but announces and scrapes. Called by worker threads, which it may block. */
@FunctionalInterface
public interface Api {
    /** Holds the largest torrent that we read (reliability.md T31), in base64, which llmpt publishes it in. */
    int MAX_BODY = 48 << 20;

    ApiAnswer answer(ApiRequest request);

    /** How long a body may be. Called on an event loop, before the body is read, so it must not block. */
    default int maxBody(String method, String path) {
        return MAX_BODY;
    }
}
