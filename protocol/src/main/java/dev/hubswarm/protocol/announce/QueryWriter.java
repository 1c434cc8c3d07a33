package dev.hubswarm.protocol.announce;

import java.util.HexFormat;

/** Writes values of a query. Stateless. */
final class QueryWriter {
    private static final HexFormat HEX = HexFormat.of().withUpperCase();

    private QueryWriter() {}

    /** Escapes all but the unreserved characters (RFC 3986 section 2.3). */
    static void escape(byte[] bytes, StringBuilder out) {
        for (byte b : bytes) {
            int lower = b | 0x20;
            boolean letterOrDigit = (lower >= 'a' && lower <= 'z') || (b >= '0' && b <= '9');
            if (letterOrDigit || b == '-' || b == '.' || b == '_' || b == '~') {
                out.append((char) b);
            } else {
                out.append('%').append(HEX.toHexDigits(b));
            }
        }
    }
}
