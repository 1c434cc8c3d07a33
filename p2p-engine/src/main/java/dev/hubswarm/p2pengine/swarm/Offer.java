package dev.hubswarm.p2pengine.swarm;

import dev.hubswarm.base.Loop;
import dev.hubswarm.protocol.announce.SwarmKey;
import dev.hubswarm.protocol.metainfo.InfoHash;
import dev.hubswarm.protocol.peerwire.Handshake;
import dev.hubswarm.protocol.peerwire.PeerProtocolException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A torrent that can be had here, and takes nothing but its name until a peer calls for it, so that there may be
 * thousands. Confined to the loop.
 *
 * <p>Who calls waits, unread, until the owner has opened what is needed and the torrent began. Whoever else {@linkplain
 * Swarm#join joins} the same torrent goes first.
 */
public final class Offer {
    /** Called on the loop. */
    public interface Owner {
        /** Somebody calls: {@link #join} and begin, sooner or later, or {@link #close}. Said once until then. */
        void called();

        /** Somebody else has joined it; the torrent that was joined by the offer is closed. */
        void displaced();
    }

    private record Caller(PeerChannel channel, Handshake handshake) {}

    private final Swarm swarm;
    private final InfoHash infoHash;
    private final Owner owner;
    private final List<Caller> callers = new ArrayList<>();
    private @Nullable SwarmTorrent torrent;

    Offer(Swarm swarm, InfoHash infoHash, Owner owner) {
        this.swarm = swarm;
        this.infoHash = infoHash;
        this.owner = owner;
    }

    List<SwarmKey> keys() {
        return SwarmKey.allOf(infoHash);
    }

    /** Null if somebody else has joined it. */
    public @Nullable SwarmTorrent join(SwarmTorrent.Listener news) {
        loop().assertInside();
        if (keys().stream().anyMatch(swarm::isJoined)) return null;
        SwarmTorrent joined = swarm.join(infoHash, news);
        torrent = joined;
        return joined;
    }

    void call(PeerChannel channel, Handshake handshake) {
        channel.hold(this);
        callers.add(new Caller(channel, handshake));
        if (callers.size() == 1) owner.called();
    }

    void hungUp(PeerChannel channel) {
        callers.removeIf(caller -> caller.channel == channel);
    }

    /** A torrent of this name has begun. */
    void begun(SwarmTorrent its) {
        List<Caller> waiting = List.copyOf(callers);
        callers.clear();
        for (Caller caller : waiting) {
            try {
                its.accept(caller.channel, caller.handshake);
                caller.channel.goOn();
            } catch (PeerProtocolException e) {
                caller.channel.close("broke the protocol: " + e.getMessage());
            }
        }
    }

    /** Somebody else wants to join it. */
    void displace() {
        SwarmTorrent ours = torrent;
        if (ours == null || ours.isClosed()) return;
        torrent = null;
        ours.close();
        owner.displaced();
    }

    /** Takes it back, and closes the torrent that it joined. */
    public void close() {
        loop().assertInside();
        swarm.withdrawn(this);
        List<Caller> waiting = List.copyOf(callers);
        callers.clear();
        for (Caller caller : waiting) caller.channel.close("what it wants is not here any more");
        if (torrent != null) torrent.close();
    }

    private Loop loop() {
        return swarm.loop();
    }
}
