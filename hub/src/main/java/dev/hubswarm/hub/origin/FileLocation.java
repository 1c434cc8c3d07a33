package dev.hubswarm.hub.origin;

import java.net.URI;

/**
 * Where the bytes of a file can be read, by ranges. Immutable.
 *
 * @param uri its query may be a secret
 * @param hubOrigin whether the Hub itself serves them, and so may see the token
 * @param expiresAtNanos on the clock of {@link System#nanoTime}
 */
public record FileLocation(RemoteFile file, URI uri, boolean hubOrigin, long expiresAtNanos) {
    @Override
    public String toString() {
        return "FileLocation[" + file + ", " + UrlText.of(uri) + "]";
    }
}
