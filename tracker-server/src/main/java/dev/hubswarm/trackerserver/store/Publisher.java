package dev.hubswarm.trackerserver.store;

import java.util.Set;

/**
 * Who says that a torrent has the content of its digest. Immutable.
 *
 * @param name of the token, or the network that the publisher came from
 * @param byToken whether the operator of the tracker gave the publisher a token, and so vouches for it
 */
public record Publisher(String name, boolean byToken) {
    /** @param tokens the names of those that the operator has not removed */
    boolean counts(Set<String> tokens) {
        return !byToken || tokens.contains(name);
    }
}
