package dev.hubswarm.p2pengine.transfer;

/**
 * Neighbouring bytes of a transfer's piece space, from the first to before the last. It begins and ends at blocks of
 * 16 KiB of the transfer's grid or at the end, so that every source can be asked for it whatever its own grid. Immutable.
 */
public record Run(long from, long to) {
    public Run {
        if (from < 0 || to <= from) throw new IllegalArgumentException("no bytes from " + from + " to " + to);
    }

    public long length() {
        return to - from;
    }
}
