package dev.hubswarm.trackerclient.contact;

import dev.hubswarm.base.Redacted;
import okhttp3.HttpUrl;
import okhttp3.RequestBody;
import org.jspecify.annotations.Nullable;

/**
 * What to ask a server. Immutable.
 *
 * @param token for this server
 * @param family by which to reach it
 * @param maxBytes that the answer may have
 * @param timeoutNanos for all of it, looking up the name and redirects included
 */
public record HttpQuestion(
        String method,
        HttpUrl url,
        @Nullable RequestBody body,
        @Nullable Redacted token,
        Family family,
        int maxBytes,
        long timeoutNanos) {
    public static HttpQuestion get(HttpUrl url, Family family, int maxBytes, long timeoutNanos) {
        return new HttpQuestion("GET", url, null, null, family, maxBytes, timeoutNanos);
    }
}
