package dev.hubswarm.p2pengine.transfer;

import org.jspecify.annotations.Nullable;

/**
 * Neighbouring blocks that were asked of somebody at once. Which of them are still on their way is known to their
 * pieces ({@link OpenPiece}); this only counts them. Confined to its picker.
 */
final class Ask {
    final Member of;
    final long time;
    /** Blocks of the whole transfer, counted through; those at both ends may have come already. */
    long from;

    long to;
    int left;

    @Nullable
    Ask before;

    @Nullable
    Ask after;

    Ask(Member of, long time, long from, long to) {
        this.of = of;
        this.time = time;
        this.from = from;
        this.to = to;
    }
}
