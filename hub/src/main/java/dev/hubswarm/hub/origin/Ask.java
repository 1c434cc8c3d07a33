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
 * @param form sent along, if it is a POST
 * @param anonymous without the token
 * @param timeout of each step
 */
record Ask<T>(
        Purpose purpose,
        HttpUrl url,
        @Nullable RequestBody form,
        boolean anonymous,
        Duration timeout,
        Reader<T> reader) {
    /** What is wanted. */
    enum Purpose {
        /** JSON, which only the Hub itself can give. */
        API(Kind.API, false, false),
        /** Headers of a file, which are on the redirect away from the Hub. */
        METADATA(Kind.RESOLVERS, true, false),
        /** A file, from wherever the Hub sends us. */
        CONTENT(Kind.RESOLVERS, true, true);

        final Kind kind;
        /** Whether an encoded body is no use. */
        final boolean identity;
        /** Whether to follow redirects away from the Hub. */
        final boolean leaves;

        Purpose(Kind kind, boolean identity, boolean leaves) {
            this.kind = kind;
            this.identity = identity;
            this.leaves = leaves;
        }
    }

    /** Reads the body of a good answer. Runs on a thread of the client's, once for each try. */
    @FunctionalInterface
    interface Reader<T> {
        @Nullable
        T read(Response response, InputStream body) throws IOException;
    }

    String method() {
        if (purpose == Purpose.METADATA) return "HEAD";
        return form == null ? "GET" : "POST";
    }
}
