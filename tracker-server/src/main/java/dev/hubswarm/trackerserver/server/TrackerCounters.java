package dev.hubswarm.trackerserver.server;

import java.util.concurrent.atomic.LongAdder;

/** What happened since the start. Thread-safe. */
public final class TrackerCounters {
    public final LongAdder connections = new LongAdder();
    public final LongAdder connectionsRefused = new LongAdder();
    public final LongAdder timeouts = new LongAdder();
    public final LongAdder badRequests = new LongAdder();
    public final LongAdder httpAnnounces = new LongAdder();
    public final LongAdder httpScrapes = new LongAdder();
    public final LongAdder apiRequests = new LongAdder();
    public final LongAdder apiRefused = new LongAdder();
    public final LongAdder apiFailed = new LongAdder();
    public final LongAdder udpConnects = new LongAdder();
    public final LongAdder udpAnnounces = new LongAdder();
    public final LongAdder udpScrapes = new LongAdder();
    public final LongAdder udpBadIds = new LongAdder();
    public final LongAdder udpDropped = new LongAdder();
    /** Announces and scrapes, by whatever way, that were answered with a reason why not. */
    public final LongAdder failures = new LongAdder();

    public final LongAdder rateLimited = new LongAdder();
}
