package dev.hubswarm.p2pengine.peer;

import dev.hubswarm.protocol.announce.PeerId;

/**
 * What we tell peers of ourselves. Immutable.
 *
 * @param client name and version
 * @param port where we listen; 0 if nowhere
 */
public record LocalPeer(PeerId peerId, String client, int port) {}
