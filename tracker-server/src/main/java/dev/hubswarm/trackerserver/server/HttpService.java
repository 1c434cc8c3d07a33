package dev.hubswarm.trackerserver.server;

import dev.hubswarm.protocol.announce.PeerAddress;
import dev.hubswarm.trackerserver.limit.RateLimit;
import dev.hubswarm.trackerserver.limit.SubscriberCounts;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/** What all HTTP connections share: whom they ask, and how much they may take together. Thread-safe. */
final class HttpService {
    private static final System.Logger LOG = System.getLogger(HttpService.class.getName());

    final Tracker tracker;
    final ServerLimits limits;
    final TrackerCounters counters;
    final ClientAddress clients;
    final Api api;
    private final Executor workers;
    private final AtomicInteger connections = new AtomicInteger();
    private final SubscriberCounts connectionsOf;
    private final RateLimit connects;
    private final AtomicLong bodyBytes = new AtomicLong();

    HttpService(Tracker tracker, ServerConfig config, Api api, Executor workers, long nowNanos) {
        this.tracker = tracker;
        this.limits = config.limits();
        this.counters = tracker.counters;
        this.clients = new ClientAddress(config.trustedProxies());
        this.api = api;
        this.workers = workers;
        this.connectionsOf = new SubscriberCounts(limits.connectionsPerClient());
        this.connects = new RateLimit(limits.connectsPerSecond(), limits.connectBurst(), nowNanos);
    }

    /** Counts a connection; false, counting nothing, if it is to be closed at once. */
    boolean open(PeerAddress from, boolean proxy, long nowNanos) {
        if (connections.incrementAndGet() <= limits.connections()) {
            if (proxy || (connects.tryAcquire(from, nowNanos) && connectionsOf.tryAdd(from))) {
                counters.connections.increment();
                return true;
            }
        }
        connections.decrementAndGet();
        counters.connectionsRefused.increment();
        return false;
    }

    void closed(PeerAddress from, boolean proxy) {
        connections.decrementAndGet();
        if (!proxy) connectionsOf.remove(from);
    }

    int openConnections() {
        return connections.get();
    }

    /** Takes some of the memory that there is for bodies; false if there is not so much. */
    boolean reserve(long bytes) {
        if (bodyBytes.addAndGet(bytes) <= limits.bodyBytes()) return true;
        bodyBytes.addAndGet(-bytes);
        return false;
    }

    void release(long bytes) {
        bodyBytes.addAndGet(-bytes);
    }

    /** Lets a worker answer; false if all are busy, and enough requests wait. */
    boolean answer(ApiRequest request, Consumer<ApiAnswer> then) {
        counters.apiRequests.increment();
        try {
            workers.execute(() -> then.accept(answer(request)));
            return true;
        } catch (RejectedExecutionException e) {
            counters.apiRefused.increment();
            return false;
        }
    }

    private ApiAnswer answer(ApiRequest request) {
        try {
            ApiAnswer answer = api.answer(request);
            if (answer.status() == 500 || answer.status() == 503) counters.apiFailed.increment();
            return answer;
        } catch (RuntimeException | Error e) {
            counters.apiFailed.increment();
            LOG.log(System.Logger.Level.ERROR, () -> "A request for " + request.path() + " failed.", e);
            return HttpAnswers.error(500, "internal", "The tracker failed; its log says why.");
        }
    }
}
