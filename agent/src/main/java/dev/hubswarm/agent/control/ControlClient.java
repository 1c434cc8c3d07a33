package dev.hubswarm.agent.control;

import dev.hubswarm.base.Redacted;
import dev.hubswarm.base.UserError;
import dev.hubswarm.base.UserError.Kind;
import dev.hubswarm.seeder.SeedRequest;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Speaks to the agent of a {@code HUBSWARM_HOME}. Immutable; its methods block. */
public final class ControlClient {
    private static final Duration TO_BE_THERE = Duration.ofSeconds(20);
    private static final Duration TO_ANSWER = Duration.ofSeconds(60);
    private static final String SEEDS = "/api/seeds";

    private final AgentNote agent;
    private final SocketAddress address;
    private final Redacted token;

    private ControlClient(AgentNote agent, SocketAddress address, Redacted token) {
        this.agent = agent;
        this.address = address;
        this.token = token;
    }

    /** Null if none runs, whatever one that was killed left behind. */
    public static @Nullable ControlClient find(Path home) {
        try {
            AgentNote agent = AgentNote.read(home);
            Path socket = agent.socket();
            SocketAddress address =
                    socket != null && Files.exists(socket) ? UnixDomainSocketAddress.of(socket) : agent.control();
            ControlClient client = new ControlClient(agent, address, ControlToken.read(home));
            // Another program may have the port by now; it is not told the token.
            ControlReply health = ControlWire.health(address, TO_BE_THERE);
            boolean isSame = health.isGood() && health.text("pid").equals(Long.toString(agent.pid()));
            return isSame ? client : null;
        } catch (IOException e) {
            return null;
        }
    }

    /** As {@link #find}, for what cannot be done without. */
    public static ControlClient require(Path home) throws UserError {
        ControlClient client = find(home);
        if (client != null) return client;
        throw new UserError(
                Kind.FAILED, "No hubswarm agent runs for " + home + ".", "Start one with `hubswarm up --detach`.");
    }

    public AgentNote agent() {
        return agent;
    }

    public ControlReply get(String path) throws UserError {
        return ask("GET", path, null);
    }

    /** Asks it to stop. */
    public ControlReply down() throws UserError {
        return ask("POST", "/api/down", new byte[0]);
    }

    /** Hands a file over, to be shared if anybody may read it: 202, or 409 with the reason. */
    public ControlReply share(SeedRequest request) throws UserError {
        return ask("POST", SEEDS, SeedOrder.of(request));
    }

    /** As of a file, of all that a cache has. */
    public ControlReply shareCache(Path folder) throws UserError {
        return ask("POST", SEEDS, SeedOrder.of(folder));
    }

    /** @param query hash, path, or repo_id and repo_type: what not to share any more */
    public ControlReply unshare(String query) throws UserError {
        return ask("DELETE", SEEDS + "?" + query, null);
    }

    private ControlReply ask(String method, String path, byte @Nullable [] json) throws UserError {
        try {
            return ControlWire.ask(address, method, path, token, json, TO_ANSWER);
        } catch (IOException e) {
            throw new UserError(
                    Kind.FAILED,
                    "The hubswarm agent, process " + agent.pid() + ", does not answer: " + e.getMessage() + ".",
                    "Look at its log with `hubswarm logs`.",
                    e);
        }
    }
}
