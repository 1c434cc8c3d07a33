package dev.hubswarm.agent.proxy;

import dev.hubswarm.agent.control.HostNames;
import io.netty.handler.codec.TooLongFrameException;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Which requests are answered at all (reliability.md T15, T16, T19, T20). Stateless. */
final class RequestRules {
    private static final int MOST_HEADERS = 100;
    private static final List<String> OWN_PAGES = List.of("same-origin", "none");

    private RequestRules() {}

    /**
     * Null if it may be answered.
     *
     * @param names by which clients may call us; null where no browser and no name leads
     */
    static @Nullable Failure refusal(HttpRequest request, @Nullable HostNames names) {
        if (!request.decoderResult().isSuccess())
            return unreadable(request.decoderResult().cause());
        HttpHeaders headers = request.headers();
        if (headers.size() > MOST_HEADERS) return Failure.TOO_LARGE;
        boolean isOld = request.protocolVersion().equals(HttpVersion.HTTP_1_0);
        if (!isOld && !request.protocolVersion().equals(HttpVersion.HTTP_1_1)) return Failure.BAD_REQUEST;
        if (isAmbiguous(headers, isOld)) return Failure.AMBIGUOUS;
        String target = request.uri();
        if (target.isEmpty() || target.chars().anyMatch(c -> c <= ' ' || c == 0x7f || c == '#' || c > 0xff))
            return Failure.BAD_REQUEST;
        if (request.method().equals(HttpMethod.CONNECT)) return null;
        List<String> hosts = headers.getAll(HttpHeaderNames.HOST);
        // A whole address says who is meant, and no page can make its browser send one here.
        boolean isToUs = target.startsWith("/") || target.equals("*");
        if (isToUs && names != null && (hosts.size() != 1 || !names.accept(hosts.get(0)))) return Failure.WRONG_HOST;
        if (hosts.size() > 1) return Failure.AMBIGUOUS;
        return isForeign(headers, names) ? Failure.FOREIGN_PAGE : null;
    }

    private static Failure unreadable(Throwable why) {
        if (why instanceof TooLongHttpLineException) return Failure.TOO_LONG;
        if (why instanceof TooLongHttpHeaderException || why instanceof TooLongFrameException) return Failure.TOO_LARGE;
        return Failure.BAD_REQUEST;
    }

    private static boolean isAmbiguous(HttpHeaders headers, boolean isOld) {
        List<String> encodings = headers.getAll(HttpHeaderNames.TRANSFER_ENCODING);
        List<String> lengths = headers.getAll(HttpHeaderNames.CONTENT_LENGTH);
        if (lengths.size() > 1 || (!lengths.isEmpty() && !lengths.get(0).matches("[0-9]{1,18}"))) return true;
        if (encodings.isEmpty()) return false;
        return isOld
                || !lengths.isEmpty()
                || encodings.size() > 1
                || !encodings.get(0).equalsIgnoreCase("chunked");
    }

    private static boolean isForeign(HttpHeaders headers, @Nullable HostNames names) {
        if (names == null) return false;
        String site = headers.get("Sec-Fetch-Site");
        String origin = headers.get(HttpHeaderNames.ORIGIN);
        return (site != null && !OWN_PAGES.contains(site)) || (origin != null && !names.isOwnPage(origin));
    }
}
