package dev.hubswarm.trackerclient.contact;

import dev.hubswarm.base.TlsTrust;
import java.io.IOException;
import java.net.ProtocolException;
import java.net.Proxy;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import okhttp3.Call;
import okhttp3.Callback;
import okhttp3.ConnectionPool;
import okhttp3.ConnectionSpec;
import okhttp3.Dispatcher;
import okhttp3.Dns;
import okhttp3.HttpUrl;
import okhttp3.Interceptor;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;

/**
 * Asks trackers by HTTP, all of one process. Thread-safe. Every question ends at its time, with an answer of limited
 * length or none, and what did not end well leaves no connection. Redirects are followed to the same scheme, host and
 * port only, so that no tracker sends us, and a token, anywhere else (reliability.md T27). No proxy is used: a tracker
 * would take its address for ours, and peers cannot be reached through it.
 */
public final class TrackerHttp implements AutoCloseable {
    private static final int MAX_REDIRECTS = 3;
    /** OkHttp counts milliseconds, and takes none for a mistake. */
    private static final long LEAST_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    /** What the ends of lines may take, beside as much as the answer. */
    private static final int FRAMING = 64 << 10;

    private static final int MAX_AT_ONCE = 64;
    private static final int MAX_IDLE = 8;

    private final String userAgent;
    private final TlsTrust tls;
    private final ThreadPoolExecutor threads;
    /** One object per family, for connections are shared among calls with the same one. */
    private final Map<Family, Dns> dns = new EnumMap<>(Family.class);
    /** For addresses without TLS, as most near by are. */
    private final OkHttpClient plain;
    /** Shares connections and threads with the other. */
    private @Nullable OkHttpClient secure;

    public TrackerHttp(String userAgent, TlsTrust tls) {
        this(userAgent, tls, Dns.SYSTEM);
    }

    TrackerHttp(String userAgent, TlsTrust tls, Dns names) {
        this.userAgent = userAgent;
        this.tls = tls;
        for (Family family : Family.values()) dns.put(family, host -> family.among(names.lookup(host)));
        AtomicInteger count = new AtomicInteger();
        threads = new ThreadPoolExecutor(0, Integer.MAX_VALUE, 1, TimeUnit.SECONDS, new SynchronousQueue<>(), work -> {
            Thread thread = new Thread(work, "hubswarm-tracker-" + count.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        });
        Dispatcher dispatcher = new Dispatcher(threads);
        dispatcher.setMaxRequests(MAX_AT_ONCE);
        dispatcher.setMaxRequestsPerHost(MAX_AT_ONCE / 4);
        plain = new OkHttpClient.Builder()
                .dispatcher(dispatcher)
                .connectionPool(new ConnectionPool(MAX_IDLE, 30, TimeUnit.SECONDS))
                .protocols(List.of(Protocol.HTTP_1_1))
                .proxy(Proxy.NO_PROXY)
                .socketFactory(new MeteredSockets())
                .followRedirects(false)
                .followSslRedirects(false)
                .connectionSpecs(List.of(ConnectionSpec.CLEARTEXT))
                .addNetworkInterceptor(TrackerHttp::noteAddress)
                .build();
    }

    /** Where a request went. */
    private static final class Reached {
        private volatile boolean loopback;
    }

    private static Response noteAddress(Interceptor.Chain chain) throws IOException {
        Reached reached = chain.request().tag(Reached.class);
        if (reached != null && chain.connection() != null)
            reached.loopback = chain.connection().socket().getInetAddress().isLoopbackAddress();
        return chain.proceed(chain.request());
    }

    /** The answer of whatever status; an {@code IOException} if there is none, or none that may be read. */
    public CompletableFuture<HttpReply> send(HttpQuestion question) {
        // OkHttp itself asks no name service about these.
        if (!question.family().mayReach(question.url().host()))
            return CompletableFuture.failedFuture(new Family.Absent(question.family()));
        CompletableFuture<HttpReply> reply = new CompletableFuture<>();
        send(question, question.url(), 0, System.nanoTime() + question.timeoutNanos(), reply);
        // OkHttp's own time-out does not count waiting for a thread, nor end the look-up of a name.
        return reply.orTimeout(question.timeoutNanos(), TimeUnit.NANOSECONDS);
    }

    @SuppressWarnings("FutureReturnValueIgnored") // The same reply, which whoever asked holds.
    private void send(
            HttpQuestion question, HttpUrl url, int redirects, long endNanos, CompletableFuture<HttpReply> reply) {
        Request.Builder request = new Request.Builder()
                .url(url)
                .method(question.method(), question.body())
                .header("User-Agent", userAgent)
                // What comes packed could be a bomb.
                .header("Accept-Encoding", "identity");
        Reached reached = new Reached();
        request.tag(Reached.class, reached);
        if (question.token() != null)
            request.header("Authorization", "Bearer " + question.token().reveal());
        long left = Math.max(endNanos - System.nanoTime(), LEAST_NANOS);
        Call call = client(url)
                .newBuilder()
                .dns(dns.getOrDefault(question.family(), Dns.SYSTEM))
                .callTimeout(left, TimeUnit.NANOSECONDS)
                .connectTimeout(left, TimeUnit.NANOSECONDS)
                .readTimeout(left, TimeUnit.NANOSECONDS)
                .writeTimeout(left, TimeUnit.NANOSECONDS)
                .build()
                .newCall(request.build());
        reply.whenComplete((done, failed) -> {
            if (failed != null) call.cancel();
        });
        call.enqueue(new Callback() {
            @Override
            public void onResponse(Call answered, Response response) {
                MeteredSockets.reading(2L * question.maxBytes() + FRAMING, () -> {
                    try (response) {
                        take(response);
                    }
                });
            }

            private void take(Response response) {
                try {
                    HttpUrl next = redirects < MAX_REDIRECTS ? redirect(question, url, response) : null;
                    if (next == null) {
                        byte[] body = body(response, question.maxBytes());
                        reply.complete(new HttpReply(response.code(), body, reached.loopback));
                    } else {
                        send(question, next, redirects + 1, endNanos, reply);
                    }
                } catch (IOException | RuntimeException | Error e) {
                    // Cancels it before it is closed: else OkHttp would read on, and keep the connection.
                    reply.completeExceptionally(e);
                }
            }

            @Override
            public void onFailure(Call failed, IOException e) {
                reply.completeExceptionally(e);
            }
        });
    }

    private static @Nullable HttpUrl redirect(HttpQuestion question, HttpUrl from, Response response)
            throws IOException {
        String location = response.header("Location");
        if (!response.isRedirect() || location == null || !question.method().equals("GET")) return null;
        HttpUrl to = from.resolve(location);
        boolean same = to != null
                && to.scheme().equals(from.scheme())
                && to.host().equals(from.host())
                && to.port() == from.port()
                && to.username().isEmpty();
        if (!same) throw new ProtocolException("the tracker redirects to another server");
        return to;
    }

    private static byte[] body(Response response, int maxBytes) throws IOException {
        String encoding = response.header("Content-Encoding");
        if (encoding != null && !encoding.equalsIgnoreCase("identity"))
            throw new ProtocolException("the tracker's answer is packed");
        boolean tooLong = response.body().contentLength() > maxBytes;
        byte[] body = tooLong ? new byte[0] : response.body().byteStream().readNBytes(maxBytes + 1);
        if (tooLong || body.length > maxBytes) throw new ProtocolException("the tracker's answer is too long");
        return body;
    }

    private synchronized OkHttpClient client(HttpUrl url) {
        if (!url.isHttps()) return plain;
        if (secure == null) {
            secure = plain.newBuilder()
                    .connectionSpecs(List.of(ConnectionSpec.MODERN_TLS))
                    .sslSocketFactory(tls.sockets(), tls.trust())
                    .build();
        }
        return secure;
    }

    /** For work that may wait, such as looking up names. */
    public Executor threads() {
        return threads;
    }

    @Override
    public void close() {
        plain.dispatcher().cancelAll();
        threads.shutdown();
        plain.connectionPool().evictAll();
    }
}
