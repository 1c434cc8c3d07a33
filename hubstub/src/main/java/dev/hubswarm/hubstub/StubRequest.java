package dev.hubswarm.hubstub;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A request as it came in. {@code host} is the Host header, {@code target} path and query undecoded; names of
 * headers are in lower case; {@code connection} numbers the connections of a hub from 1. Immutable.
 */
public record StubRequest(
        Route route, String method, String host, String target, Map<String, List<String>> headers, long connection) {
    public @Nullable String header(String name) {
        List<String> values = headers.get(name.toLowerCase(Locale.ROOT));
        return values == null ? null : values.get(0);
    }
}
