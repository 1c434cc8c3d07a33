package dev.hubswarm.cli;

import dev.hubswarm.agent.control.ControlClient;
import dev.hubswarm.agent.tls.CaFolder;
import dev.hubswarm.agent.tls.HubHosts;
import dev.hubswarm.agent.tls.TrustFiles;
import dev.hubswarm.base.UserError;
import dev.hubswarm.hub.origin.OriginConfig;
import dev.hubswarm.storage.StateFolder;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The local authority as commands need it. Stateless. */
final class ProxyTrust {
    private ProxyTrust() {}

    /** @param agent whose Hub the authority has to speak for; without one it is the one that would be its Hub */
    static TrustFiles prepare(Path home, Map<String, String> outer, @Nullable ControlClient agent)
            throws UserError, InterruptedException {
        StateFolder.open(home);
        return CaFolder.in(home)
                .prepare(
                        hosts(outer, agent).domains(),
                        Entrance.roots(outer),
                        Clock.systemUTC().instant())
                .files();
    }

    static HubHosts hosts(Map<String, String> outer, @Nullable ControlClient agent) {
        String named = agent == null
                ? outer.getOrDefault("HF_ENDPOINT", "")
                : agent.agent().upstream();
        URI upstream = OriginConfig.endpoint(named);
        return new HubHosts(upstream == null ? OriginConfig.HUGGING_FACE : upstream);
    }
}
