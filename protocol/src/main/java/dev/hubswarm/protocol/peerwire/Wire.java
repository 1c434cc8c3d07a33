package dev.hubswarm.protocol.peerwire;

import java.nio.ByteBuffer;

/** The ids of messages (BEP 3, 5, 6, 10, 52), and how they begin. Stateless. */
final class Wire {
    static final int NO_ID = -1;
    static final int CHOKE = 0;
    static final int UNCHOKE = 1;
    static final int INTERESTED = 2;
    static final int NOT_INTERESTED = 3;
    static final int HAVE = 4;
    static final int BITFIELD = 5;
    static final int REQUEST = 6;
    static final int PIECE = 7;
    static final int CANCEL = 8;
    static final int PORT = 9;
    static final int SUGGEST = 13;
    static final int HAVE_ALL = 14;
    static final int HAVE_NONE = 15;
    static final int REJECT = 16;
    static final int ALLOWED_FAST = 17;
    static final int EXTENDED = 20;
    static final int HASH_REQUEST = 21;
    static final int HASHES = 22;
    static final int HASH_REJECT = 23;

    /** Of a message that names a piece. */
    static final int INDEX_LENGTH = PeerMessage.PREFIX_LENGTH + 1 + Integer.BYTES;
    /** Of a message that names bytes of a piece. */
    static final int BLOCK_LENGTH = PeerMessage.PREFIX_LENGTH + 1 + 3 * Integer.BYTES;

    private Wire() {}

    /** @param length of the message, its id included */
    static void writeHead(int id, int length, ByteBuffer out) {
        out.putInt(length).put((byte) id);
    }

    static void writeBlock(int id, int piece, int begin, int length, ByteBuffer out) {
        writeHead(id, BLOCK_LENGTH - PeerMessage.PREFIX_LENGTH, out);
        out.putInt(piece).putInt(begin).putInt(length);
    }
}
