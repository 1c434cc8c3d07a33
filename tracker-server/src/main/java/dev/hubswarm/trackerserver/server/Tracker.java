package dev.hubswarm.trackerserver.server;

import dev.hubswarm.base.Redacted;
import dev.hubswarm.protocol.announce.AnnounceException;
import dev.hubswarm.protocol.announce.AnnounceRequest;
import dev.hubswarm.protocol.announce.PeerAddress;
import dev.hubswarm.protocol.announce.ScrapeRequest;
import dev.hubswarm.protocol.announce.ScrapeResponse;
import dev.hubswarm.protocol.announce.SwarmKey;
import dev.hubswarm.protocol.announce.SwarmStats;
import dev.hubswarm.protocol.announce.TrackerAnswer;
import dev.hubswarm.protocol.announce.TrackerFailure;
import dev.hubswarm.trackerserver.limit.RateLimit;
import dev.hubswarm.trackerserver.swarm.PeerChoice;
import dev.hubswarm.trackerserver.swarm.SwarmTable;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What announces and scrapes are answered with, by whatever way they come. Thread-safe. */
final class Tracker {
    static final TrackerFailure TOO_OFTEN = new TrackerFailure("your address asks too often", 5);
    private static final TrackerFailure NO_TOKEN =
            new TrackerFailure("this tracker needs a token, as /t/TOKEN/announce", TrackerFailure.NEVER);
    private static final String TOKEN_PATH = "/t/";

    private final SwarmTable swarms;
    private final RateLimit requests;
    private final List<byte[]> tokens;
    final TrackerCounters counters;

    Tracker(SwarmTable swarms, ServerConfig config, TrackerCounters counters, long nowNanos) {
        this.swarms = swarms;
        this.counters = counters;
        ServerLimits limits = config.limits();
        this.requests = new RateLimit(limits.requestsPerSecond(), limits.requestBurst(), nowNanos);
        this.tokens = config.announceTokens().stream()
                .map(Redacted::reveal)
                .map(token -> token.getBytes(StandardCharsets.UTF_8))
                .toList();
    }

    boolean needsToken() {
        return !tokens.isEmpty();
    }

    /** Whether a path that ends with {@code what} has a token in front. */
    boolean allows(String path, String what) {
        if (!path.startsWith(TOKEN_PATH) || !path.endsWith(what)) return false;
        int end = Math.max(path.length() - what.length(), TOKEN_PATH.length());
        byte[] shown = path.substring(TOKEN_PATH.length(), end).getBytes(StandardCharsets.ISO_8859_1);
        boolean found = false;
        for (byte[] token : tokens) found |= MessageDigest.isEqual(token, shown);
        return found;
    }

    TrackerFailure noToken() {
        counters.failures.increment();
        return NO_TOKEN;
    }

    TrackerFailure failure(AnnounceException refusal) {
        counters.failures.increment();
        return new TrackerFailure(refusal.reason());
    }

    /** Whether this client may ask once more, whatever it asks. */
    boolean allowsRequest(PeerAddress client, long nowNanos) {
        if (requests.tryAcquire(client, nowNanos)) return true;
        counters.rateLimited.increment();
        return false;
    }

    TrackerAnswer announce(AnnounceRequest request, PeerAddress client, PeerChoice choice, long nowNanos) {
        if (!allowsRequest(client, nowNanos)) return TOO_OFTEN;
        try {
            return swarms.announce(request, client.withPort(request.port()), choice, nowNanos);
        } catch (AnnounceException e) {
            return failure(e);
        }
    }

    /** For HTTP, where an answer names the swarms that are known. */
    TrackerAnswer scrape(ScrapeRequest request, PeerAddress client, long nowNanos) {
        if (!allowsRequest(client, nowNanos)) return TOO_OFTEN;
        Map<SwarmKey, SwarmStats> known = new HashMap<>();
        for (SwarmKey swarm : request.swarms()) {
            if (swarms.contains(swarm)) known.put(swarm, swarms.stats(swarm));
        }
        return new ScrapeResponse(known);
    }

    /** For UDP, where an answer has an entry for each swarm asked for. */
    List<SwarmStats> stats(ScrapeRequest request) {
        return request.swarms().stream().map(swarms::stats).toList();
    }
}
