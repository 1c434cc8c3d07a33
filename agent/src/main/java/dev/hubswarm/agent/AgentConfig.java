package dev.hubswarm.agent;

import dev.hubswarm.agent.accelerator.Mode;
import dev.hubswarm.agent.control.ControlConfig;
import dev.hubswarm.agent.proxy.ProxyConfig;
import dev.hubswarm.hub.cache.HubCache;
import dev.hubswarm.hub.origin.OriginConfig;
import dev.hubswarm.seeder.SeedPolicy;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Everything that can be set of an agent. Immutable.
 *
 * @param version as people and peers are told
 * @param home {@code HUBSWARM_HOME}, checked by {@code StateFolder}
 * @param cache into which it fetches
 * @param proxy where programs fetch through it; null if it only shares
 * @param hub whose word counts; nobody's token goes there
 * @param mode how it fetches
 * @param seeds whether it sends files to others
 * @param sharesUpstream whether everybody may have what this Hub, though it is not the public one, gives to anybody
 * @param policy how much is seeded
 * @param maxDisk bytes that files may take which programs fetch through it; 0 for no limit
 */
public record AgentConfig(
        String version,
        Path home,
        HubCache cache,
        @Nullable ProxyConfig proxy,
        ControlConfig control,
        PeerConfig peers,
        TrackerChoice trackers,
        OriginConfig hub,
        Mode mode,
        boolean seeds,
        boolean sharesUpstream,
        SeedPolicy policy,
        long maxDisk) {
    /** A company's mirror may answer to anybody in its network what the world must not see (design.md section 5). */
    boolean mayShare() {
        return sharesUpstream || hub.isPublicOrLocal();
    }

    boolean maySeed() {
        return seeds && mayShare();
    }
}
