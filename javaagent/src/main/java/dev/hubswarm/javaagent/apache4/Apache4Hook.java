package dev.hubswarm.javaagent.apache4;

import dev.hubswarm.javaagent.core.Answer;
import dev.hubswarm.javaagent.core.Hook;
import dev.hubswarm.javaagent.core.Link;
import dev.hubswarm.javaagent.core.Rest;
import dev.hubswarm.javaagent.core.Steering;
import dev.hubswarm.javaagent.core.Switchboard;
import dev.hubswarm.javaagent.core.Watch;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.apache.http.Header;
import org.apache.http.HttpEntity;
import org.apache.http.HttpHost;
import org.apache.http.HttpMessage;
import org.apache.http.client.methods.CloseableHttpResponse;
import org.apache.http.client.methods.HttpExecutionAware;
import org.apache.http.client.methods.HttpRequestWrapper;
import org.apache.http.client.protocol.HttpClientContext;
import org.apache.http.conn.routing.HttpRoute;
import org.apache.http.impl.execchain.MainClientExec;
import org.jspecify.annotations.Nullable;

/** Apache HttpClient 4.3 and newer, where a request is complete and comes once for each redirect. Thread-safe. */
public final class Apache4Hook implements Hook {
    private final Steering steering;

    public Apache4Hook(Steering steering) {
        this.steering = steering;
    }

    @Override
    public @Nullable Object enter(Object[] call) {
        HttpRoute route = (HttpRoute) call[1];
        HttpRequestWrapper request = (HttpRequestWrapper) call[2];
        HttpHost host = route.getTargetHost();
        String path = request.getRequestLine().getUri();
        if (steering.isHubFile(host.getSchemeName(), host.toHostString(), path))
            return new Watch(response -> look(host, path, request, (CloseableHttpResponse) response));
        Link link = steering.hasLinks() ? steering.find(request.getMethod(), address(host, path)) : null;
        if (link == null) return null;
        HttpExecutionAware aware = (HttpExecutionAware) call[4];
        BooleanSupplier givenUp = aware == null ? () -> false : aware::isAborted;
        Rest rest = (first, last) ->
                part((MainClientExec) call[0], route, request, (HttpClientContext) call[3], aware, first, last);
        Answer answer = steering.ask(link, header(request), rest, givenUp);
        return answer == null ? null : new HubResponse(answer, request.getProtocolVersion());
    }

    private static Function<String, @Nullable String> header(HttpMessage message) {
        return name -> {
            Header header = message.getFirstHeader(name);
            return header == null ? null : header.getValue();
        };
    }

    private static String address(HttpHost host, String path) {
        return host.toURI() + path;
    }

    private void look(HttpHost host, String path, HttpRequestWrapper request, CloseableHttpResponse response) {
        String location = header(response).apply("Location");
        if (location == null) return;
        steering.left(
                path,
                header(request).apply("Authorization"),
                response.getStatusLine().getStatusCode(),
                header(response),
                null,
                URI.create(address(host, path)).resolve(location).toString());
    }

    /** By the same part of the same client: its connections, proxies and trust. */
    private static Rest.Reply part(
            MainClientExec client,
            HttpRoute route,
            HttpRequestWrapper request,
            HttpClientContext context,
            @Nullable HttpExecutionAware aware,
            long first,
            long last)
            throws IOException {
        HttpRequestWrapper part = HttpRequestWrapper.wrap(request, route.getTargetHost());
        part.setHeader("Range", "bytes=" + first + '-' + last);
        CloseableHttpResponse response = Switchboard.untouched(() -> client.execute(route, part, context, aware));
        String range = header(response).apply("Content-Range");
        HttpEntity entity = response.getEntity();
        InputStream body = entity == null ? InputStream.nullInputStream() : entity.getContent();
        return new Rest.Reply(response.getStatusLine().getStatusCode(), range == null ? "" : range, body);
    }
}
