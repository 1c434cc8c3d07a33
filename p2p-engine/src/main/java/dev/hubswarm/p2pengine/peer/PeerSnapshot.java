package dev.hubswarm.p2pengine.peer;

import dev.hubswarm.protocol.announce.PeerAddress;

/**
 * A peer at one moment, to be shown on other threads. Immutable.
 *
 * @param client what it calls itself, if it does
 * @param pieces how many it has
 * @param sendsUs bytes per second
 * @param takesFromUs bytes per second
 * @param received bytes of blocks
 * @param sent bytes of blocks
 * @param doWeWant whether it has something that is wanted
 * @param areWeChoked whether it does not answer us
 * @param wantsUs as {@code doWeWant}, the other way
 * @param isChoked as {@code areWeChoked}, the other way
 */
public record PeerSnapshot(
        PeerAddress address,
        String client,
        boolean isDialled,
        int pieces,
        double sendsUs,
        double takesFromUs,
        long received,
        long sent,
        boolean doWeWant,
        boolean areWeChoked,
        boolean wantsUs,
        boolean isChoked) {}
