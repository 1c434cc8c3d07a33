package dev.hubswarm.p2pengine.store;

import dev.hubswarm.base.UserError;
import java.nio.ByteBuffer;
import java.util.BitSet;

/**
 * Where the bytes of a piece space lie. Thread-safe; what can fail may wait for a disk. It belongs to who opened it, and
 * may be closed once the store over it has ended.
 */
public interface PieceFiles {
    /** Pieces that may be there. */
    BitSet held();

    /** Whether those are known to be right without another look. */
    boolean isTrusted();

    /** Writes all of it, and claims nothing. */
    void write(ByteBuffer bytes, long at) throws UserError;

    /** Fills the buffer. Padding reads as zeros; what is not there is an error. */
    void read(ByteBuffer into, long at) throws UserError;

    /** Claims a piece that was written. */
    void claim(int piece, boolean fromHub) throws UserError;

    /** Whether a piece that was claimed came from the Hub alone. */
    boolean isFromHub(int piece);

    /** Takes a claim back. */
    void forget(int piece) throws UserError;
}
