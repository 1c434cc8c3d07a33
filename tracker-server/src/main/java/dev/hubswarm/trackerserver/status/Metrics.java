package dev.hubswarm.trackerserver.status;

import dev.hubswarm.trackerserver.server.TrackerCounters;
import dev.hubswarm.trackerserver.store.Sharing;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/** The tracker's figures as Prometheus reads them (text format 0.0.4). Stateless. */
final class Metrics {
    private Metrics() {}

    static String of(TrackerStatus status, long nowNanos) {
        TrackerCounters counters = status.counters();
        StringBuilder out = new StringBuilder(4096);
        gauge(
                out,
                "uptime_seconds",
                "since the start",
                TimeUnit.NANOSECONDS.toSeconds(nowNanos - status.startedNanos()));
        gauge(out, "swarms", "torrents that may be announced", status.swarms().swarms());
        gauge(out, "peers", "peers in all swarms", status.swarms().peers());
        Sharing sharing = status.sharing().get();
        if (sharing != null) {
            gauge(out, "sharing", "1 if the storage that trackers share answers", sharing.linked() ? 1 : 0);
            gauge(
                    out,
                    "sharing_unsent",
                    "announces and publications that other trackers were not told of",
                    sharing.unsent());
            gauge(
                    out,
                    "sharing_silence_seconds",
                    "since the other trackers were heard",
                    sharing.silence().toSeconds());
        }
        counter(out, "announces", "announces");
        value(out, "announces_total{by=\"http\"}", counters.httpAnnounces);
        value(out, "announces_total{by=\"udp\"}", counters.udpAnnounces);
        counter(out, "scrapes", "scrapes");
        value(out, "scrapes_total{by=\"http\"}", counters.httpScrapes);
        value(out, "scrapes_total{by=\"udp\"}", counters.udpScrapes);
        counter(out, "failures", "announces and scrapes that were refused", counters.failures);
        counter(out, "rate_limited", "requests of clients that asked too often", counters.rateLimited);
        counter(out, "connections", "connections that were accepted", counters.connections);
        counter(out, "connections_refused", "connections of which there were too many", counters.connectionsRefused);
        counter(out, "timeouts", "connections that were closed for being slow", counters.timeouts);
        counter(out, "bad_requests", "requests that are no HTTP, or too large", counters.badRequests);
        counter(out, "api_requests", "requests to the catalogue and the like", counters.apiRequests);
        counter(out, "api_refused", "of these, refused since too many waited", counters.apiRefused);
        counter(out, "api_failed", "of these, failed by a fault of the tracker or its storage", counters.apiFailed);
        counter(out, "udp_connects", "datagrams that asked for a connection id", counters.udpConnects);
        counter(out, "udp_bad_ids", "datagrams with a wrong connection id", counters.udpBadIds);
        counter(out, "udp_dropped", "datagrams that got no answer", counters.udpDropped);
        return out.toString();
    }

    private static void gauge(StringBuilder out, String name, String help, long value) {
        head(out, name, help, "gauge");
        out.append("hubswarm_tracker_").append(name).append(' ').append(value).append('\n');
    }

    private static void counter(StringBuilder out, String name, String help, LongAdder adder) {
        counter(out, name, help);
        value(out, name + "_total", adder);
    }

    private static void counter(StringBuilder out, String name, String help) {
        head(out, name + "_total", help, "counter");
    }

    private static void head(StringBuilder out, String name, String help, String type) {
        String full = "hubswarm_tracker_" + name;
        out.append("# HELP ").append(full).append(' ').append(help).append('\n');
        out.append("# TYPE ").append(full).append(' ').append(type).append('\n');
    }

    private static void value(StringBuilder out, String name, LongAdder adder) {
        out.append("hubswarm_tracker_")
                .append(name)
                .append(' ')
                .append(adder.sum())
                .append('\n');
    }
}
