package dev.hubswarm.protocol.peerwire;

import dev.hubswarm.protocol.announce.PeerAddress;
import dev.hubswarm.protocol.bencode.BencodeException;
import dev.hubswarm.protocol.bencode.BencodeWriter;
import dev.hubswarm.protocol.bencode.LenientReader;
import dev.hubswarm.protocol.metainfo.PieceGeometry;
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
        BencodeWriter out = new BencodeWriter().beginDict();
        if (maxBlock > PieceGeometry.BLOCK_LENGTH) out.key("hs_block").integer(maxBlock);
        writeHost("ipv4", ipv4, out);
        writeHost("ipv6", ipv6, out);
        out.key("m").beginDict();
        ids.forEach((extension, id) -> out.key(extension.key).integer(id));
        out.endDict();
        if (metadataSize > 0) out.key("metadata_size").integer(metadataSize);
        if (port > 0) out.key("p").integer(port);
        if (requestQueue > 0) out.key("reqq").integer(requestQueue);
        // Others take the key's absence for 0.
        if (uploadOnly) out.key("upload_only").integer(1);
        if (!client.isEmpty()) out.key("v").string(client);
        writeHost("yourip", yourIp, out);
        return ByteBuffer.wrap(out.endDict().toByteArray());
    }

    private static void writeHost(String key, @Nullable PeerAddress address, BencodeWriter out) {
        if (address != null) out.key(key).string(address.address());
    }

    static ExtensionHandshake decode(ByteBuffer payload) throws PeerProtocolException {
        Decoder decoder = new Decoder();
        Payload.read(payload, decoder);
        return decoder.message();
    }

    private static final class Decoder implements Payload.Fields {
        private static final int MAX_ID = 255;

        private final Map<Extension, Integer> ids = new EnumMap<>(Extension.class);
        private String client = "";
        private int port;
        private int requestQueue;
        private @Nullable PeerAddress yourIp;
        private @Nullable PeerAddress ipv4;
        private @Nullable PeerAddress ipv6;
        private int metadataSize;
        private boolean uploadOnly;
        private int maxBlock = PieceGeometry.BLOCK_LENGTH;

        @Override
        public boolean read(LenientReader in) throws BencodeException {
            if (in.keyIs("m")) {
                in.dict(() -> readId(in));
            } else if (in.keyIs("v")) {
                String text = in.text();
                client = text == null ? "" : text;
            } else if (in.keyIs("p")) {
                port = upTo(PeerAddress.MAX_PORT, in);
            } else if (in.keyIs("reqq")) {
                requestQueue = upTo(Integer.MAX_VALUE, in);
            } else if (in.keyIs("yourip")) {
                yourIp = host(in);
            } else if (in.keyIs("ipv4")) {
                ipv4 = host(in);
            } else if (in.keyIs("ipv6")) {
                ipv6 = host(in);
            } else if (in.keyIs("metadata_size")) {
                metadataSize = upTo(UtMetadata.MAX_TOTAL_SIZE, in);
            } else if (in.keyIs("upload_only")) {
                uploadOnly = in.number() > 0;
            } else if (in.keyIs("hs_block")) {
                maxBlock = Math.max(in.number(), PieceGeometry.BLOCK_LENGTH);
            } else {
                return false;
            }
            return true;
        }

        private boolean readId(LenientReader in) throws BencodeException {
            for (Extension extension : Extension.values()) {
                if (!in.keyIs(extension.key)) continue;
                int id = in.number();
                if (id >= 0 && id <= MAX_ID) ids.put(extension, id);
                return true;
            }
            return false;
        }

        /** Returns 0 for what cannot be. */
        private static int upTo(int max, LenientReader in) throws BencodeException {
            int number = in.number();
            return number <= max ? Math.max(number, 0) : 0;
        }

        private static @Nullable PeerAddress host(LenientReader in) throws BencodeException {
            ByteBuffer bytes = in.bytes();
            if (bytes == null) return null;
            byte[] address = new byte[bytes.remaining()];
            bytes.get(address);
            return address.length == 4 || address.length == 16 ? PeerAddress.of(address, 0) : null;
        }

        ExtensionHandshake message() {
            return new ExtensionHandshake(
                    ids, client, port, requestQueue, yourIp, ipv4, ipv6, metadataSize, uploadOnly, maxBlock);
        }
    }
}
