package dev.hubswarm.agent.proxy;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;

/**
 * Who does not trust our certificates, so that what they ask the Hub by TLS passes untouched, as it would without us.
 * Thread-safe, one monitor; time is an argument.
 */
final class Distrust {
    private static final long LIFETIME = TimeUnit.DAYS.toNanos(1);
    /** So near together two that left without a word mean something: one may have been called off by its user. */
    private static final long TOGETHER = TimeUnit.MINUTES.toNanos(10);

    private static final int MOST = 256;
    /** Whoever makes up kinds pushes out his own. */
    private static final int MOST_OF_ONE = 16;

    /**
     * Clients that are likely to be the same program.
     *
     * @param hello of {@link ClientHello}; empty for whatever that program sends
     * @param from where it comes from: a program of this machine, or another machine
     * @param name as people know it
     */
    record Kind(String hello, String from, String name) {}

    /** What is known of a kind. Confined to the monitor. */
    private static final class Known {
        private boolean isTrusting;
        private boolean isRefusing;
        private boolean hasLeft;
        private long at;
    }

    private final Map<Kind, Known> kinds = new LinkedHashMap<>(MOST, 0.75f, true);

    synchronized boolean isRefusing(Kind kind, long nowNanos) {
        Known known = kinds.get(kind);
        return known != null && known.isRefusing && nowNanos - known.at < LIFETIME;
    }

    /** It asked us something. */
    synchronized void trusts(Kind kind) {
        Known known = known(kind);
        known.isTrusting = true;
        known.isRefusing = false;
        known.hasLeft = false;
    }

    /** It said that our certificate is not good, or never can be. Returns whether that is new. */
    synchronized boolean refuses(Kind kind, long nowNanos) {
        boolean isNew = !isRefusing(kind, nowNanos);
        Known known = known(kind);
        known.isRefusing = true;
        known.at = nowNanos;
        return isNew;
    }

    /**
     * It saw our certificate and left without asking anything. Some say no more than that; but who trusted us before had
     * another reason. Returns whether it is taken for a refusal now.
     */
    synchronized boolean left(Kind kind, long nowNanos) {
        Known known = known(kind);
        if (known.isTrusting) return false;
        if (known.hasLeft && nowNanos - known.at < TOGETHER) return refuses(kind, nowNanos);
        known.hasLeft = true;
        known.at = nowNanos;
        return false;
    }

    /** Those that are passed untouched, each name once. */
    synchronized List<String> names(long nowNanos) {
        TreeSet<String> names = new TreeSet<>();
        kinds.forEach((kind, known) -> {
            if (known.isRefusing && nowNanos - known.at < LIFETIME) names.add(kind.name);
        });
        return List.copyOf(names);
    }

    private Known known(Kind kind) {
        Known known = kinds.get(kind);
        if (known != null) return known;
        Known fresh = new Known();
        kinds.put(kind, fresh);
        List<Kind> same = new ArrayList<>();
        for (Kind each : kinds.keySet()) if (each.from.equals(kind.from)) same.add(each);
        if (same.size() > MOST_OF_ONE) kinds.remove(same.get(0));
        if (kinds.size() > MOST) {
            Iterator<Kind> oldest = kinds.keySet().iterator();
            oldest.next();
            oldest.remove();
        }
        return fresh;
    }
}
