package dev.hubswarm.p2pengine.peer;

import dev.hubswarm.p2pengine.transfer.Run;
import dev.hubswarm.p2pengine.transfer.Source;
import dev.hubswarm.protocol.announce.PeerAddress;
import dev.hubswarm.protocol.announce.PeerId;
import dev.hubswarm.protocol.peerwire.Handshake;
import dev.hubswarm.protocol.peerwire.PeerMessage;
import dev.hubswarm.protocol.peerwire.PeerProtocolException;
import org.jspecify.annotations.Nullable;

/** What one peer and we say to each other. Owns no socket, thread or clock. Confined to the transfer's loop. */
public final class PeerSession implements Source {
    PeerSession(PeerGroup group, PeerWire wire, PeerAddress address, boolean isDialled, long now) {}

    /** Of one that we dialled: its answer. */
    public void handshake(Handshake theirs, long now) throws PeerProtocolException {}

    /** Who hears the messages that come at this time; not kept longer. */
    public PeerMessage.Handler at(long now) {
        throw new UnsupportedOperationException();
    }

    /** All bytes of a block have left to the socket. */
    public void blockSent(int length, long now) {}

    /** It broke the protocol; the wire is closed. */
    public void broke(PeerProtocolException rule) {}

    /** The connection is gone. */
    public void closed(String why) {}

    public PeerAddress address() {
        throw new UnsupportedOperationException();
    }

    /** Null before the handshake. */
    public @Nullable PeerId peerId() {
        return null;
    }

    @Override
    public boolean isHub() {
        return false;
    }

    @Override
    public void wake() {}

    @Override
    public void cancel(Run run) {}

    @Override
    public boolean takesLongRuns() {
        return false;
    }

    @Override
    public double bytesPerSecond() {
        return 0;
    }

    @Override
    public void close(String why) {}
}
