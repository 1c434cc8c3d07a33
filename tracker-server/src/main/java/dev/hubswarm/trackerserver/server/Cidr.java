package dev.hubswarm.trackerserver.server;

import dev.hubswarm.protocol.announce.PeerAddress;
import org.jspecify.annotations.Nullable;

/**
 * A network (RFC 4632, RFC 4291 section 2.3). Immutable.
 *
 * @param bits of the prefix, counted in the IPv6 address; an IPv4 one is held as the address it is mapped to
 */
public record Cidr(PeerAddress network, int bits) {
    private static final int V4_OFFSET = 96;

    /** Reads {@code 10.0.0.0/8}, {@code fd00::/8} or a single address; null for anything else. */
    public static @Nullable Cidr parse(String text) {
        int slash = text.indexOf('/');
        PeerAddress network = PeerAddress.parse(slash < 0 ? text : text.substring(0, slash), 0);
        if (network == null) return null;
        int longest = network.isV4() ? 32 : 128;
        int bits = slash < 0 ? longest : number(text.substring(slash + 1));
        if (bits < 0 || bits > longest) return null;
        return new Cidr(network, network.isV4() ? bits + V4_OFFSET : bits);
    }

    private static int number(String digits) {
        return digits.matches("[0-9]{1,3}") ? Integer.parseInt(digits) : -1;
    }

    public boolean contains(PeerAddress address) {
        return ((address.high() ^ network.high()) & mask(bits)) == 0
                && ((address.low() ^ network.low()) & mask(bits - 64)) == 0;
    }

    private static long mask(int ones) {
        if (ones <= 0) return 0;
        return ones >= 64 ? -1 : -1L << (64 - ones);
    }
}
