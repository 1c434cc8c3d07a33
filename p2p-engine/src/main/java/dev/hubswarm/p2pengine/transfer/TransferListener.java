package dev.hubswarm.p2pengine.transfer;

import dev.hubswarm.base.UserError;

/** Hears what becomes of a transfer. Called on its loop. */
public interface TransferListener {
    /** A piece can be read from now on. */
    default void verified(int piece) {}

    /** More that the Hub sent is on the disk. */
    default void cameFromHub() {}

    /** A piece is here whose hash is not known yet. */
    default void received(int piece) {}

    /** All that is wanted is here, some of it with no hash known: the digest of the file decides. */
    default void here() {}

    /** A piece of the Hub is not what the torrent says. */
    default void differs(int piece) {}

    /** A piece is on its way from now on. */
    default void opened(int piece) {}

    /** A piece came, and was not what its hash says. */
    default void wrong(int piece) {}

    /**
     * A piece came from several, and is not what its hash says. Whoever can find hashes of its blocks gives them to {@link
     * TorrentView#compare} soon, or all of it is thrown away.
     *
     * @return whether somebody was asked
     */
    default boolean doubted(int piece) {
        return false;
    }

    /** A piece could be read and cannot any more. */
    default void lost(int piece) {}

    /** All that is wanted is verified. */
    default void complete() {}

    /** It has sent something wrong, and was closed. */
    default void lied(Source liar) {}

    /** Nothing can be written, or read, any more. */
    default void failed(UserError failure) {}
}
