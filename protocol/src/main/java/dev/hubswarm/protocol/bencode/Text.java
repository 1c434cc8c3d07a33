package dev.hubswarm.protocol.bencode;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Words of a tracker or a peer for people. Stateless. */
public final class Text {
    private static final int MAX_CHARS = 200;
    private static final int MAX_BYTES_PER_CHAR = 3;

    private Text() {}

    /** The beginning of what remains, made harmless for logs and terminals: it may come from anybody. */
    public static String clean(ByteBuffer utf8) {
        int length = Math.min(utf8.remaining(), MAX_CHARS * MAX_BYTES_PER_CHAR);
        StringBuilder text = new StringBuilder(StandardCharsets.UTF_8.decode(utf8.slice(utf8.position(), length)));
        if (text.length() > MAX_CHARS) {
            text.setLength(Character.isHighSurrogate(text.charAt(MAX_CHARS - 1)) ? MAX_CHARS - 1 : MAX_CHARS);
        }
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean harmless = !Character.isISOControl(c) && Character.getType(c) != Character.FORMAT;
            if (!harmless) text.setCharAt(i, '?');
        }
        return text.toString();
    }
}
