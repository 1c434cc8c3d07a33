package dev.hubswarm.javaagent.okhttp;

import dev.hubswarm.javaagent.core.Answer;
import dev.hubswarm.javaagent.core.Hook;
import dev.hubswarm.javaagent.core.Link;
import dev.hubswarm.javaagent.core.Rest;
import dev.hubswarm.javaagent.core.Steering;
import dev.hubswarm.javaagent.core.Switchboard;
import dev.hubswarm.javaagent.core.Watch;
import java.io.IOException;
import java.lang.reflect.Field;
import okhttp3.Call;
import okhttp3.Headers;
import okhttp3.HttpUrl;
import okhttp3.Interceptor;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.Response;
import okhttp3.ResponseBody;
import org.jspecify.annotations.Nullable;

/**
 * OkHttp 3.9 and newer, where a request has passed the program's interceptors, and comes once for each redirect.
 * Thread-safe.
 */
public final class OkHttpHook implements Hook {
    private final Steering steering;

    public OkHttpHook(Steering steering) {
        this.steering = steering;
    }

    @Override
    public @Nullable Object enter(Object[] call) {
        Interceptor.Chain chain = (Interceptor.Chain) call[1];
        Request request = chain.request();
        HttpUrl url = request.url();
        if (isHubFile(url)) return new Watch(response -> look((Response) response));
        Link link = steering.hasLinks() ? steering.find(request.method(), url.toString()) : null;
        if (link == null) return null;
        Call program = chain.call();
        long sentMillis = System.currentTimeMillis();
        Answer answer = steering.ask(link, request::header, rest(program, request), program::isCanceled);
        return answer == null ? null : response(answer, request, link, sentMillis);
    }

    private boolean isHubFile(HttpUrl url) {
        return steering.isHubFile(url.scheme(), url.host() + ':' + url.port(), url.encodedPath());
    }

    private void look(Response response) {
        String location = response.header("Location");
        HttpUrl from = response.request().url();
        HttpUrl to = location == null ? null : from.resolve(location);
        if (to == null || !isHubFile(from)) return;
        steering.left(
                from.encodedPath(),
                response.request().header("Authorization"),
                response.code(),
                response::header,
                response.protocol(),
                to.toString());
    }

    private static Response response(Answer answer, Request request, Link link, long sentMillis) {
        Headers.Builder headers = new Headers.Builder();
        answer.headers().forEach(headers::set);
        ResponseBody body = new HubBody(answer);
        return new Response.Builder()
                .request(request)
                .protocol(link.version() instanceof Protocol protocol ? protocol : Protocol.HTTP_1_1)
                .code(answer.status())
                .message(answer.reason())
                .headers(headers.build())
                .sentRequestAtMillis(sentMillis)
                .receivedResponseAtMillis(System.currentTimeMillis())
                .body(body)
                .build();
    }

    /** By the program's own client, with all that it was built with. */
    private static Rest rest(Call program, Request request) {
        return (first, last) -> {
            Request part = request.newBuilder()
                    .header("Range", "bytes=" + first + '-' + last)
                    .build();
            Response response =
                    Switchboard.untouched(() -> clientOf(program).newCall(part).execute());
            ResponseBody body = response.body();
            if (body == null) throw new IOException("no body");
            String range = response.header("Content-Range");
            return new Rest.Reply(response.code(), range == null ? "" : range, body.byteStream());
        };
    }

    /** Package-private in 3, public from 4 on; its name stayed. */
    private static OkHttpClient clientOf(Call call) throws ReflectiveOperationException {
        Field client = call.getClass().getDeclaredField("client");
        client.setAccessible(true);
        return (OkHttpClient) client.get(call);
    }
}
