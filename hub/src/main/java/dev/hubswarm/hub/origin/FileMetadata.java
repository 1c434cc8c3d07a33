package dev.hubswarm.hub.origin;

import dev.hubswarm.base.ContentDigest;
import java.net.URI;

/**
 * What the Hub says of a file without sending it. Immutable.
 *
 * @param location where its bytes are; the query may be a secret
 */
public record FileMetadata(String commit, ContentDigest digest, long size, URI location) {
    @Override
    public String toString() {
        return "FileMetadata[" + commit + ", " + digest + ", " + size + ", " + UrlText.of(location) + "]";
    }
}
