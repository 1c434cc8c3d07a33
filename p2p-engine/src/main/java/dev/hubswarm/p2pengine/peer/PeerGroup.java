package dev.hubswarm.p2pengine.peer;

import dev.hubswarm.base.Loop;
import dev.hubswarm.p2pengine.transfer.Transfer;
import dev.hubswarm.protocol.announce.PeerAddress;
import dev.hubswarm.protocol.announce.SwarmKey;
import dev.hubswarm.protocol.metainfo.InfoHash;
import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.protocol.peerwire.Handshake;
import dev.hubswarm.protocol.peerwire.PeerProtocolException;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * All peers of one torrent that we are connected to. Confined to the transfer's loop.
 *
 * <p>It may begin with an info hash alone (a magnet): then the peers are asked for the metadata, and {@link
 * Listener#metadata} tells it, whereupon the caller makes a transfer and calls {@link #begin}.
 */
public final class PeerGroup {
    /** Called on the loop. */
    public interface Listener {
        /** What a magnet's peers sent is what the info hash says. */
        void metadata(Metainfo torrent);

        /** Somebody says that these are peers, too; nothing of it is checked but that they can be dialled. */
        void heardOf(List<PeerAddress> peers);

        /** It lied, and shall not come back. */
        void banned(PeerSession liar, String why);

        /** Said once of each session, whoever closed it. */
        void closed(PeerSession session, String why);
    }

    public PeerGroup(Loop loop, InfoHash infoHash, LocalPeer self, RandomGenerator random, Listener listener) {}

    /** The names by which peers may ask for this torrent. */
    public List<SwarmKey> keys() {
        return List.of();
    }

    /** Somebody we dialled has answered the call; our handshake is sent, and theirs to be given to the session. */
    public PeerSession dialled(PeerWire wire, PeerAddress address) {
        throw new UnsupportedOperationException();
    }

    /** Somebody called us and has sent this handshake; ours is sent. */
    public PeerSession accepted(PeerWire wire, PeerAddress address, Handshake theirs) throws PeerProtocolException {
        throw new UnsupportedOperationException();
    }

    /** From now on there is something to fetch and to send. */
    public void begin(Transfer transfer, Metainfo torrent) {}

    public List<PeerSession> sessions() {
        return List.of();
    }

    /** Closes all connections. */
    public void close(String why) {}

    /** For tests. */
    public void checkInvariants() {}
}
