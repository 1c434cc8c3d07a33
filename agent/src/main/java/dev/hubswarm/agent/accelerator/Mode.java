package dev.hubswarm.agent.accelerator;

/** Who is asked for the bytes of a file that peers may have. Small files come from the Hub in every mode. */
public enum Mode {
    /** The Hub and peers at once. */
    RACE,
    /** Peers; the Hub where they have nothing, or send nothing. */
    OFFLOAD,
    /** The Hub. */
    HTTP,
    /** Peers. */
    P2P;

    boolean hasPeers() {
        return this != HTTP;
    }
}
