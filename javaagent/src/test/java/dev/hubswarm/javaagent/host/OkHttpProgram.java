package dev.hubswarm.javaagent.host;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import okhttp3.Call;
import okhttp3.Callback;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;

/** OkHttp, in the version of the class path. */
public final class OkHttpProgram implements Program {
    private final OkHttpClient following = new OkHttpClient();
    private final OkHttpClient plain =
            following.newBuilder().followRedirects(false).build();

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
            byte[] body = response.body().bytes();
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
}
