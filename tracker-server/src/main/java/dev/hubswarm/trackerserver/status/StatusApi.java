package dev.hubswarm.trackerserver.status;

import dev.hubswarm.trackerserver.server.Api;
import dev.hubswarm.trackerserver.server.ApiAnswer;
import dev.hubswarm.trackerserver.server.ApiRequest;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * The page at {@code /} and {@code /metrics}. Both have totals, and nothing of any peer or torrent, so they need no
 * token. Other paths lead nowhere. Thread-safe.
 */
public final class StatusApi implements Api {
    private static final String HTML = "text/html; charset=utf-8";
    private static final String PLAIN = "text/plain; version=0.0.4; charset=utf-8";
    private static final String NOTHING = """
            {"error":{"code":"not_found","message":"There is nothing at this path."}}""";

    private final TrackerStatus status;

    public StatusApi(TrackerStatus status) {
        this.status = status;
    }

    @Override
    public ApiAnswer answer(ApiRequest request) {
        boolean isPage = request.path().equals("/");
        if (!isPage && !request.path().equals("/metrics")) return text(404, "application/json", NOTHING, Map.of());
        if (!request.method().equals("GET")) return text(405, PLAIN, "Only GET.\n", Map.of("Allow", "GET, HEAD"));
        if (!isPage) return text(200, PLAIN, Metrics.of(status, System.nanoTime()), Map.of());
        String policy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";
        return text(200, HTML, StatusPage.of(status, System.nanoTime()), Map.of("Content-Security-Policy", policy));
    }

    @Override
    public int maxBody(String method, String path) {
        return 0;
    }

    private static ApiAnswer text(int status, String type, String text, Map<String, String> headers) {
        return new ApiAnswer(status, type, text.getBytes(StandardCharsets.UTF_8), headers);
    }
}
