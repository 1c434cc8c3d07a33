package dev.hubswarm.protocol.peerwire;

import dev.hubswarm.protocol.announce.PeerId;
import dev.hubswarm.protocol.announce.SwarmKey;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The first thing each side says (BEP 3). Immutable.
 *
 * @param reserved bits for what a side can do, those of the last reserved byte lowest
 * @param swarm what the sender wants to talk about: a v1 info hash, or the beginning of a v2 one (BEP 52)
 */
public record Handshake(long reserved, SwarmKey swarm, PeerId peerId) {
    public static final int LENGTH = 68;

    private static final byte[] PROTOCOL = "\u0013BitTorrent protocol".getBytes(StandardCharsets.ISO_8859_1);

    private static final long EXTENSIONS = 0x10_0000;
    private static final long FAST = 0x04;
    private static final long V2 = 0x10;

    /** @param v2 whether the torrent has a v2 side, so that a dialled peer may answer with that info hash */
    public static Handshake of(SwarmKey swarm, PeerId peerId, boolean v2) {
        return new Handshake(EXTENSIONS | FAST | (v2 ? V2 : 0), swarm, peerId);
    }

    /** BEP 6. It is in force if both sides have it. */
    public boolean hasFast() {
        return (reserved & FAST) != 0;
    }

    /** BEP 10. */
    public boolean hasExtensions() {
        return (reserved & EXTENSIONS) != 0;
    }

    /** BEP 52, "upgrade path". */
    public boolean hasV2() {
        return (reserved & V2) != 0;
    }

    public void encode(ByteBuffer out) {
        out.put(PROTOCOL).putLong(reserved);
        swarm.write(out);
        peerId.write(out);
    }

    /**
     * Takes a handshake; null, taking nothing, until {@code in} holds all of it. Another protocol is refused at its first
     * byte that differs.
     */
    public static @Nullable Handshake decode(ByteBuffer in) throws PeerProtocolException {
        int present = Math.min(in.remaining(), PROTOCOL.length);
        for (int i = 0; i < present; i++) {
            if (in.get(in.position() + i) != PROTOCOL[i]) throw new PeerProtocolException("not this protocol");
        }
        if (in.remaining() < LENGTH) return null;
        in.position(in.position() + PROTOCOL.length);
        return new Handshake(in.getLong(), SwarmKey.read(in), PeerId.read(in));
    }
}
