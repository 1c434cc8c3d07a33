package dev.hubswarm.javaagent.host;

import java.net.CookieManager;
import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.concurrent.ExecutionException;

/** java.net.http. */
public final class JdkProgram implements Program {
    private final HttpClient following =
            builder().followRedirects(HttpClient.Redirect.NORMAL).build();
    private final HttpClient plain = builder().build();

    JdkProgram() throws Exception {}

    private static HttpClient.Builder builder() throws Exception {
        HttpClient.Builder builder = HttpClient.newBuilder().cookieHandler(new CookieManager());
        return Own.isSet() ? builder.proxy(ProxySelector.of(Own.proxy())).sslContext(Own.tls()) : builder;
    }

    public static void main(String[] args) throws Exception {
        new JdkProgram().run(args);
    }

    @Override
    public List<String> ways() {
        return List.of("sync", "async", "sync newest", "async newest");
    }

    @Override
    public Seen call(Ask ask) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(ask.url()))
                .method(ask.method(), BodyPublishers.noBody())
                .version(ask.newest() ? HttpClient.Version.HTTP_2 : HttpClient.Version.HTTP_1_1);
        ask.headers().forEach(request::header);
        HttpClient client = ask.follow() ? following : plain;
        HttpResponse<byte[]> response;
        try {
            response = ask.async()
                    ? client.sendAsync(request.build(), BodyHandlers.ofByteArray())
                            .get()
                    : client.send(request.build(), BodyHandlers.ofByteArray());
        } catch (ExecutionException e) {
            throw (Exception) e.getCause();
        }
        String before = response.previousResponse()
                .map(previous -> " after " + previous.statusCode())
                .orElse("");
        return new Seen(
                response.statusCode(),
                response.version() + before,
                response.uri().toString(),
                name -> response.headers().firstValue(name).orElse(null),
                response.body());
    }
}
