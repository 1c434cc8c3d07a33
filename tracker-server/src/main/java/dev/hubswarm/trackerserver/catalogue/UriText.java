package dev.hubswarm.trackerserver.catalogue;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads paths and queries (RFC 3986). Stateless. */
final class UriText {
    private UriText() {}

    /** What stands between the slashes of a path that begins with one. */
    static List<String> segments(String path) throws ApiException {
        List<String> segments = new ArrayList<>();
        for (String segment : path.substring(1).split("/", -1)) segments.add(decode(segment, false));
        return segments;
    }

    /** Of several parameters of a name the first counts; an empty one is none. */
    static Map<String, String> parameters(@Nullable String query) throws ApiException {
        Map<String, String> parameters = new HashMap<>();
        if (query == null) return parameters;
        for (String part : query.split("&", -1)) {
            int equals = part.indexOf('=');
            if (equals < 0 || equals == part.length() - 1) continue;
            parameters.putIfAbsent(decode(part.substring(0, equals), true), decode(part.substring(equals + 1), true));
        }
        return parameters;
    }

    /** @param form whether a plus stands for a space, as in forms and so in queries */
    private static String decode(String raw, boolean form) throws ApiException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(raw.length());
        for (int i = 0; i < raw.length(); i++) {
            char c = raw.charAt(i);
            if (c == '%') {
                boolean hex = i + 2 < raw.length()
                        && HexFormat.isHexDigit(raw.charAt(i + 1))
                        && HexFormat.isHexDigit(raw.charAt(i + 2));
                if (!hex) throw bad();
                bytes.write(HexFormat.fromHexDigits(raw, i + 1, i + 3));
                i += 2;
            } else {
                bytes.write(form && c == '+' ? ' ' : c);
            }
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes.toByteArray()))
                    .toString();
        } catch (CharacterCodingException e) {
            throw bad();
        }
    }

    private static ApiException bad() {
        return ApiException.badRequest("bad_escape", "The path or query has a broken percent-escape in it.");
    }
}
