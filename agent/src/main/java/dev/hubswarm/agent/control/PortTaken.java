package dev.hubswarm.agent.control;

import dev.hubswarm.base.UserError;
import dev.hubswarm.base.UserError.Kind;
import dev.hubswarm.protocol.announce.PeerAddress;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Why a port of the agent's cannot be had, and who has it if it is one of ours. Stateless. */
public final class PortTaken {
    /** Whoever has it may be silent. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private PortTaken() {}

    /** The control port cannot be had. */
    static UserError explain(InetSocketAddress listen, Throwable cause) {
        return explain(listen, "--control", owner(listen, "GET", "/health"), cause);
    }

    /** The proxy's port cannot be had. All its paths are the Hub's, so it says of itself what the server as such is asked. */
    public static UserError explainProxy(InetSocketAddress listen, Throwable cause) {
        return explain(listen, "--listen", owner(listen, "OPTIONS", "*"), cause);
    }

    private static UserError explain(InetSocketAddress listen, String option, @Nullable Long process, Throwable cause) {
        String at = PeerAddress.of(listen.getAddress().getAddress(), listen.getPort())
                .toString();
        // Netty's own transports put the name of a function in front.
        String why = String.valueOf(cause.getMessage()).replaceFirst("^.*: ", "");
        if (!why.toLowerCase(Locale.ROOT).contains("in use"))
            return new UserError(
                    Kind.FAILED,
                    "The agent cannot listen on " + at + ": " + why + ".",
                    "Choose another address or port with " + option + ".",
                    cause);
        if (process == null)
            return new UserError(
                    Kind.FAILED,
                    "The agent cannot listen on " + at + ": another program has that port.",
                    "Stop that one, or choose another port with " + option + ".",
                    cause);
        return new UserError(
                Kind.FAILED,
                "Port " + listen.getPort() + " is taken by another hubswarm agent, process " + process
                        + ", with a HUBSWARM_HOME of its own.",
                "Stop that one with `kill " + process + "`, or choose another port with " + option + ".",
                cause);
    }

    /** What an agent there says of itself. */
    private static @Nullable Long owner(InetSocketAddress at, String method, String path) {
        try {
            ControlReply reply = ControlWire.ask(at, method, path, null, null, PATIENCE);
            return reply.status() == 200 && reply.text("service").equals("hubswarm")
                    ? Long.valueOf(reply.text("pid"))
                    : null;
        } catch (IOException e) {
            return null;
        }
    }
}
