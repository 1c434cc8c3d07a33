package dev.hubswarm.protocol.announce;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Words of a tracker for people. Stateless. */
final class Text {
    private static final int MAX_BYTES = 200;

    private Text() {}

    /** The beginning of what remains, made harmless for logs and terminals: it may come from anybody. */
    static String clean(ByteBuffer utf8) {
        ByteBuffer bytes = utf8.slice(utf8.position(), Math.min(utf8.remaining(), MAX_BYTES));
        StringBuilder text = new StringBuilder(StandardCharsets.UTF_8.decode(bytes));
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean harmless = !Character.isISOControl(c) && Character.getType(c) != Character.FORMAT;
            if (!harmless) text.setCharAt(i, '?');
        }
        return text.toString();
    }
}
