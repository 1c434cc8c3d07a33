package dev.hubswarm.javaagent.apache5;

import dev.hubswarm.javaagent.core.Answer;
import dev.hubswarm.javaagent.core.Hook;
import dev.hubswarm.javaagent.core.Link;
import dev.hubswarm.javaagent.core.Rest;
import dev.hubswarm.javaagent.core.Steering;
import dev.hubswarm.javaagent.core.Switchboard;
import dev.hubswarm.javaagent.core.Watch;
import java.io.IOException;
import java.io.InputStream;
import org.apache.hc.client5.http.classic.ExecChain;
import org.apache.hc.client5.http.classic.ExecChainHandler;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.ProtocolVersion;
import org.apache.hc.core5.http.io.entity.InputStreamEntity;
import org.apache.hc.core5.http.message.BasicClassicHttpRequest;
import org.apache.hc.core5.http.message.BasicClassicHttpResponse;
import org.jspecify.annotations.Nullable;

/** Apache HttpClient 5, classic, before it connects; a request comes once for each redirect. Thread-safe. */
public final class Apache5Hook implements Hook {
    private final Steering steering;

    public Apache5Hook(Steering steering) {
        this.steering = steering;
    }

    @Override
    public @Nullable Object enter(Object[] call) {
        ClassicHttpRequest request = (ClassicHttpRequest) call[1];
        ExecChain.Scope scope = (ExecChain.Scope) call[2];
        HttpHost host = scope.route.getTargetHost();
        // When it returns, the client's own interceptors have put their headers in.
        if (Requests.isHubFile(steering, host, request))
            return new Watch(response -> Requests.look(steering, host, request, (ClassicHttpResponse) response));
        Link link = Requests.find(steering, host, request);
        if (link == null) return null;
        Rest rest = (first, last) -> part((ExecChainHandler) call[0], request, scope, (ExecChain) call[3], first, last);
        Answer answer =
                steering.ask(link, Requests.header(request), rest, () -> scope.execRuntime.isExecutionAborted());
        return answer == null ? null : response(answer, link);
    }

    private static ClassicHttpResponse response(Answer answer, Link link) {
        BasicClassicHttpResponse response = new BasicClassicHttpResponse(answer.status(), answer.reason());
        if (link.version() instanceof ProtocolVersion version) response.setVersion(version);
        answer.headers().forEach(response::setHeader);
        ContentType type = ContentType.parse(answer.headers().get("Content-Type"));
        response.setEntity(new InputStreamEntity(answer.body(), answer.length(), type));
        return response;
    }

    /** By the same part of the same client: its connections, proxies and trust. */
    private static Rest.Reply part(
            ExecChainHandler client,
            ClassicHttpRequest request,
            ExecChain.Scope scope,
            ExecChain chain,
            long first,
            long last)
            throws IOException {
        ClassicHttpRequest part =
                new BasicClassicHttpRequest(request.getMethod(), scope.route.getTargetHost(), request.getPath());
        part.setHeaders(request.getHeaders());
        part.setHeader("Range", "bytes=" + first + '-' + last);
        ClassicHttpResponse response = Switchboard.untouched(() -> client.execute(part, scope, chain));
        String range = Requests.header(response).apply("Content-Range");
        HttpEntity entity = response.getEntity();
        InputStream body = entity == null ? InputStream.nullInputStream() : entity.getContent();
        return new Rest.Reply(response.getCode(), range == null ? "" : range, body);
    }
}
