package dev.hubswarm.agent.accelerator;

import java.util.concurrent.TimeUnit;

/** Whether the Hub is to be read from, as the mode has it (design.md §6). Confined to the transfer's loop. */
final class HubTurn {
    /** So long peers may send nothing. */
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(3);

    private final Mode mode;
    private long fromPeers;
    private long lastNanos;

    HubTurn(Mode mode, long nowNanos) {
        this.mode = mode;
        lastNanos = nowNanos;
    }

    /**
     * @param bytes that peers have sent, without those that turned out to be wrong
     * @param isAlone whether there are no peers to hope for
     */
    boolean isNow(long bytes, boolean isAlone, long nowNanos) {
        if (bytes > fromPeers) lastNanos = nowNanos;
        fromPeers = bytes;
        return switch (mode) {
            case RACE, HTTP -> true;
            case OFFLOAD -> isAlone || nowNanos - lastNanos >= PATIENCE_NANOS;
            case P2P -> false;
        };
    }
}
