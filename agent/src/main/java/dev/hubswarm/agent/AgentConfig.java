package dev.hubswarm.agent;

import dev.hubswarm.agent.control.ControlConfig;
import dev.hubswarm.hub.origin.OriginConfig;
import java.nio.file.Path;
import java.util.List;

/**
 * Everything that can be set of an agent. Immutable.
 *
 * @param version as people and peers are told
 * @param home {@code HUBSWARM_HOME}, checked by {@code StateFolder}
 * @param cacheFolders whose files it may be told of
 * @param hub whose word counts; nobody's token goes there
 * @param seeds whether it sends files to others
 */
public record AgentConfig(
        String version,
        Path home,
        List<Path> cacheFolders,
        ControlConfig control,
        PeerConfig peers,
        TrackerChoice trackers,
        OriginConfig hub,
        boolean seeds) {
    public AgentConfig {
        cacheFolders = List.copyOf(cacheFolders);
    }
}
