package dev.hubswarm.p2pengine.transfer;

import dev.hubswarm.p2pengine.store.PieceStore;
import java.util.function.IntPredicate;

/**
 * Somebody who can send bytes: a peer, a web seed, the Hub. Confined to the transfer's loop.
 *
 * <p>It asks for work itself ({@link Sources#pick}), since it knows how much may be under way to it.
 */
public interface Source extends PieceStore.Sender {
    int NO_PIECE = -1;

    /** There may be something to pick again, or more of it. */
    void wake();

    /**
     * What was picked is not wanted any more; who has asked for it takes that back if it can. Not the time to call back:
     * {@link #wake} follows.
     */
    void cancel(Run run);

    /**
     * Whether each request of it is dear, as over HTTP: then it is given neighbouring pieces from the front, as many as
     * it asks for. Others get one piece at a time, the rarest first; while somebody works in front, behind where they will
     * meet.
     */
    boolean takesLongRuns();

    /**
     * The piece that it would like to send next (BEP 6), for who has much to do knows best what others lack;
     * {@link #NO_PIECE} if it does not care.
     *
     * @param mayBe what may be begun; what may not never will
     */
    default int suggestion(IntPredicate mayBe) {
        return NO_PIECE;
    }

    /** Measured of late; 0 as long as nothing came. */
    double bytesPerSecond();

    /** It lied, or the transfer is over. */
    void close(String why);
}
