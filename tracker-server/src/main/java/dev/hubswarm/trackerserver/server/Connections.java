package dev.hubswarm.trackerserver.server;

import dev.hubswarm.trackerserver.swarm.PeerChoice;
import java.util.ArrayList;
import java.util.List;

/** The connections of one event loop, and what they share. Confined to it. */
final class Connections {
    final RequestHead head = new RequestHead();
    final PeerChoice choice = new PeerChoice(true);
    private final List<HttpConnection> open = new ArrayList<>();

    void add(HttpConnection connection) {
        connection.place = open.size();
        open.add(connection);
    }

    void remove(HttpConnection connection) {
        HttpConnection last = open.remove(open.size() - 1);
        if (last == connection) return;
        last.place = connection.place;
        open.set(last.place, last);
    }

    /** One timer for all: most connections live for a millisecond. */
    void closeLate(long nowNanos) {
        for (HttpConnection connection : List.copyOf(open)) connection.checkDeadline(nowNanos);
    }

    void stop() {
        for (HttpConnection connection : List.copyOf(open)) connection.stop();
    }
}
