package dev.hubswarm.p2pengine.lab;

/** How a node of the lab plays. Immutable. */
public enum Behaviour {
    HONEST,
    /** Sends nothing to anybody (reliability.md T33). */
    GREEDY,
    /** Has everything, promises to send it, and does not (T34). */
    SILENT,
    /** Has everything, and all of it wrong (T1). */
    POISONOUS
}
