package dev.hubswarm.javaagent.host;

import java.io.IOException;
import java.net.Proxy;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import okhttp3.Call;
import okhttp3.Callback;
import okhttp3.CertificatePinner;
import okhttp3.Cookie;
import okhttp3.CookieJar;
import okhttp3.HttpUrl;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;

/** OkHttp, in the version of the class path. */
public final class OkHttpProgram implements Program {
    private final OkHttpClient following = client();
    private final OkHttpClient plain =
            following.newBuilder().followRedirects(false).build();

    OkHttpProgram() throws Exception {}

    private static OkHttpClient client() throws Exception {
        OkHttpClient.Builder builder = new OkHttpClient.Builder().cookieJar(new Jar());
        if (!Own.isSet()) return builder.build();
        CertificatePinner pins = new CertificatePinner.Builder()
                .add("**.hf.co", CertificatePinner.pin(Own.certificate()))
                .add("huggingface.co", CertificatePinner.pin(Own.certificate()))
                .build();
        return builder.proxy(new Proxy(Proxy.Type.HTTP, Own.proxy()))
                .sslSocketFactory(Own.tls().getSocketFactory(), Own.trust())
                .certificatePinner(pins)
                .build();
    }

    public static void main(String[] args) throws Exception {
        OkHttpProgram program = new OkHttpProgram();
        program.run(args);
        // Its threads are no daemons.
        program.following.dispatcher().executorService().shutdown();
        program.following.connectionPool().evictAll();
    }

    @Override
    public List<String> ways() {
        return List.of("sync", "async");
    }

    @Override
    public Seen call(Ask ask) throws Exception {
        Request.Builder request = new Request.Builder().url(ask.url()).method(ask.method(), null);
        ask.headers().forEach(request::header);
        Call call = (ask.follow() ? following : plain).newCall(request.build());
        if (!ask.async()) return seen(call.execute());
        CompletableFuture<Seen> seen = new CompletableFuture<>();
        call.enqueue(new Callback() {
            @Override
            public void onFailure(Call call, IOException e) {
                seen.completeExceptionally(e);
            }

            @Override
            public void onResponse(Call call, Response response) throws IOException {
                seen.complete(seen(response));
            }
        });
        try {
            return seen.get();
        } catch (ExecutionException e) {
            throw (Exception) e.getCause();
        }
    }

    private static Seen seen(Response response) throws IOException {
        try (response) {
            // Not bytes(), which version 3 refuses where a HEAD says a length over HTTP/2.
            byte[] body = Program.all(response.body().byteStream());
            String before = "";
            for (Response prior = response.priorResponse(); prior != null; prior = prior.priorResponse())
                before += " after " + prior.code();
            return new Seen(
                    response.code(),
                    response.protocol() + before,
                    response.request().url().toString(),
                    response::header,
                    body);
        }
    }

    /** All that it was given, for those it is from. */
    private static final class Jar implements CookieJar {
        private final Map<String, Cookie> cookies = new ConcurrentHashMap<>();

        @Override
        public void saveFromResponse(HttpUrl url, List<Cookie> given) {
            for (Cookie cookie : given) cookies.put(cookie.name(), cookie);
        }

        @Override
        public List<Cookie> loadForRequest(HttpUrl url) {
            return cookies.values().stream()
                    .filter(cookie -> cookie.matches(url))
                    .toList();
        }
    }
}
