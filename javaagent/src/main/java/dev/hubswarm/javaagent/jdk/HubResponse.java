package dev.hubswarm.javaagent.jdk;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Optional;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/** What the program asked its client for. From the agent it came without TLS, so there is no session. Immutable. */
record HubResponse<T>(
        HttpRequest request,
        int statusCode,
        HttpHeaders headers,
        HttpClient.Version version,
        T body,
        @Nullable HttpResponse<T> before,
        Optional<SSLSession> sslSession)
        implements HttpResponse<T> {
    @Override
    public Optional<HttpResponse<T>> previousResponse() {
        return Optional.ofNullable(before);
    }

    @Override
    public URI uri() {
        return request.uri();
    }

    @Override
    public String toString() {
        return "(" + request.method() + ' ' + request.uri() + ") " + statusCode;
    }
}
