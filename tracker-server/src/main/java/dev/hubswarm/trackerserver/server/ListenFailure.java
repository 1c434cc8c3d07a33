package dev.hubswarm.trackerserver.server;

import dev.hubswarm.base.UserError;
import dev.hubswarm.base.UserError.Kind;
import dev.hubswarm.protocol.announce.PeerAddress;
import java.net.InetSocketAddress;
import java.util.Locale;

/** Why a socket cannot be opened. Netty and the JDK have no types for that, only the system's words. Stateless. */
final class ListenFailure {
    private ListenFailure() {}

    static UserError of(String protocol, InetSocketAddress address, Throwable cause) {
        String at = PeerAddress.of(address.getAddress().getAddress(), address.getPort())
                .toString();
        String what = "The tracker cannot listen on " + at + " (" + protocol + "): ";
        String said = String.valueOf(cause.getMessage());
        String words = said.toLowerCase(Locale.ROOT);
        if (words.contains("in use"))
            return new UserError(
                    Kind.FAILED,
                    what + "another program has that port.",
                    "Stop that one, or choose another port with --listen.",
                    cause);
        if (words.contains("assign requested address"))
            return new UserError(
                    Kind.USAGE,
                    what + "this machine has no such address.",
                    "Choose one that it has with --listen, or 0.0.0.0 or [::] for all.",
                    cause);
        if (words.contains("permission denied"))
            return new UserError(
                    Kind.NOT_ALLOWED,
                    what + "this user may not have that port.",
                    "Choose one above 1023 with --listen.",
                    cause);
        return new UserError(Kind.FAILED, what + said + ".", "Choose another address or port with --listen.", cause);
    }
}
