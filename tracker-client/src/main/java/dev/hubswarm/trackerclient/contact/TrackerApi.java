package dev.hubswarm.trackerclient.contact;

import dev.hubswarm.base.Redacted;
import java.io.IOException;
import java.net.ConnectException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import okhttp3.HttpUrl;
import okhttp3.RequestBody;
import org.jspecify.annotations.Nullable;

/** The HTTP API of one tracker, which is left alone for a while when it does not answer. Thread-safe. */
public final class TrackerApi {
    /** Makes sense of an answer. */
    @FunctionalInterface
    public interface Reader<T> {
        /** @throws IOException if it makes none */
        T read(HttpReply reply) throws IOException;
    }

    private final TrackerHttp http;
    private final TrackerUrl tracker;
    private final @Nullable Redacted token;
    private final boolean trusted;
    private final CircuitBreaker breaker = new CircuitBreaker();

    /**
     * @param tracker one that is reached by HTTP
     * @param token that this tracker gave the user; null for that of its URL, if it has one
     * @param trusted whether the user trusts what its publishers attest ({@code --trust-tracker}); only believed of a
     *     tracker that nobody can stand in for
     */
    public TrackerApi(TrackerHttp http, TrackerUrl tracker, @Nullable Redacted token, boolean trusted) {
        if (tracker.isUdp()) throw new IllegalArgumentException(tracker + " has no API");
        this.http = http;
        this.tracker = tracker;
        this.token = token == null ? tracker.readToken() : token;
        this.trusted = trusted && tracker.isAuthentic();
    }

    public TrackerUrl tracker() {
        return tracker;
    }

    public boolean isTrusted() {
        return trusted;
    }

    /** Whether a text repeats a secret: what a tracker says in words may, if it is the wrong one. */
    public boolean isSecretIn(String text) {
        return tracker.isToldIn(text) || (token != null && text.contains(token.reveal()));
    }

    public HttpUrl.Builder url(String path) {
        return tracker.api(path).newBuilder();
    }

    /** Asks, if the tracker answered of late, and passes on what there is to read until {@code endNanos}. */
    public <T> CompletableFuture<T> ask(
            HttpUrl url, @Nullable RequestBody body, int maxBytes, long endNanos, Reader<T> reader) {
        long now = System.nanoTime();
        if (endNanos - now <= 0 || !breaker.allows(now))
            return CompletableFuture.failedFuture(new ConnectException("the tracker did not answer of late"));
        return send(body == null ? "GET" : "POST", url, body, maxBytes, endNanos - now)
                .thenApply(reply -> {
                    try {
                        return reader.read(reply);
                    } catch (IOException e) {
                        throw new CompletionException(e);
                    }
                })
                // To make sense of a large answer takes time, too.
                .orTimeout(endNanos - now, TimeUnit.NANOSECONDS)
                .whenComplete((value, failure) -> {
                    if (failure == null) {
                        breaker.succeeded();
                    } else {
                        breaker.failed(System.nanoTime());
                    }
                });
    }

    /** Asks, whatever came of it before. */
    public CompletableFuture<HttpReply> send(
            String method, HttpUrl url, @Nullable RequestBody body, int maxBytes, long timeoutNanos) {
        return http.send(new HttpQuestion(method, url, body, token, Family.ANY, maxBytes, timeoutNanos));
    }
}
