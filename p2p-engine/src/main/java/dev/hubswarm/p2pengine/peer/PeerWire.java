package dev.hubswarm.p2pengine.peer;

import dev.hubswarm.protocol.peerwire.Handshake;
import dev.hubswarm.protocol.peerwire.PeerMessage;

/** The connection below a {@link PeerSession}. Confined to the transfer's loop; it never calls back from inside. */
public interface PeerWire {
    void send(Handshake handshake);

    /** The message is encoded, or kept, before this returns: its buffers are not touched any more afterwards. */
    void send(PeerMessage message);

    /**
     * Reads a block from the transfer and sends it, in order with other blocks; then {@link PeerSession#blockSent}. If it
     * cannot be read any more, the connection is closed.
     *
     * @param at where it begins in the transfer
     */
    void sendBlock(PeerMessage.Request block, long at);

    /** How many bytes were given and not yet taken by the socket, those of blocks with their heads from {@link #sendBlock} on. */
    long unsent();

    /** Closes it soon; {@link PeerSession#closed} need not be called then. */
    void close(String why);
}
