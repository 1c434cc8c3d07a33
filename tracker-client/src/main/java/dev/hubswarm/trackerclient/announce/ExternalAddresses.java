package dev.hubswarm.trackerclient.announce;

import dev.hubswarm.protocol.announce.PeerAddress;
import dev.hubswarm.protocol.announce.PeerAddress.Scope;
import dev.hubswarm.trackerclient.contact.TrackerUrl;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** As which address trackers see this machine (BEP 24): only what two of them agree on is believed. Thread-safe. */
final class ExternalAddresses {
    private static final int MAX_TRACKERS = 64;

    private final Map<TrackerUrl, PeerAddress> v4 = new HashMap<>();
    private final Map<TrackerUrl, PeerAddress> v6 = new HashMap<>();

    synchronized void saw(TrackerUrl tracker, PeerAddress address) {
        Map<TrackerUrl, PeerAddress> votes = address.isV4() ? v4 : v6;
        boolean room = votes.size() < MAX_TRACKERS || votes.containsKey(tracker);
        if (room && address.scope() == Scope.GLOBAL) votes.put(tracker, address.withPort(0));
    }

    synchronized @Nullable PeerAddress agreed(boolean isV6) {
        Map<String, PeerAddress> byHost = new HashMap<>();
        Map<PeerAddress, Integer> counts = new HashMap<>();
        // A host has one vote, however many trackers it has.
        (isV6 ? v6 : v4).forEach((tracker, address) -> byHost.put(tracker.host(), address));
        byHost.values().forEach(address -> counts.merge(address, 1, Integer::sum));
        List<Map.Entry<PeerAddress, Integer>> ranked = counts.entrySet().stream()
                .sorted(Map.Entry.comparingByValue(Comparator.reverseOrder()))
                .toList();
        if (ranked.isEmpty() || ranked.get(0).getValue() < 2) return null;
        boolean tied = ranked.size() > 1
                && ranked.get(1).getValue().equals(ranked.get(0).getValue());
        return tied ? null : ranked.get(0).getKey();
    }
}
