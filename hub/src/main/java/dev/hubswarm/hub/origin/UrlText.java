package dev.hubswarm.hub.origin;

import java.net.URI;

/** Addresses as they may be shown: without user and query, which may be secrets. Stateless. */
public final class UrlText {
    private UrlText() {}

    public static String of(URI uri) {
        String port = uri.getPort() < 0 ? "" : ":" + uri.getPort();
        String query = uri.getRawQuery() == null ? "" : "?…";
        return uri.getScheme() + "://" + uri.getHost() + port + uri.getRawPath() + query;
    }
}
