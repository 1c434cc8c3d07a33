package dev.hubswarm.agent;

import dev.hubswarm.agent.accelerator.Mode;
import dev.hubswarm.agent.control.ControlConfig;
import dev.hubswarm.agent.proxy.ProxyConfig;
import dev.hubswarm.hub.cache.HubCache;
import dev.hubswarm.hub.origin.OriginConfig;
import dev.hubswarm.hub.origin.ProxyRules;
import dev.hubswarm.seeder.SeedPolicy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** Settings of agents on ports that are free. */
final class Configs {
    private Configs() {}

    static InetSocketAddress loopback(int port) {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }

    static TrackerChoice inside(int port) {
        return new TrackerChoice(List.of(), List.of(), null, loopback(port));
    }

    static AgentConfig of(Path home, URI hub, boolean seeds) {
        return of(home, 0, inside(0), hub, seeds);
    }

    static AgentConfig of(Path home, int controlPort, TrackerChoice trackers) {
        return of(home, controlPort, trackers, URI.create("http://127.0.0.1:1"), true);
    }

    private static AgentConfig of(Path home, int controlPort, TrackerChoice trackers, URI hub, boolean seeds) {
        Duration patience = Duration.ofSeconds(30);
        return new AgentConfig(
                "1.2.3",
                home,
                new HubCache(home.resolve("cache"), home.resolve("resume"), true),
                new ProxyConfig(loopback(0), List.of(), null),
                new ControlConfig(loopback(controlPort), List.of(), null),
                new PeerConfig(0, 0, 0),
                trackers,
                new OriginConfig(hub, null, ProxyRules.NONE, null, false, "test", patience, patience, 0),
                Mode.RACE,
                seeds,
                false,
                SeedPolicy.DEFAULT,
                0);
    }
}
