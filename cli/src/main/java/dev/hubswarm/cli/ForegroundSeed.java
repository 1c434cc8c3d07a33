package dev.hubswarm.cli;

import dev.hubswarm.agent.AgentConfig;
import dev.hubswarm.agent.PeerConfig;
import dev.hubswarm.agent.TrackerChoice;
import dev.hubswarm.agent.accelerator.Mode;
import dev.hubswarm.agent.control.ControlClient;
import dev.hubswarm.agent.control.ControlConfig;
import dev.hubswarm.base.UserError;
import dev.hubswarm.hub.cache.HubCache;
import dev.hubswarm.hub.origin.OriginConfig;
import dev.hubswarm.seeder.SeedPolicy;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * An agent of a command's own, which others can tell more to, for as long as the user wants. Immutable.
 *
 * @param time null for no end
 * @param ratio so many times each file is sent, at most; 0 for no end
 */
record ForegroundSeed(
        Path home,
        HubCache cache,
        OriginConfig hub,
        TrackerChoice trackers,
        PeerConfig peers,
        @Nullable SeedGoal time,
        double ratio) {
    private static final Set<String> ACTIVE = Set.of("shared", "hashing", "queued");

    /** Tells it what to share. */
    @FunctionalInterface
    interface HandOver {
        void to(ControlClient agent) throws UserError, InterruptedException;
    }

    int run(HandOver files, PrintWriter err) throws UserError, InterruptedException {
        AgentConfig config = new AgentConfig(
                Version.number(),
                home,
                cache,
                null,
                new ControlConfig(UpCommand.loopback(0), List.of(), null),
                peers,
                trackers,
                hub,
                Mode.RACE,
                true,
                Settings.sharesUpstream(home),
                new SeedPolicy(0, ratio, Duration.ZERO, 0),
                0);
        return AgentRun.of(config, (agent, stop) -> {
            ControlClient self = ControlClient.require(home);
            files.to(self);
            err.println("hubswarm: Sharing at " + String.join(", ", agent.trackers()) + ". Peers call port "
                    + agent.peerPort() + "; Ctrl-C ends it.");
            await(self, stop);
        });
    }

    private void await(ControlClient self, CountDownLatch stop) throws UserError, InterruptedException {
        long begun = System.nanoTime();
        while (!stop.await(1, TimeUnit.SECONDS)) {
            if (time != null && (System.nanoTime() - begun) / 1e9 >= time.seconds()) return;
            if (ratio > 0 && !isAtWork(self)) return;
        }
    }

    private static boolean isAtWork(ControlClient self) throws UserError {
        for (JsonNode seed :
                JsonMapper.shared().readTree(self.get("/api/status").text()).path("seeds"))
            if (ACTIVE.contains(seed.path("state").asString())) return true;
        return false;
    }
}
