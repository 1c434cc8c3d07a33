package dev.hubswarm.agent;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** By which addresses other machines may reach this one. Stateless. */
final class OwnAddresses {
    /** For documentation (RFC 5737, RFC 3849): nobody's, and so reached by the default route. */
    private static final List<String> ELSEWHERE = List.of("192.0.2.1", "2001:db8::1");

    private OwnAddresses() {}

    /** At most one of each family, IPv4 first. */
    static List<InetAddress> find() {
        List<InetAddress> found = new ArrayList<>();
        for (String elsewhere : ELSEWHERE) {
            InetAddress own = towards(elsewhere);
            if (own == null) own = any(elsewhere.indexOf(':') < 0);
            if (own != null) found.add(own);
        }
        return found;
    }

    /** As the system would choose it. Nothing is sent. */
    private static @Nullable InetAddress towards(String elsewhere) {
        try (DatagramSocket socket = new DatagramSocket()) {
            socket.connect(new InetSocketAddress(elsewhere, 9));
            InetAddress own = socket.getLocalAddress();
            return isReachable(own) && own instanceof Inet4Address == elsewhere.indexOf(':') < 0 ? own : null;
        } catch (IOException | RuntimeException e) {
            // Without a route it throws either.
            return null;
        }
    }

    private static @Nullable InetAddress any(boolean v4) {
        try {
            for (NetworkInterface card : Collections.list(NetworkInterface.getNetworkInterfaces())) {
                if (!card.isUp()) continue;
                for (InetAddress address : Collections.list(card.getInetAddresses()))
                    if (isReachable(address) && address instanceof Inet4Address == v4) return address;
            }
        } catch (IOException e) {
            System.getLogger(OwnAddresses.class.getName())
                    .log(System.Logger.Level.DEBUG, () -> "this machine's addresses are not known: " + e);
        }
        return null;
    }

    private static boolean isReachable(InetAddress address) {
        return !address.isLoopbackAddress() && !address.isLinkLocalAddress() && !address.isAnyLocalAddress();
    }
}
