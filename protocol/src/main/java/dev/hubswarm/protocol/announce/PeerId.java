package dev.hubswarm.protocol.announce;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.random.RandomGenerator;

/** The 20 bytes that a client calls itself by (BEP 3). Immutable. */
public record PeerId(long head, long middle, int tail) {
    public static final int LENGTH = 20;

    public static PeerId of(byte[] bytes) {
        if (bytes.length != LENGTH) throw new IllegalArgumentException("A peer id has 20 bytes, not " + bytes.length);
        return read(ByteBuffer.wrap(bytes));
    }

    /** The customary form: two letters, four digits, and what nobody else has. */
    public static PeerId ours(RandomGenerator random) {
        byte[] id = new byte[LENGTH];
        random.nextBytes(id);
        byte[] client = "-HS0100-".getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(client, 0, id, 0, client.length);
        return of(id);
    }

    /** Takes the next 20 bytes. */
    public static PeerId read(ByteBuffer in) {
        return new PeerId(in.getLong(), in.getLong(), in.getInt());
    }

    static PeerId read(QueryReader query) throws AnnounceException {
        byte[] value = new byte[LENGTH];
        if (query.decode(value) != LENGTH) throw new AnnounceException("peer_id is not 20 bytes");
        return read(ByteBuffer.wrap(value));
    }

    public void write(ByteBuffer out) {
        out.putLong(head).putLong(middle).putInt(tail);
    }

    public byte[] bytes() {
        byte[] bytes = new byte[LENGTH];
        write(ByteBuffer.wrap(bytes));
        return bytes;
    }

    @Override
    public String toString() {
        return HexFormat.of().formatHex(bytes());
    }
}
