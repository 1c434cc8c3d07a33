package dev.hubswarm.trackerserver;

import dev.hubswarm.hub.origin.OriginConfig;
import dev.hubswarm.trackerserver.catalogue.AccessTokens;
import dev.hubswarm.trackerserver.server.ServerConfig;
import dev.hubswarm.trackerserver.store.StorageUri;
import dev.hubswarm.trackerserver.swarm.SwarmConfig;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Everything that can be set of a tracker. Immutable.
 *
 * @param folder for what the storage keeps on this machine beside what it is named after
 * @param extraCa a PEM file with more certificate authorities that may vouch for a Redis
 * @param hub what snapshots are compared with; without it they wait for approval
 */
public record TrackerConfig(
        String version,
        ServerConfig server,
        SwarmConfig swarms,
        StorageUri storage,
        Path folder,
        @Nullable Path extraCa,
        AccessTokens tokens,
        @Nullable OriginConfig hub) {
    /** What people may know of it, in words. */
    public Map<String, String> facts() {
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put("Announces by", server.udp() ? "HTTP and UDP" : "HTTP");
        facts.put("Announces of", swarms.open() ? "any torrent" : "torrents of the catalogue");
        facts.put(
                "Catalogue in",
                storage instanceof StorageUri.Memory
                        ? "memory, until it stops"
                        : storage instanceof StorageUri.Sqlite ? "SQLite" : "Redis");
        facts.put("Read by", tokens.read().isEmpty() ? "anybody" : "those with a token");
        facts.put("Published by", tokens.publish().isEmpty() ? "anybody who may read" : "those with a token");
        facts.put("Snapshots", hub == null ? "wait for approval" : "are compared with " + hub.endpoint());
        return facts;
    }
}
