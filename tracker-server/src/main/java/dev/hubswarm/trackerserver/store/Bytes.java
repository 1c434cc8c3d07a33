package dev.hubswarm.trackerserver.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.hubswarm.protocol.metainfo.Hash;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** Writes the values of a record one after the other, and reads them. Confined to one thread. */
final class Bytes {
    private ByteBuffer out = ByteBuffer.allocate(256);

    private ByteBuffer room(int length) {
        if (out.remaining() < length) {
            int capacity = Math.max(2 * out.capacity(), out.position() + length);
            out = ByteBuffer.allocate(capacity).put(out.flip());
        }
        return out;
    }

    Bytes put(char tag) {
        room(1).put((byte) tag);
        return this;
    }

    Bytes put(boolean value) {
        room(1).put((byte) (value ? 1 : 0));
        return this;
    }

    Bytes put(int value) {
        room(Integer.BYTES).putInt(value);
        return this;
    }

    Bytes put(long value) {
        room(Long.BYTES).putLong(value);
        return this;
    }

    Bytes put(Hash hash) {
        room(hash.length()).put(hash.bytes());
        return this;
    }

    Bytes put(String text) {
        byte[] bytes = text.getBytes(UTF_8);
        put(bytes.length).room(bytes.length).put(bytes);
        return this;
    }

    byte[] toArray() {
        return Arrays.copyOf(out.array(), out.position());
    }

    static Hash hash(ByteBuffer in, int length) {
        byte[] bytes = new byte[length];
        in.get(bytes);
        return Hash.of(bytes);
    }

    static String text(ByteBuffer in) {
        int length = in.getInt();
        if (length < 0 || length > in.remaining()) throw new IllegalArgumentException("text of " + length + " bytes");
        byte[] bytes = new byte[length];
        in.get(bytes);
        return new String(bytes, UTF_8);
    }
}
