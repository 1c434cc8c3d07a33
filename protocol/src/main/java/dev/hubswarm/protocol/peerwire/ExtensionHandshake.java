package dev.hubswarm.protocol.peerwire;

import dev.hubswarm.protocol.announce.PeerAddress;
import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a peer tells of itself after the handshake, and again when it changes (BEP 10). Immutable. Of addresses only the
 * hosts count, and they are hints.
 *
 * @param ids the number that the sender knows an extension by; 0 if it wants it no more; what is not there is as before
 * @param client name and version
 * @param port where the sender listens; 0 if unsaid
 * @param requestQueue how many requests the sender keeps waiting ({@code reqq}); 0 if unsaid
 * @param yourIp how the sender sees the receiver
 * @param ipv4 where the sender can be reached, too
 * @param ipv6 as {@code ipv4}
 * @param metadataSize length of the info dictionary (BEP 9); 0 if unsaid
 * @param uploadOnly BEP 21
 * @param maxBlock the longest request that the sender answers ({@code hs_block}, ours alone); 16 KiB if unsaid
 */
public record ExtensionHandshake(
        Map<Extension, Integer> ids,
        String client,
        int port,
        int requestQueue,
        @Nullable PeerAddress yourIp,
        @Nullable PeerAddress ipv4,
        @Nullable PeerAddress ipv6,
        int metadataSize,
        boolean uploadOnly,
        int maxBlock)
        implements ExtensionMessage {
    public ExtensionHandshake {
        EnumMap<Extension, Integer> sorted = new EnumMap<>(Extension.class);
        sorted.putAll(ids);
        ids = Collections.unmodifiableMap(sorted);
    }

    @Override
    public void accept(Handler handler) throws PeerProtocolException {
        handler.extensionHandshake(this);
    }

    @Override
    public ByteBuffer encode() {
        return ByteBuffer.wrap(new byte[] {'d', 'e'});
    }

    static ExtensionHandshake decode(ByteBuffer payload) throws PeerProtocolException {
        if (payload.hasRemaining()) throw new PeerProtocolException("not written yet");
        return new ExtensionHandshake(Map.of(), "", 0, 0, null, null, null, 0, false, 0);
    }
}
