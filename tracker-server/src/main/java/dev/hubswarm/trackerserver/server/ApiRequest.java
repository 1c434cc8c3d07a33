package dev.hubswarm.trackerserver.server;

import dev.hubswarm.protocol.announce.PeerAddress;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A request for something other than an announce or scrape, whole. Immutable but for the body, which nobody writes.
 *
 * @param path raw, as sent
 * @param query raw, or null
 * @param headers names in lower case; of several of a name the first
 * @param from the client, as far as the proxies in between are trusted; its port means nothing
 */
@SuppressWarnings("ArrayRecordComponent")
public record ApiRequest(
        String method,
        String path,
        @Nullable String query,
        Map<String, String> headers,
        byte[] body,
        PeerAddress from) {
    public @Nullable String header(String name) {
        return headers.get(name.toLowerCase(Locale.ROOT));
    }
}
