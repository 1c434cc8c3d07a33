package dev.hubswarm.protocol.announce;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Puts bencoding (BEP 3) straight into a buffer. Stateless. {@code BencodeWriter} checks the order of keys and grows
 * its own memory, which is worth more than the answer to an announce costs; here the caller keeps to the order.
 */
final class BencodeOut {
    private BencodeOut() {}

    static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    static void literal(byte[] bencoded, ByteBuffer out) {
        out.put(bencoded);
    }

    /** A key, which is bencoded already, and the integer it has. */
    static void field(byte[] key, int value, ByteBuffer out) {
        out.put(key).put((byte) 'i');
        number(value, out);
        out.put((byte) 'e');
    }

    static void string(String text, ByteBuffer out) {
        string(text.getBytes(StandardCharsets.UTF_8), out);
    }

    static void string(byte[] bytes, ByteBuffer out) {
        length(bytes.length, out);
        out.put(bytes);
    }

    /** What stands before the bytes of a string. */
    static void length(int bytes, ByteBuffer out) {
        number(bytes, out);
        out.put((byte) ':');
    }

    static int maxLength(@Nullable String text) {
        return text == null ? 0 : 32 + 3 * text.length();
    }

    /** Of a number that is not negative. */
    private static void number(int value, ByteBuffer out) {
        int digits = 1;
        for (int rest = value; rest >= 10; rest /= 10) digits++;
        int end = out.position() + digits;
        int rest = value;
        for (int at = end - 1; at >= out.position(); at--) {
            out.put(at, (byte) ('0' + rest % 10));
            rest /= 10;
        }
        out.position(end);
    }
}
