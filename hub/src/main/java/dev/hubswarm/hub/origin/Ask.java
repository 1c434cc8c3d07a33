package dev.hubswarm.hub.origin;

import dev.hubswarm.hub.origin.RateBudget.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import okhttp3.HttpUrl;
import okhttp3.RequestBody;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;

/**
 * A question to the Hub, which may be repeated. Immutable.
 *
 * @param kind what it counts as
 * @param form makes it a POST
 * @param identity whether an encoded body is no use
 * @param anonymous without the token
 * @param leaves whether to follow where the Hub sends us; else only within its own origin
 */
record Ask<T>(
        String method,
        HttpUrl url,
        Kind kind,
        @Nullable RequestBody form,
        boolean identity,
        boolean anonymous,
        boolean leaves,
        Duration timeout,
        Reader<T> reader) {
    /** Reads the body of a good answer. Runs on a thread of the client's, once for each try. */
    @FunctionalInterface
    interface Reader<T> {
        @Nullable
        T read(Response response, InputStream body) throws IOException;
    }
}
