package dev.hubswarm.trackerserver.server;

import dev.hubswarm.trackerserver.swarm.PeerChoice;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** The connections of one event loop, and what they share. Confined to it. */
final class Connections {
    final RequestHead head = new RequestHead();
    final PeerChoice choice = new PeerChoice(true);
    private final List<HttpConnection> open = new ArrayList<>();
    private final CompletableFuture<Void> ended = new CompletableFuture<>();
    private boolean stopping;

    /** Whether no more are welcome. */
    boolean isStopping() {
        return stopping;
    }

    void add(HttpConnection connection) {
        connection.place = open.size();
        open.add(connection);
    }

    void remove(HttpConnection connection) {
        HttpConnection last = open.remove(open.size() - 1);
        if (last != connection) {
            last.place = connection.place;
            open.set(last.place, last);
        }
        if (stopping && open.isEmpty()) ended.complete(null);
    }

    /** One timer for all: most connections live for a millisecond. */
    void closeLate(long nowNanos) {
        for (HttpConnection connection : List.copyOf(open)) connection.checkDeadline(nowNanos);
    }

    void stop() {
        stopping = true;
        for (HttpConnection connection : List.copyOf(open)) connection.stop();
        if (open.isEmpty()) ended.complete(null);
    }

    /** Done, in any thread, when after a stop the last is closed. */
    CompletableFuture<Void> ended() {
        return ended;
    }
}
