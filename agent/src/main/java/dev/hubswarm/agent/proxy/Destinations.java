package dev.hubswarm.agent.proxy;

import java.net.InetAddress;
import java.util.Set;

/**
 * Where clients may be led that name another host than the Hub (reliability.md T17, T18). Immutable.
 *
 * <p>Addresses are compared by their bytes: names have too many spellings, and the JDK's predicates know neither
 * carrier-grade NAT nor unique local addresses.
 *
 * @param ports all others are refused
 * @param isAnywhere also to this machine and its network, which tests need
 */
record Destinations(Set<Integer> ports, boolean isAnywhere) {
    /** What belongs to nobody in the internet: {first bytes..., bits that count}. */
    private static final int[][] IPV4 = {
        {0, 8},
        {10, 8},
        {100, 64, 10},
        {127, 8},
        {169, 254, 16},
        {172, 16, 12},
        {192, 0, 0, 24},
        {192, 0, 2, 24},
        {192, 168, 16},
        {198, 18, 15},
        {198, 51, 100, 24},
        {203, 0, 113, 24},
        {224, 3}
    };

    static final Destinations PUBLIC = new Destinations(Set.of(80, 443), false);

    Destinations {
        ports = Set.copyOf(ports);
    }

    boolean allow(int port) {
        return isAnywhere || ports.contains(port);
    }

    boolean allow(InetAddress address) {
        return isAnywhere || isPublic(address.getAddress());
    }

    private static boolean isPublic(byte[] address) {
        if (address.length == 4) {
            for (int[] network : IPV4) if (isIn(address, network)) return false;
            return true;
        }
        // Global unicast is 2000::/3. Of that, 6to4 and Teredo carry IPv4 addresses, and 2001:db8::/32 is for books.
        if ((address[0] & 0xe0) != 0x20) return false;
        int first = ((address[0] & 0xff) << 8) | (address[1] & 0xff);
        int second = ((address[2] & 0xff) << 8) | (address[3] & 0xff);
        return first != 0x2002 && (first != 0x2001 || (second != 0 && second != 0xdb8));
    }

    private static boolean isIn(byte[] address, int[] network) {
        int bits = network[network.length - 1];
        for (int bit = 0; bit < bits; bit++) {
            int wanted = bit / 8 < network.length - 1 ? network[bit / 8] : 0;
            int mask = 0x80 >> bit % 8;
            if ((address[bit / 8] & mask) != (wanted & mask)) return false;
        }
        return true;
    }
}
