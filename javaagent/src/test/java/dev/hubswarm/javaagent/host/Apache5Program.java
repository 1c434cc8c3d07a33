package dev.hubswarm.javaagent.host;

import java.net.URI;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.hc.client5.http.async.methods.SimpleHttpRequest;
import org.apache.hc.client5.http.async.methods.SimpleHttpResponse;
import org.apache.hc.client5.http.classic.methods.HttpUriRequestBase;
import org.apache.hc.client5.http.impl.async.CloseableHttpAsyncClient;
import org.apache.hc.client5.http.impl.async.HttpAsyncClientBuilder;
import org.apache.hc.client5.http.impl.async.HttpAsyncClients;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClientBuilder;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.client5.http.impl.nio.PoolingAsyncClientConnectionManagerBuilder;
import org.apache.hc.client5.http.protocol.HttpClientContext;
import org.apache.hc.client5.http.protocol.RedirectLocations;
import org.apache.hc.client5.http.ssl.ClientTlsStrategyBuilder;
import org.apache.hc.client5.http.ssl.SSLConnectionSocketFactory;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.MessageHeaders;
import org.apache.hc.core5.http2.HttpVersionPolicy;
import org.apache.hc.core5.util.VersionInfo;
import org.jspecify.annotations.Nullable;

/** Apache HttpClient 5, in the version of the class path. */
public final class Apache5Program implements Program {
    private final CloseableHttpClient following = builder().build();
    private final CloseableHttpClient plain =
            builder().disableRedirectHandling().build();
    private final CloseableHttpAsyncClient followingLater = laterBuilder().build();
    private final CloseableHttpAsyncClient plainLater =
            laterBuilder().disableRedirectHandling().build();

    Apache5Program() throws Exception {}

    /** As hosts wrote it before there was another way, and as all versions understand. */
    @SuppressWarnings("deprecation")
    private static HttpClientBuilder builder() throws Exception {
        HttpClientBuilder builder = HttpClients.custom();
        if (!Own.isSet()) return builder;
        return builder.setProxy(new HttpHost("127.0.0.1", Own.proxy().getPort()))
                .setConnectionManager(PoolingHttpClientConnectionManagerBuilder.create()
                        .setSSLSocketFactory(new SSLConnectionSocketFactory(Own.tls()))
                        .build());
    }

    @SuppressWarnings("deprecation")
    private static HttpAsyncClientBuilder laterBuilder() throws Exception {
        HttpAsyncClientBuilder builder = HttpAsyncClients.custom();
        if (!Own.isSet()) return builder;
        // The first versions promise HTTP/2 behind a proxy and then do not speak it.
        if (version().startsWith("5.0")) builder.setVersionPolicy(HttpVersionPolicy.FORCE_HTTP_1);
        return builder.setProxy(new HttpHost("127.0.0.1", Own.proxy().getPort()))
                .setConnectionManager(PoolingAsyncClientConnectionManagerBuilder.create()
                        .setTlsStrategy(ClientTlsStrategyBuilder.create()
                                .setSslContext(Own.tls())
                                .build())
                        .build());
    }

    private static String version() {
        return VersionInfo.loadVersionInfo("org.apache.hc.client5", Apache5Program.class.getClassLoader())
                .getRelease();
    }

    public static void main(String[] args) throws Exception {
        Apache5Program program = new Apache5Program();
        program.followingLater.start();
        program.plainLater.start();
        program.run(args);
        program.followingLater.close();
        program.plainLater.close();
    }

    @Override
    public List<String> ways() {
        return List.of("sync", "async");
    }

    @Override
    public Seen call(Ask ask) throws Exception {
        HttpClientContext context = HttpClientContext.create();
        if (ask.async()) return later(ask, context);
        HttpUriRequestBase request = new HttpUriRequestBase(ask.method(), URI.create(ask.url()));
        ask.headers().forEach(request::setHeader);
        return (ask.follow() ? following : plain).execute(request, context, response -> {
            byte[] body = Program.all(
                    response.getEntity() == null ? null : response.getEntity().getContent());
            return new Seen(
                    response.getCode(),
                    response.getVersion() + after(context),
                    uri(ask, context),
                    name -> header(response, name),
                    body);
        });
    }

    private Seen later(Ask ask, HttpClientContext context) throws Exception {
        SimpleHttpRequest request = new SimpleHttpRequest(ask.method(), URI.create(ask.url()));
        ask.headers().forEach(request::setHeader);
        Future<SimpleHttpResponse> future =
                (ask.follow() ? followingLater : plainLater).execute(request, context, null);
        try {
            SimpleHttpResponse response = future.get();
            byte[] body = response.getBodyBytes();
            return new Seen(
                    response.getCode(),
                    response.getVersion() + after(context),
                    uri(ask, context),
                    name -> header(response, name),
                    body == null ? new byte[0] : body);
        } catch (ExecutionException e) {
            throw (Exception) e.getCause();
        }
    }

    private static @Nullable String header(MessageHeaders response, String name) {
        Header header = response.getFirstHeader(name);
        return header == null ? null : header.getValue();
    }

    private static String after(HttpClientContext context) {
        RedirectLocations places = context.getRedirectLocations();
        return places == null || places.size() == 0 ? "" : " after " + places.size();
    }

    private static String uri(Ask ask, HttpClientContext context) {
        RedirectLocations places = context.getRedirectLocations();
        return places == null || places.size() == 0
                ? ask.url()
                : places.get(places.size() - 1).toString();
    }
}
