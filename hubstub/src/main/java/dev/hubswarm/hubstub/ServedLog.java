package dev.hubswarm.hubstub;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/** What a hub served, to the last byte or, for long runs, as sums. Thread-safe: one monitor guards everything. */
final class ServedLog {
    /** A request under way, or done. Its numbers are guarded by the log. */
    final class Entry {
        private final StubRequest request;
        private int status;
        private long bodyBytes;

        private Entry(StubRequest request) {
            this.request = request;
        }

        void status(int newStatus) {
            synchronized (ServedLog.this) {
                status = newStatus;
            }
        }

        void sent(long bytes) {
            synchronized (ServedLog.this) {
                bodyBytes += bytes;
                totalBytes += bytes;
            }
        }
    }

    private final boolean sumsOnly;
    private final AtomicLong connections = new AtomicLong();
    private final List<Entry> entries = new ArrayList<>();
    private final Map<Route, Long> requests = new EnumMap<>(Route.class);
    private long totalBytes;

    ServedLog(boolean sumsOnly) {
        this.sumsOnly = sumsOnly;
    }

    long nextConnection() {
        return connections.incrementAndGet();
    }

    synchronized Entry begin(StubRequest request) {
        Entry entry = new Entry(request);
        requests.merge(request.route(), 1L, Long::sum);
        if (!sumsOnly) entries.add(entry);
        return entry;
    }

    synchronized List<Served> served() {
        return entries.stream()
                .map(entry -> new Served(entry.request, entry.status, entry.bodyBytes))
                .toList();
    }

    synchronized HubStub.Totals totals() {
        return new HubStub.Totals(connections.get(), totalBytes, Map.copyOf(requests));
    }

    synchronized void clear() {
        entries.clear();
        requests.clear();
        totalBytes = 0;
    }
}
