package dev.hubswarm.protocol.peerwire;

import dev.hubswarm.protocol.bencode.BencodeException;
import dev.hubswarm.protocol.bencode.BencodeWriter;
import dev.hubswarm.protocol.bencode.LenientReader;
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

    /** What is done about the piece. */
    public enum Type {
        REQUEST(0),
        DATA(1),
        REJECT(2);

        private static final Type[] ALL = values();

        private final int number;

        Type(int number) {
            this.number = number;
        }
    }

    public static UtMetadata request(int piece) {
        return new UtMetadata(Type.REQUEST, piece, 0, NOTHING);
    }

    /** @param info the whole dictionary, which is not copied */
    public static UtMetadata data(int piece, ByteBuffer info) {
        int from = piece * PIECE_LENGTH;
        int length = Math.min(PIECE_LENGTH, info.remaining() - from);
        return new UtMetadata(Type.DATA, piece, info.remaining(), info.slice(info.position() + from, length));
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
        out.key("msg_type").integer(type.number).key("piece").integer(piece);
        if (type == Type.DATA) out.key("total_size").integer(totalSize);
        byte[] head = out.endDict().toByteArray();
        return ByteBuffer.allocate(head.length + data.remaining())
                .put(head)
                .put(data.duplicate())
                .flip();
    }

    /** Null for a type that is not known, which must be passed over. */
    static @Nullable UtMetadata decode(ByteBuffer payload) throws PeerProtocolException {
        Decoder decoder = new Decoder();
        return decoder.message(Payload.read(payload, decoder));
    }

    private static final class Decoder implements Payload.Fields {
        private int type = -1;
        private int piece = -1;
        private int totalSize = -1;

        @Override
        public boolean read(LenientReader in) throws BencodeException {
            if (in.keyIs("msg_type")) {
                type = in.number();
            } else if (in.keyIs("piece")) {
                piece = in.number();
            } else if (in.keyIs("total_size")) {
                totalSize = in.number();
            } else {
                return false;
            }
            return true;
        }

        @Nullable
        UtMetadata message(ByteBuffer rest) throws PeerProtocolException {
            if (type < 0 || piece < 0) throw new PeerProtocolException("ut_metadata without type or piece");
            if (type >= Type.ALL.length) return null;
            if (type != Type.DATA.number) return new UtMetadata(Type.ALL[type], piece, 0, NOTHING);
            if (totalSize > MAX_TOTAL_SIZE) throw new PeerProtocolException("ut_metadata of too many bytes");
            long length = Math.min(PIECE_LENGTH, totalSize - (long) piece * PIECE_LENGTH);
            if (length < 1 || rest.remaining() != length)
                throw new PeerProtocolException("ut_metadata of a wrong length");
            return new UtMetadata(Type.DATA, piece, totalSize, rest);
        }
    }
}
