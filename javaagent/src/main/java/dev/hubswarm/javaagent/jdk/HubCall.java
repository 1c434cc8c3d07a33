package dev.hubswarm.javaagent.jdk;

import dev.hubswarm.javaagent.core.Answer;
import dev.hubswarm.javaagent.core.HubThreads;
import dev.hubswarm.javaagent.core.Link;
import dev.hubswarm.javaagent.core.Rest;
import dev.hubswarm.javaagent.core.Steering;
import dev.hubswarm.javaagent.core.Switchboard;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Redirect;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpResponse.BodySubscribers;
import java.net.http.HttpResponse.PushPromiseHandler;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * One file for a program of java.net.http, and the future that the program gets. When the agent does not have it, the
 * program's own client fetches it. Thread-safe.
 */
final class HubCall<T> extends CompletableFuture<HttpResponse<T>> {
    private static final int MOST_HOPS = 5;

    private final Steering steering;
    private final HttpClient client;
    private final HttpRequest request;
    private final BodyHandler<T> handler;
    private final @Nullable PushPromiseHandler<T> push;
    private volatile @Nullable CompletableFuture<HttpResponse<T>> underWay;

    HubCall(
            Steering steering,
            HttpClient client,
            HttpRequest request,
            BodyHandler<T> handler,
            @Nullable PushPromiseHandler<T> push) {
        this.steering = steering;
        this.client = client;
        this.request = request;
        this.handler = handler;
        this.push = push;
    }

    /** Remembers a redirect of the Hub's, and says to what file; null if to none. */
    static @Nullable Link remember(Steering steering, HttpResponse<?> response) {
        URI from = response.request().uri();
        URI to = target(response);
        if (to == null) return null;
        String query = from.getRawQuery();
        steering.left(
                query == null ? from.getRawPath() : from.getRawPath() + '?' + query,
                response.request().headers().firstValue("Authorization").orElse(null),
                response.statusCode(),
                name -> response.headers().firstValue(name).orElse(null),
                response.version(),
                to.toString());
        return steering.find(response.request().method(), to.toString());
    }

    private static @Nullable URI target(HttpResponse<?> response) {
        try {
            return response.headers()
                    .firstValue("Location")
                    .map(response.uri()::resolve)
                    .orElse(null);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    /** Asks the Hub, and the agent for what the Hub leads to. */
    HubCall<T> follow(HttpClient twin) {
        hop(twin, request, null, 1);
        return this;
    }

    private void hop(HttpClient twin, HttpRequest next, @Nullable HttpResponse<T> before, int number) {
        // The program's handler may open files: it sees only what is for the program.
        BodyHandler<T> unlessElsewhere =
                info -> isElsewhere(info) ? BodySubscribers.replacing(null) : handler.apply(info);
        var unused = send(twin, next, unlessElsewhere).whenComplete((response, failure) -> {
            if (failure != null) fail(failure);
            else if (target(response) == null || response.statusCode() / 100 != 3) complete(response);
            else HubThreads.run(() -> elsewhere(twin, after(before, response), number));
        });
    }

    /** Says of a response what led to it, if it does not know that itself. */
    private static <T> HttpResponse<T> after(@Nullable HttpResponse<T> before, HttpResponse<T> response) {
        if (before == null || response.previousResponse().isPresent()) return response;
        return new HubResponse<>(
                response.request(),
                response.statusCode(),
                response.headers(),
                response.version(),
                response.body(),
                before,
                response.sslSession());
    }

    private static boolean isElsewhere(HttpResponse.ResponseInfo info) {
        return info.statusCode() / 100 == 3
                && info.headers().firstValue("Location").isPresent();
    }

    private void elsewhere(HttpClient twin, HttpResponse<T> redirect, int number) {
        Link link = remember(steering, redirect);
        URI to = target(redirect);
        boolean isLess = to != null
                && "https".equals(request.uri().getScheme())
                && !"https".equals(to.getScheme())
                && client.followRedirects() == Redirect.NORMAL;
        if (to == null || isLess || isCancelled()) {
            goOwnWay();
            return;
        }
        HttpRequest next =
                HttpRequest.newBuilder(request, (name, value) -> true).uri(to).build();
        if (link != null) fetch(link, next, redirect);
        // A repository that was renamed.
        else if (HttpClientHook.isHubFile(steering, to) && number < MOST_HOPS) hop(twin, next, redirect, number + 1);
        else goOn(next, redirect);
    }

    /**
     * Where the agent is of no use, the program's client goes on from where it was led, for the Hub has been asked. Not
     * with a token to another host: whether that is told there is another matter in each version of the JDK.
     */
    private void goOn(HttpRequest next, @Nullable HttpResponse<T> before) {
        boolean isTold = next.headers().firstValue("Authorization").isPresent();
        if (before == null || (isTold && !isSameOrigin(next.uri(), request.uri()))) goOwnWay();
        else finish(send(client, next, handler), before);
    }

    private static boolean isSameOrigin(URI one, URI other) {
        return one.resolve("/").equals(other.resolve("/"));
    }

    HubCall<T> fetch(Link link) {
        HubThreads.run(() -> fetch(link, request, null));
        return this;
    }

    private void fetch(Link link, HttpRequest at, @Nullable HttpResponse<T> before) {
        Answer answer = null;
        try {
            answer = steering.ask(
                    link,
                    name -> at.headers().firstValue(name).orElse(null),
                    (first, last) -> part(at, first, last),
                    this::isCancelled);
        } catch (RuntimeException | LinkageError e) {
            steering.log().trouble("A request of java.net.http", e);
        }
        if (answer == null) goOn(at, before);
        else deliver(answer, link, at, before);
    }

    private void deliver(Answer answer, Link link, HttpRequest at, @Nullable HttpResponse<T> before) {
        HttpHeaders headers = HttpHeaders.of(answer.headerLists(), (name, value) -> true);
        HttpClient.Version version = version(link, at);
        BodySubscriber<T> subscriber;
        try {
            subscriber = handler.apply(new Info(answer.status(), headers, version));
        } catch (Throwable e) {
            // The program's own: what it throws is what it gets.
            close(answer);
            completeExceptionally(e);
            return;
        }
        subscriber.getBody().whenComplete((body, failure) -> {
            if (failure == null)
                complete(new HubResponse<>(at, answer.status(), headers, version, body, before, Optional.empty()));
            else fail(failure);
        });
        new BodyPump(answer.body(), subscriber).run();
    }

    private static void close(Answer answer) {
        try {
            answer.body().close();
        } catch (IOException e) {
            // Nothing can be lost.
        }
    }

    /** The CDN speaks what the Hub does, if the program lets it. */
    private HttpClient.Version version(Link link, HttpRequest at) {
        HttpClient.Version wanted = at.version().orElse(client.version());
        return link.version() instanceof HttpClient.Version spoken && spoken.compareTo(wanted) < 0 ? spoken : wanted;
    }

    private void goOwnWay() {
        finish(send(client, request, handler), null);
    }

    private void finish(CompletableFuture<HttpResponse<T>> sent, @Nullable HttpResponse<T> before) {
        var unused = sent.whenComplete((response, failure) -> {
            if (failure == null) complete(after(before, response));
            else fail(failure);
        });
    }

    private CompletableFuture<HttpResponse<T>> send(HttpClient by, HttpRequest what, BodyHandler<T> to) {
        CompletableFuture<HttpResponse<T>> sent;
        try {
            sent = Switchboard.untouched(() -> by.sendAsync(what, to, push));
        } catch (IOException | RuntimeException e) {
            sent = CompletableFuture.failedFuture(e);
        }
        underWay = sent;
        if (isCancelled()) sent.cancel(true);
        return sent;
    }

    private void fail(Throwable failure) {
        Throwable cause = failure.getCause();
        completeExceptionally(failure instanceof CompletionException && cause != null ? cause : failure);
    }

    private Rest.Reply part(HttpRequest at, long first, long last) throws IOException {
        boolean isElsewhere = !isSameOrigin(at.uri(), request.uri());
        HttpRequest part = HttpRequest.newBuilder(
                        at,
                        (name, value) -> !name.equalsIgnoreCase("Range")
                                && !(isElsewhere && name.equalsIgnoreCase("Authorization")))
                .header("Range", "bytes=" + first + '-' + last)
                .build();
        HttpResponse<InputStream> response =
                Switchboard.untouched(() -> client.send(part, BodyHandlers.ofInputStream()));
        String range = response.headers().firstValue("Content-Range").orElse("");
        return new Rest.Reply(response.statusCode(), range, response.body());
    }

    @Override
    public boolean cancel(boolean mayInterrupt) {
        boolean cancelled = super.cancel(mayInterrupt);
        CompletableFuture<HttpResponse<T>> sent = underWay;
        if (sent != null) sent.cancel(mayInterrupt);
        return cancelled;
    }

    /** What a handler is told. Immutable. */
    private record Info(int statusCode, HttpHeaders headers, HttpClient.Version version)
            implements HttpResponse.ResponseInfo {}
}
