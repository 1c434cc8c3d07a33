package dev.hubswarm.p2pengine.store;

import dev.hubswarm.base.UserError;
import java.nio.ByteBuffer;
import java.util.BitSet;
import java.util.List;

/**
 * Takes blocks in, checks pieces, keeps them, and reads them back. Confined to the transfer's loop; files are touched
 * and bytes are hashed on other threads.
 *
 * <p>Memory is promised before anything is asked for: {@link #open} answers no while too much is under way, a piece
 * that is open may always finish, and {@link Listener#roomAgain} says when to try again.
 */
public interface PieceStore extends AutoCloseable {
    /** Called on the loop. */
    interface Listener {
        /** It is right and on its way to the disk, or already there; it can be read from now on. */
        void verified(int piece);

        /**
         * Its bytes were thrown away. Who is to blame is known only when the piece came right once.
         *
         * @param liars whose block differed from the right one; empty if that is not known yet
         */
        void wrong(int piece, List<Object> liars);

        /** {@link #open} may answer otherwise now. */
        void roomAgain();

        /** The disk refuses; nothing more is taken in. */
        void failed(UserError failure);
    }

    /** Called on the loop, with bytes that are valid until it returns. */
    interface Reader {
        void read(ByteBuffer bytes);

        void failed(UserError failure);
    }

    /** Pieces that can be read. */
    BitSet verified();

    /** Promises memory for a piece; false if there is none now. */
    boolean open(int piece);

    /**
     * Takes the promise back and throws away what came of an open piece. Else pieces that nobody here has any more could
     * fill the memory for good.
     */
    void abandon(int piece);

    /**
     * Takes a copy. The piece must be open, and the block not there yet.
     *
     * @param from for blame
     */
    void add(long at, ByteBuffer block, Object from);

    /** Bytes of verified pieces. */
    void read(long at, int length, Reader reader);

    @Override
    void close();
}
