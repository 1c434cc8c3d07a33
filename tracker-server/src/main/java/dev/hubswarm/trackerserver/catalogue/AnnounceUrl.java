package dev.hubswarm.trackerserver.catalogue;

import dev.hubswarm.trackerserver.server.ApiRequest;
import org.jspecify.annotations.Nullable;

/** Where a client announces, told by how it reached us. Stateless. */
final class AnnounceUrl {
    private static final String HOST = "(\\[[0-9a-fA-F:.]{2,45}]|[A-Za-z0-9._-]{1,253})(:[0-9]{1,5})?";

    private AnnounceUrl() {}

    /** Null if the request does not say. It may say what it likes, since nobody else gets the answer. */
    static @Nullable String of(ApiRequest request) {
        String host = request.header("host");
        if (host == null || !host.matches(HOST)) return null;
        String scheme = "https".equalsIgnoreCase(request.header("x-forwarded-proto")) ? "https" : "http";
        return scheme + "://" + host + "/announce";
    }
}
