package dev.hubswarm.protocol.peerwire;

import dev.hubswarm.protocol.bencode.BencodeWriter;
import dev.hubswarm.protocol.metainfo.Metainfo;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Asks for 16 KiB of the info dictionary, sends them, or refuses to (ut_metadata, BEP 9). Immutable.
 *
 * @param totalSize how long the dictionary is; with data only, else 0
 * @param data nothing but with data
 */
public record UtMetadata(Type type, int piece, int totalSize, ByteBuffer data) implements ExtensionMessage {
    public static final int PIECE_LENGTH = 16 * 1024;
    /** As of a torrent that is read from a file (reliability.md T31). */
    public static final int MAX_TOTAL_SIZE = Metainfo.MAX_TORRENT_BYTES;

    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    /** By its number. */
    public enum Type {
        REQUEST,
        DATA,
        REJECT
    }

    public static UtMetadata request(int piece) {
        return new UtMetadata(Type.REQUEST, piece, 0, NOTHING);
    }

    public static UtMetadata data(int piece, byte[] info) {
        int from = piece * PIECE_LENGTH;
        int length = Math.min(PIECE_LENGTH, info.length - from);
        return new UtMetadata(
                Type.DATA,
                piece,
                info.length,
                ByteBuffer.wrap(info, from, length).slice());
    }

    public static UtMetadata reject(int piece) {
        return new UtMetadata(Type.REJECT, piece, 0, NOTHING);
    }

    @Override
    public void accept(Handler handler) throws PeerProtocolException {
        handler.utMetadata(this);
    }

    @Override
    public ByteBuffer encode() {
        BencodeWriter out = new BencodeWriter().beginDict();
        out.key("msg_type").integer(type.ordinal()).key("piece").integer(piece);
        if (type == Type.DATA) out.key("total_size").integer(totalSize);
        byte[] head = out.endDict().toByteArray();
        return ByteBuffer.allocate(head.length + data.remaining())
                .put(head)
                .put(data.duplicate())
                .flip();
    }

    /** Null for a type that is not known, which must be passed over. */
    static @Nullable UtMetadata decode(ByteBuffer payload) throws PeerProtocolException {
        if (payload.hasRemaining()) throw new PeerProtocolException("not written yet");
        return null;
    }
}
