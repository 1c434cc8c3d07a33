package dev.hubswarm.trackerserver.catalogue;

import dev.hubswarm.protocol.announce.PeerAddress;
import dev.hubswarm.trackerserver.limit.RateLimit;
import dev.hubswarm.trackerserver.server.ApiRequest;
import dev.hubswarm.trackerserver.store.Publisher;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Lets requests in or not: by their token, and by how much their sender has published. Thread-safe. */
final class Access {
    /** A first publication of a large cache passes at once; what comes then is enough for all that is new. */
    private static final int PUBLICATIONS_PER_SECOND = 2;

    private static final int PUBLICATIONS_AT_ONCE = 4_000;
    /** Of a torrent, for which one publication is counted: larger ones count as several. */
    private static final int BYTES_EACH = 64 * 1024;

    private static final String SCHEME = "bearer ";

    private final AccessTokens tokens;
    private final RateLimit publications;

    Access(AccessTokens tokens, long nowNanos) {
        this.tokens = tokens;
        this.publications = new RateLimit(PUBLICATIONS_PER_SECOND, PUBLICATIONS_AT_ONCE, nowNanos);
    }

    void requireRead(ApiRequest request) throws ApiException {
        if (!tokens.mayRead(token(request))) throw unauthorised("a read token");
    }

    /** With publish tokens, whose token it is; without, the network that the request came from. */
    Publisher requirePublisher(ApiRequest request) throws ApiException {
        Publisher publisher = publisher(request);
        if (publisher != null) return publisher;
        if (token(request) != null && !tokens.read().isEmpty() && tokens.mayRead(token(request)))
            throw new ApiException(403, "forbidden", "This token may read, but not publish.");
        throw unauthorised("a publish token");
    }

    /** The same, but null for a request without a token where one is needed. */
    @Nullable
    Publisher publisher(ApiRequest request) throws ApiException {
        String name = tokens.publisher(token(request));
        if (name != null) return new Publisher(name, true);
        if (!tokens.publish().isEmpty()) return null;
        requireRead(request);
        return new Publisher(network(request.from()), false);
    }

    void requireAdmin(ApiRequest request) throws ApiException {
        if (tokens.admin() == null)
            throw new ApiException(403, "forbidden", "This tracker has no admin token, so nobody administers it here.");
        if (!tokens.isAdmin(token(request))) throw unauthorised("the admin token");
    }

    /** Counts a publication, unless it is of a publisher that the operator trusts. */
    void count(Publisher publisher, ApiRequest request, int torrentBytes, long nowNanos) throws ApiException {
        int cost = 1 + torrentBytes / BYTES_EACH;
        if (!publisher.byToken() && !publications.tryAcquire(request.from(), cost, nowNanos))
            throw new ApiException(
                    429,
                    "too_many",
                    "Too many publications from " + publisher.name() + "; try again later.",
                    Map.of("Retry-After", "60"));
    }

    private static @Nullable String token(ApiRequest request) {
        String header = request.header("authorization");
        boolean bearer = header != null && header.toLowerCase(Locale.ROOT).startsWith(SCHEME);
        return header == null || !bearer
                ? null
                : header.substring(SCHEME.length()).strip();
    }

    private static ApiException unauthorised(String what) {
        return new ApiException(
                401,
                "unauthorized",
                "This needs " + what + ", sent as Authorization: Bearer TOKEN.",
                Map.of("WWW-Authenticate", "Bearer"));
    }

    /** What one subscriber has: an IPv4 address, or 64 bits of an IPv6 address. */
    static String network(PeerAddress address) {
        return address.isV4() ? address.host() + "/32" : new PeerAddress(address.high(), 0, 0).host() + "/64";
    }
}
