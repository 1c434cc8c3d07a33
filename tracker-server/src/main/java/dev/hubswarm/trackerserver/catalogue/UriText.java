package dev.hubswarm.trackerserver.catalogue;

import dev.hubswarm.hub.request.Escapes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads paths and queries (RFC 3986). Stateless. */
final class UriText {
    private UriText() {}

    /** What stands between the slashes of a path that begins with one. */
    static List<String> segments(String path) throws ApiException {
        List<String> segments = new ArrayList<>();
        for (String segment : path.substring(1).split("/", -1)) segments.add(decode(segment));
        return segments;
    }

    /** Of several parameters of a name the first counts; an empty one is none. */
    static Map<String, String> parameters(@Nullable String query) throws ApiException {
        Map<String, String> parameters = new HashMap<>();
        if (query == null) return parameters;
        // A plus stands for a space, as in forms.
        for (String part : query.replace('+', ' ').split("&", -1)) {
            int equals = part.indexOf('=');
            if (equals < 0 || equals == part.length() - 1) continue;
            parameters.putIfAbsent(decode(part.substring(0, equals)), decode(part.substring(equals + 1)));
        }
        return parameters;
    }

    private static String decode(String raw) throws ApiException {
        String text = Escapes.decode(raw);
        if (text == null)
            throw ApiException.badRequest("bad_escape", "The path or query has a broken percent-escape in it.");
        return text;
    }
}
