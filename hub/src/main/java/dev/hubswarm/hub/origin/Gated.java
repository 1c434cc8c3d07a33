package dev.hubswarm.hub.origin;

/** Whether a repository asks for terms to be accepted. */
public enum Gated {
    NO,
    AUTO,
    MANUAL,
    /** The Hub did not say, or something new. */
    UNKNOWN
}
