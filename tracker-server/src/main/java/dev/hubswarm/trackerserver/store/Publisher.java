package dev.hubswarm.trackerserver.store;

/**
 * Who says that a torrent has the content of its digest. Immutable.
 *
 * @param name of the token, or the network that the publisher came from
 * @param byToken whether the operator of the tracker gave the publisher a token, and so vouches for it
 */
public record Publisher(String name, boolean byToken) {}
