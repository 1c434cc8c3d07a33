package dev.hubswarm.agent.proxy;

import dev.hubswarm.hub.request.HubRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.ArrayList;
import java.util.List;

/**
 * By what clients see that a file is to be had by Xet. Without it they take the way over HTTP, which is ours
 * (hub-protocol.md section 1.5). Stateless.
 */
final class XetTraces {
    /** Larger files huggingface_hub refuses over HTTP, and they stay on the way over Xet. Decimal, as there. */
    static final long MOST_BY_HTTP = 50_000_000_000L;

    /** In listings. */
    static final String KEY = "xetHash";

    private static final String FILE_INFO = "application/vnd.xet-fileinfo+json";

    private XetTraces() {}

    /** From the headers of an answer. */
    static void remove(HttpHeaders headers) {
        headers.remove("X-Xet-Hash");
        headers.remove("X-Xet-Refresh-Route");
        List<String> kept = new ArrayList<>();
        for (String header : headers.getAll("Link")) {
            for (String link : header.split(",(?=\\s*<)", -1)) {
                if (!link.matches("(?i).*\\brel=\"?(xet-auth|xet-reconstruction-info)\\b.*")) kept.add(link.trim());
            }
        }
        headers.remove("Link");
        if (!kept.isEmpty()) headers.set("Link", String.join(", ", kept));
    }

    /** As {@link #remove}, where a file is so large that it goes by Xet alone. */
    static void remove(HttpHeaders headers, long size) {
        if (size <= MOST_BY_HTTP) remove(headers);
    }

    /** So that the answer to a client that would rather have a file's description is the file. */
    static void doNotAsk(HttpHeaders headers) {
        String accepted = headers.get(HttpHeaderNames.ACCEPT);
        if (accepted != null && accepted.contains(FILE_INFO)) headers.set(HttpHeaderNames.ACCEPT, "*/*");
    }

    /** Whether answers to it name files with their Xet hashes. */
    static boolean isListing(HubRequest request) {
        return request instanceof HubRequest.Tree || request instanceof HubRequest.PathsInfo;
    }
}
