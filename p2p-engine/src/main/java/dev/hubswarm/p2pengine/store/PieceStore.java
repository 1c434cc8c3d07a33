package dev.hubswarm.p2pengine.store;

import dev.hubswarm.base.UserError;
import java.nio.ByteBuffer;
import java.util.BitSet;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Takes blocks in, checks pieces, keeps them, and reads them back. Confined to the transfer's loop; files are touched
 * and bytes are hashed on other threads.
 *
 * <p>A piece is missing, open, or received; of those received, some are verified. Memory is promised before anything
 * is asked for: {@link #open} answers no while too much is under way, a piece that is open may always finish, and
 * {@link Listener#roomAgain} says when to try again.
 */
public interface PieceStore {
    /** Who sends blocks: the same object for all it sends, so that it can be blamed. */
    interface Sender {
        /** Bytes that only the Hub sent are kept whatever a torrent says of them, since it is the Hub who is right. */
        boolean isHub();
    }

    /** Does work that may wait for the disk, on a thread where that does no harm, later, and whatever happens. */
    interface Writer {
        void write(Runnable work);
    }

    /** Called on the loop, never from inside a call of the store but for {@link Reader}s. */
    interface Listener {
        /** It is what its hash says, and can be read from now on. */
        void verified(int piece);

        /** Bytes that the Hub sent are on the disk, of a piece that may be open still. */
        default void onDiskFromHub(long from, long to) {}

        /** It is whole, and its hash is not known yet. */
        void received(int piece);

        /**
         * It came from the Hub and is not what its hash says. It is kept, unverified; {@link PieceStore#forget} lets
         * it be fetched again.
         */
        void differs(int piece);

        /** It is not what its hash says, or not on the disk any more, and is missing now. */
        void wrong(int piece);

        /**
         * It is not what its hash says, and came from several. With hashes of its blocks ({@link PieceStore#compare})
         * those that are right are kept; {@link PieceStore#giveUp} makes it missing.
         */
        default void doubted(int piece) {}

        /** These blocks of an open piece, or of one in doubt, are wrong, and missing again; these have sent them. */
        default void wrongBlocks(int piece, BitSet blocks, Set<Sender> liars) {}

        /** Each of them sent something wrong for this piece: it came from one alone, or came right at last. */
        void lied(int piece, Set<Sender> liars);

        /** {@link PieceStore#open} may answer otherwise now. */
        void roomAgain();

        /** The disk refuses, or what lies there was changed by others. Said once; nothing is taken in from then on. */
        void failed(UserError failure);
    }

    /** Called on the loop, maybe before {@link PieceStore#read} returns, and not at all after the store was closed. */
    interface Reader {
        /** The bytes are valid until it returns. */
        void read(ByteBuffer bytes);

        /** The bytes are valid until they are given back, on the loop. A store does not lend all it has. */
        default void lend(ByteBuffer bytes, Runnable giveBack) {
            read(bytes);
            giveBack.run();
        }

        void failed(UserError failure);
    }

    /**
     * Pieces that need not be fetched. At the beginning these are all that may be on the disk; while they are being
     * looked at, each becomes verified, differs or is wrong. Not to be changed.
     */
    BitSet received();

    /** Pieces that can be read. Not to be changed. */
    BitSet verified();

    /** Promises memory for a missing piece; false if there is none now. */
    boolean open(int piece);

    /**
     * As {@link #open}, for one whose blocks come in order, as far as is known: little of it is in memory at a time, and
     * is promised from elsewhere.
     */
    default boolean openInOrder(int piece) {
        return open(piece);
    }

    /**
     * Takes a copy of one or more whole blocks. Each must be of an open piece and not there yet. Blocks that are all
     * padding need not come.
     */
    void add(long at, ByteBuffer blocks, Sender from);

    /**
     * As {@link #add(long, ByteBuffer, Sender)}, but what can be written from the buffer itself is not copied.
     *
     * @param writer does so; the buffer must stay as it is until then
     */
    default void add(long at, ByteBuffer blocks, Sender from, Writer writer) {
        add(at, blocks, from);
    }

    /**
     * Whether hashes of its blocks would be of use: it is open or in doubt, its hash is a node of a tree above them
     * (BEP 52), and they are not known yet.
     */
    boolean wantsLeaves(int piece);

    /**
     * Compares the blocks of a piece that {@linkplain #wantsLeaves wants} that, those that are here and those that come.
     *
     * @param leaves the SHA-256 of each block; what follows behind the last is passed over
     * @return false if they do not lead to the piece's hash
     */
    boolean compare(int piece, byte[] leaves);

    /** Nobody knows the hashes of the blocks of a piece that is in doubt. */
    void giveUp(int piece);

    /**
     * Reads a verified piece again and hashes its blocks.
     *
     * @param into called on the loop, with nothing if it cannot be read or is not what it was; not at all after the
     *     store was closed
     */
    void leaves(int piece, Consumer<byte[]> into);

    /** Makes a piece missing, open or received though it be. It can be opened when what is under way has ended. */
    void forget(int piece);

    /** Compares what was received, and what will be, with hashes that are known only now, or more of them. */
    void attach(PieceHashes hashes);

    /** The digest of the whole file is right: received pieces are, too, for which no hash is known. */
    void proven();

    /** Bytes of verified pieces. */
    void read(long at, int length, Reader reader);

    /** Takes nothing in any more. The listener hears no more, and files may be closed once {@code ended} is called. */
    void close(Runnable ended);
}
