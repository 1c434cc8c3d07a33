package dev.hubswarm.hub.origin;

import static java.lang.System.Logger.Level.DEBUG;

import dev.hubswarm.base.Redacted;
import dev.hubswarm.base.TlsTrust;
import dev.hubswarm.base.UserError;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.UnknownHostException;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLPeerUnverifiedException;
import okhttp3.Call;
import okhttp3.Callback;
import okhttp3.ConnectionPool;
import okhttp3.ConnectionSpec;
import okhttp3.Dispatcher;
import okhttp3.HttpUrl;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;

/**
 * Sends questions, follows redirects, tries again, and keeps to the budget. Thread-safe.
 *
 * <p>It follows redirects itself, since where the token may go is decided anew at each: to the Hub's exact scheme, host
 * and port, and to nobody else, nor back there from elsewhere.
 */
final class HubHttp implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(HubHttp.class.getName());

    private static final int MAX_REDIRECTS = 10;
    private static final int MAX_AT_ONCE = 64;
    /** If nobody is there from the beginning. */
    private static final int RETRIES_AT_FIRST = 1;
    /** For further tries to hear of a file, as huggingface_hub: a Hub that takes its time is better than none. */
    private static final Duration PATIENT = Duration.ofSeconds(60);

    private final OriginConfig config;
    private final HttpUrl hub;
    private final RateBudget budget;
    private final RandomGenerator random;
    private final TlsTrust tls;
    /** For addresses without TLS. */
    private final OkHttpClient plain;
    /** Shares connections and threads with the other. */
    private @Nullable OkHttpClient secure;

    private volatile boolean closed;
    /** Whether anybody ever did: then a failure to connect is likely to pass, else a setting is likely to be wrong. */
    private volatile boolean answered;

    HubHttp(OriginConfig config, TlsTrust tls, RateBudget budget, RandomGenerator random) {
        this.config = config;
        this.hub = HttpUrl.get(config.endpoint().toString());
        this.budget = budget;
        this.random = random;
        this.tls = tls;
        AtomicInteger threads = new AtomicInteger();
        Dispatcher dispatcher = new Dispatcher(new ThreadPoolExecutor(
                0, Integer.MAX_VALUE, 1, TimeUnit.SECONDS, new SynchronousQueue<>(), work -> {
                    Thread thread = new Thread(work, "hubswarm-origin-" + threads.incrementAndGet());
                    thread.setDaemon(true);
                    return thread;
                }));
        dispatcher.setMaxRequests(MAX_AT_ONCE);
        dispatcher.setMaxRequestsPerHost(MAX_AT_ONCE);
        plain = new OkHttpClient.Builder()
                .dispatcher(dispatcher)
                // Small files come one after the other on many connections; five, the default, would soon be closed.
                .connectionPool(new ConnectionPool(MAX_AT_ONCE, 1, TimeUnit.MINUTES))
                .followRedirects(false)
                .followSslRedirects(false)
                .connectionSpecs(List.of(ConnectionSpec.CLEARTEXT))
                .proxySelector(new Selector(config.proxies()))
                .proxyAuthenticator((route, response) -> authenticate(response))
                .build();
    }

    private HubHttp(HubHttp of, OriginConfig config) {
        this.config = config;
        hub = of.hub;
        budget = of.budget;
        random = of.random;
        tls = of.tls;
        plain = of.plain;
        answered = of.answered;
    }

    /** Shares connections and threads; closed with this. */
    HubHttp as(OriginConfig other) {
        return new HubHttp(this, other);
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

    /** The address of the Hub's with this raw path. */
    HttpUrl url(String rawPath) {
        return HttpUrl.get(config.endpoint() + rawPath);
    }

    boolean isHub(HttpUrl url) {
        return url.scheme().equals(hub.scheme()) && url.host().equals(hub.host()) && url.port() == hub.port();
    }

    /** The token, if this address may have it: the Hub's own, by TLS or within this machine. */
    @Nullable
    Redacted tokenFor(HttpUrl url) {
        return isHub(url) && (url.isHttps() || Loopback.is(url.host())) ? config.token() : null;
    }

    /** Asks until there is an answer worth having; the last one, if there is none. */
    <T> Answer<T> send(Ask<T> ask) throws UserError, InterruptedException {
        if (config.offline()) throw HubErrors.offline(hub);
        for (int tries = 1; ; tries++) {
            try {
                Answer<T> answer = follow(ask, timeout(ask, tries));
                // Storage that refuses a signed address may take another, which the Hub signs; but no third one.
                boolean refused = answer.status() >= 400 && !isHub(answer.url()) && tries == 1;
                boolean mayPass = refused || Backoff.mayPass(answer.status());
                if (!mayPass || tries > config.retries()) return answer;
                logFailure(ask, tries, "status " + answer.status());
            } catch (BrokenHop e) {
                if (tries > retries(e.reason) || closed || isFinal(e.reason))
                    throw HubErrors.unreachable(e.url, config.proxies().proxyFor(e.url.uri()), e.reason);
                logFailure(ask, tries, e.reason.getClass().getSimpleName());
            }
            budget.clock().sleep(Backoff.delayNanos(tries, random));
        }
    }

    private int retries(IOException e) {
        boolean nobody = e instanceof UnknownHostException
                || e instanceof ConnectException
                || e instanceof NoRouteToHostException
                || e instanceof SocketTimeoutException;
        return nobody && !answered ? Math.min(RETRIES_AT_FIRST, config.retries()) : config.retries();
    }

    private static void logFailure(Ask<?> ask, int tries, String why) {
        LOG.log(DEBUG, () -> "try " + tries + " of " + UrlText.of(ask.url().uri()) + " failed: " + why);
    }

    /** No answer, and where that was. */
    private static final class BrokenHop extends Exception {
        private static final long serialVersionUID = 1;

        private final transient HttpUrl url;
        private final IOException reason;

        BrokenHop(HttpUrl url, IOException reason) {
            super(reason);
            this.url = url;
            this.reason = reason;
        }
    }

    private static Duration timeout(Ask<?> ask, int tries) {
        boolean patient = tries > 1
                && ask.purpose() == Ask.Purpose.METADATA
                && ask.timeout().compareTo(PATIENT) < 0;
        return patient ? PATIENT : ask.timeout();
    }

    /** Certificates do not get better by waiting. */
    private static boolean isFinal(IOException e) {
        return e instanceof SSLPeerUnverifiedException
                || (e instanceof SSLHandshakeException && e.getCause() instanceof CertificateException);
    }

    private <T> Answer<T> follow(Ask<T> ask, Duration timeout) throws BrokenHop, UserError, InterruptedException {
        HttpUrl url = ask.url();
        // Somebody else's redirect back to the Hub is not ours to sign.
        boolean left = ask.anonymous();
        for (int hops = 0; ; hops++) {
            if (isHub(url)) budget.acquire(ask.purpose().kind);
            else left = true;
            Answer<T> answer;
            try {
                answer = once(ask, url, left ? null : tokenFor(url), timeout);
            } catch (IOException e) {
                throw new BrokenHop(url, e);
            }
            answered = true;
            if (isHub(url)) budget.answered(ask.purpose().kind, answer.status(), answer.headers()::get);
            String location = answer.headers().get("Location");
            if (!answer.isRedirect() || location == null) return answer;
            HttpUrl next = url.resolve(location);
            // Never back from TLS to plain text.
            boolean allowed = next != null
                    && next.username().isEmpty()
                    && (isHub(next) || (ask.purpose().leaves && (next.isHttps() || !hub.isHttps())));
            if (!allowed) return answer;
            if (hops == MAX_REDIRECTS) throw new BrokenHop(url, new IOException("too many redirects"));
            url = next;
        }
    }

    private <T> Answer<T> once(Ask<T> ask, HttpUrl url, @Nullable Redacted token, Duration timeout)
            throws IOException, InterruptedException {
        Request.Builder request = new Request.Builder().url(url).method(ask.method(), ask.form());
        request.header("User-Agent", config.userAgent());
        if (ask.purpose().identity) request.header("Accept-Encoding", "identity");
        if (token != null) request.header("Authorization", "Bearer " + token.reveal());
        Call call = client(url)
                .newBuilder()
                .connectTimeout(ask.timeout())
                .readTimeout(timeout)
                .writeTimeout(timeout)
                .build()
                .newCall(request.build());
        // On another thread, for a blocked read is ended by no interrupt but by closing the socket under it.
        CompletableFuture<Answer<T>> answered = new CompletableFuture<>();
        call.enqueue(new Completion<>(ask, url, answered));
        try {
            return answered.get();
        } catch (InterruptedException e) {
            call.cancel();
            throw e;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException broken) throw broken;
            throw new IllegalStateException("a question to the Hub failed", e.getCause());
        }
    }

    private final class Completion<T> implements Callback {
        private final Ask<T> ask;
        private final HttpUrl url;
        private final CompletableFuture<Answer<T>> answered;

        Completion(Ask<T> ask, HttpUrl url, CompletableFuture<Answer<T>> answered) {
            this.ask = ask;
            this.url = url;
            this.answered = answered;
        }

        @Override
        public void onResponse(Call call, Response response) {
            try (response) {
                T body = response.isSuccessful()
                        ? ask.reader().read(response, response.body().byteStream())
                        : null;
                answered.complete(new Answer<>(response.code(), response.headers(), url, body));
            } catch (IOException | RuntimeException | Error e) {
                answered.completeExceptionally(e);
            } finally {
                // Whoever heard the answer may have closed all else before this connection was given back.
                if (closed) plain.connectionPool().evictAll();
            }
        }

        @Override
        public void onFailure(Call call, IOException e) {
            answered.completeExceptionally(e);
        }
    }

    private @Nullable Request authenticate(Response response) {
        Request request = response.request();
        // Asked again although it was sent: it is wrong.
        if (request.header("Proxy-Authorization") != null && response.code() == 407 && response.priorResponse() != null)
            return null;
        UpstreamProxy proxy = config.proxies().proxyFor(request.url().uri());
        Redacted authorization = proxy == null ? null : proxy.authorization();
        if (authorization == null || authorization.reveal().equals(request.header("Proxy-Authorization"))) return null;
        return request.newBuilder()
                .header("Proxy-Authorization", authorization.reveal())
                .build();
    }

    @Override
    public void close() {
        closed = true;
        plain.dispatcher().cancelAll();
        plain.dispatcher().executorService().shutdown();
        plain.connectionPool().evictAll();
    }

    private static final class Selector extends ProxySelector {
        private final ProxyRules rules;

        Selector(ProxyRules rules) {
            this.rules = rules;
        }

        @Override
        public List<Proxy> select(URI uri) {
            UpstreamProxy proxy = rules.proxyFor(uri);
            return List.of(proxy == null ? Proxy.NO_PROXY : new Proxy(proxy.type(), proxy.address()));
        }

        @Override
        public void connectFailed(URI uri, SocketAddress address, IOException e) {}
    }
}
