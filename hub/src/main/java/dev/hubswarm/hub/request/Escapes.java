package dev.hubswarm.hub.request;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/** Percent-encoding (RFC 3986 §2.1) of parts of a path. Stateless. */
public final class Escapes {
    private static final HexFormat HEX = HexFormat.of().withUpperCase();

    private Escapes() {}

    /** Escapes all but unreserved characters, and those named. */
    static String encode(String text, String kept) {
        StringBuilder out = new StringBuilder(text.length() + 16);
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            boolean plain = (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z') || (b >= '0' && b <= '9');
            if (plain || "-._~".indexOf(b) >= 0 || kept.indexOf(b) >= 0) out.append((char) b);
            else HEX.toHexDigits(out.append('%'), b);
        }
        return out.toString();
    }

    /** Undoes escapes once; null if one is broken, or if what comes out is not UTF-8. */
    public static @Nullable String decode(String raw) {
        byte[] bytes = raw.getBytes(StandardCharsets.ISO_8859_1);
        int length = 0;
        for (int i = 0; i < bytes.length; i++) {
            byte b = bytes[i];
            if (b == '%') {
                boolean hex = i + 2 < bytes.length
                        && HexFormat.isHexDigit(bytes[i + 1])
                        && HexFormat.isHexDigit(bytes[i + 2]);
                if (!hex) return null;
                b = (byte) (HexFormat.fromHexDigit(bytes[i + 1]) << 4 | HexFormat.fromHexDigit(bytes[i + 2]));
                i += 2;
            }
            bytes[length++] = b;
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes, 0, length))
                    .toString();
        } catch (CharacterCodingException e) {
            return null;
        }
    }
}
