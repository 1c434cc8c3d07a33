package dev.hubswarm.p2pengine.transfer;

import dev.hubswarm.p2pengine.store.PieceStore;
import dev.hubswarm.protocol.metainfo.PieceGeometry;
import java.util.BitSet;
import java.util.function.Consumer;

/**
 * A transfer as the peers of one torrent see it: the whole of it, or a part of their torrent. Confined to the transfer's
 * loop.
 */
public interface TorrentView extends Sources {
    /** Of the torrent. */
    PieceGeometry geometry();

    /** Pieces that can be read. Not to be changed. */
    BitSet verified();

    /** Whether all that is wanted of it is verified. */
    boolean isComplete();

    /** @see PieceStore#read */
    default void read(long at, int length, PieceStore.Reader reader) {
        throw new IllegalStateException("nothing is served to them");
    }

    // Hashes of blocks. Where our pieces are not theirs, nobody is asked for them.

    /** Pieces that are on their way. A copy. */
    default BitSet begun() {
        return new BitSet();
    }

    /** @see PieceStore#wantsLeaves */
    default boolean wantsLeaves(int piece) {
        return false;
    }

    /** @see PieceStore#compare */
    default boolean compare(int piece, byte[] leaves) {
        return true;
    }

    /** @see PieceStore#leaves */
    default void leaves(int piece, Consumer<byte[]> into) {
        throw new IllegalStateException("nothing is served to them");
    }

    /** How much a source was asked for that is still expected of it. */
    long underWay(Source source);

    /** Tells it of all that happens from now on. */
    void listen(TransferListener listener);

    void unlisten(TransferListener listener);
}
