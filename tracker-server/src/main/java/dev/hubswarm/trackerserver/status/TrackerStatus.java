package dev.hubswarm.trackerserver.status;

import dev.hubswarm.trackerserver.server.TrackerCounters;
import dev.hubswarm.trackerserver.store.Sharing;
import dev.hubswarm.trackerserver.swarm.SwarmTable;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What there is to tell of a tracker. Thread-safe.
 *
 * @param facts what was set at its start, as people read it, in the order to be shown; no secrets
 */
public record TrackerStatus(
        String version,
        Map<String, String> facts,
        TrackerCounters counters,
        SwarmTable swarms,
        Supplier<@Nullable Sharing> sharing,
        long startedNanos) {}
