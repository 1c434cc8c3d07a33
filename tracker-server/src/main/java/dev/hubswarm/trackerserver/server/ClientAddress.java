package dev.hubswarm.trackerserver.server;

import dev.hubswarm.protocol.announce.PeerAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Who asks, if trusted proxies are in between (reliability.md T29). Immutable. */
final class ClientAddress {
    /** RFC 7239 section 4: the value may be quoted, and has a port perhaps. */
    private static final Pattern FOR = Pattern.compile("(?:^|;)\\s*for=\"?([^;\"]*)\"?", Pattern.CASE_INSENSITIVE);

    private static final Pattern PORT = Pattern.compile("\\[([^\\]]*)\\](?::\\d{1,5})?|([0-9.]+):\\d{1,5}");

    private final List<Cidr> trusted;

    ClientAddress(List<Cidr> trusted) {
        this.trusted = trusted;
    }

    boolean isTrusted(PeerAddress address) {
        for (Cidr network : trusted) {
            if (network.contains(address)) return true;
        }
        return false;
    }

    /**
     * The last address on the way that is no trusted proxy's; the client may have invented those before it. Proxies
     * pass on headers that they do not set, so a header that says something else than another is no word of theirs.
     *
     * @param proxy the other end of the connection, which is trusted
     */
    PeerAddress of(RequestHead head, PeerAddress proxy) throws BadRequestException {
        PeerAddress client = null;
        for (String header : List.of("x-forwarded-for", "x-real-ip", "forwarded")) {
            PeerAddress said = lastUntrusted(hops(head, header));
            if (client != null && said != null && !client.sameHost(said)) {
                throw new BadRequestException(400, "the forwarding headers disagree");
            }
            if (said != null) client = said;
        }
        return client == null ? proxy : client;
    }

    private static List<String> hops(RequestHead head, String header) {
        List<String> hops = new ArrayList<>();
        for (int i = head.find(header, 0); i >= 0; i = head.find(header, i + 1)) {
            for (String hop : head.value(i).split(",", -1)) hops.add(hop.strip());
        }
        if (header.equals("forwarded")) hops.replaceAll(ClientAddress::node);
        return hops;
    }

    private static String node(String element) {
        Matcher node = FOR.matcher(element);
        return node.find() ? node.group(1) : "";
    }

    private @Nullable PeerAddress lastUntrusted(List<String> hops) throws BadRequestException {
        for (int i = hops.size() - 1; i >= 0; i--) {
            PeerAddress hop = parse(hops.get(i));
            if (hop == null) throw new BadRequestException(400, "a forwarding header names no address");
            if (!isTrusted(hop)) return hop;
        }
        return null;
    }

    private static @Nullable PeerAddress parse(String hop) {
        Matcher withPort = PORT.matcher(hop);
        if (!withPort.matches()) return PeerAddress.parse(hop, 0);
        String v6 = withPort.group(1);
        return PeerAddress.parse(v6 != null ? v6 : withPort.group(2), 0);
    }
}
