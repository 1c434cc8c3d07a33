package dev.hubswarm.javaagent.jdk;

import dev.hubswarm.javaagent.core.Hook;
import dev.hubswarm.javaagent.core.Link;
import dev.hubswarm.javaagent.core.Steering;
import dev.hubswarm.javaagent.core.Watch;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Redirect;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The private {@code sendAsync} of the JDK's client, where both public ways of sending end. Its redirects happen out of
 * reach, so for the Hub a twin of the client that follows none sends the first request. Thread-safe.
 */
public final class HttpClientHook implements Hook {
    private final Steering steering;
    private final Map<HttpClient, HttpClient> twins = new WeakHashMap<>();

    public HttpClientHook(Steering steering) {
        this.steering = steering;
    }

    @Override
    @SuppressWarnings("unchecked")
    public @Nullable Object enter(Object[] call) {
        HttpClient client = (HttpClient) call[0];
        HttpRequest request = (HttpRequest) call[1];
        URI uri = request.uri();
        boolean atHub = isHubFile(steering, uri);
        if (!atHub && !steering.hasLinks()) return null;
        if (steering.isAgentAway()) return null;
        if (request.bodyPublisher().filter(body -> body.contentLength() != 0).isPresent()) return null;
        boolean follows = client.followRedirects() != Redirect.NEVER;
        if (atHub && !follows) {
            return new Watch(answer -> {
                // The program has the future itself; ours would tell nobody anything.
                var unused = ((CompletableFuture<HttpResponse<?>>) answer).whenComplete(this::notFollowed);
            });
        }
        var file = new HubCall<>(
                steering, client, request, (BodyHandler<Object>) call[2], (HttpResponse.PushPromiseHandler<Object>)
                        call[3]);
        if (atHub) return request.method().equals("GET") ? file.follow(twin(client)) : null;
        Link link = steering.find(request.method(), uri.toString());
        return link == null ? null : file.fetch(link);
    }

    static boolean isHubFile(Steering steering, URI uri) {
        return uri.getRawAuthority() != null
                && uri.getRawPath() != null
                && steering.isHubFile(uri.getScheme(), uri.getRawAuthority(), uri.getRawPath());
    }

    private void notFollowed(@Nullable HttpResponse<?> response, @Nullable Throwable failure) {
        if (response != null) HubCall.remember(steering, response);
    }

    private HttpClient twin(HttpClient client) {
        synchronized (twins) {
            return twins.computeIfAbsent(client, HttpClientHook::newTwin);
        }
    }

    private static HttpClient newTwin(HttpClient client) {
        HttpClient.Builder twin = HttpClient.newBuilder()
                .followRedirects(Redirect.NEVER)
                .version(client.version())
                .sslContext(client.sslContext())
                .sslParameters(client.sslParameters());
        client.cookieHandler().ifPresent(twin::cookieHandler);
        client.connectTimeout().ifPresent(twin::connectTimeout);
        client.proxy().ifPresent(twin::proxy);
        client.authenticator().ifPresent(twin::authenticator);
        client.executor().ifPresent(twin::executor);
        return twin.build();
    }
}
