package dev.hubswarm.agent.control;

import dev.hubswarm.base.UserError;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * How a running agent is found, seen and steered: port and socket, the token, and the note that tells of them.
 * Thread-safe.
 */
public final class ControlSurface implements AutoCloseable {
    private final Path home;
    private final ControlServer server;

    private ControlSurface(Path home, ControlServer server) {
        this.home = home;
        this.server = server;
    }

    /** @param onDown called when somebody asks the agent to stop, and has been answered */
    public static ControlSurface start(
            AgentNote.Facts facts, ControlConfig config, AgentStatus.Supplier status, SeedDesk seeds, Runnable onDown)
            throws UserError {
        Path home = facts.home();
        ControlToken token = ControlToken.make(home);
        AgentApi api = new AgentApi(facts.version(), status, seeds, onDown);
        ControlServer server =
                ControlServer.start(config, SocketPath.find(home, config.runtimeFolder(), "control"), token, api);
        try {
            AgentNote.of(facts, server.address(), server.socket()).write(home);
        } catch (UserError | RuntimeException e) {
            server.close();
            throw e;
        }
        return new ControlSurface(home, server);
    }

    public InetSocketAddress address() {
        return server.address();
    }

    @Override
    public void close() {
        try {
            Files.deleteIfExists(AgentNote.file(home));
        } catch (IOException e) {
            System.getLogger(ControlSurface.class.getName())
                    .log(System.Logger.Level.DEBUG, () -> "agent.json stays: " + e);
        }
        server.close();
    }
}
