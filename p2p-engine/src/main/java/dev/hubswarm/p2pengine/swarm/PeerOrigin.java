package dev.hubswarm.p2pengine.swarm;

/** Who says that somebody is a peer. */
public enum PeerOrigin {
    /** The user: it is called again and again. */
    GIVEN,
    TRACKER,
    /** Another peer (BEP 11). */
    PEX
}
