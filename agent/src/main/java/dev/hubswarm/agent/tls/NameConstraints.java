package dev.hubswarm.agent.tls;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;

/**
 * For which names an authority may speak (RFC 5280, 4.2.1.10): some hosts with all below them, and no IP address. Who
 * steals our key can pretend to be nobody else. Stateless.
 */
final class NameConstraints {
    static final String OID = "2.5.29.30";
    private static final int DNS_NAME = 2;
    private static final int IP_ADDRESS = 7;
    /** An address and its mask, all zero: every address. */
    private static final int[] ALL_ADDRESSES = {8, 32};

    private NameConstraints() {}

    static byte[] encode(Collection<String> hosts) {
        byte[][] permitted = hosts.stream()
                .map(host -> Der.sequence(Der.simpleField(DNS_NAME, host.getBytes(StandardCharsets.US_ASCII))))
                .toArray(byte[][]::new);
        byte[][] excluded = new byte[ALL_ADDRESSES.length][];
        for (int i = 0; i < excluded.length; i++)
            excluded[i] = Der.sequence(Der.simpleField(IP_ADDRESS, new byte[ALL_ADDRESSES[i]]));
        return Der.sequence(Der.field(0, permitted), Der.field(1, excluded));
    }

    /** The hosts of a certificate that was made here; empty if it has no such rule. */
    static Set<String> hosts(X509Certificate certificate) {
        Set<String> hosts = new TreeSet<>();
        byte[] value = certificate.getExtensionValue(OID);
        if (value == null) return hosts;
        ByteBuffer permitted = Der.open(Der.open(Der.open(ByteBuffer.wrap(value))));
        while (permitted.hasRemaining())
            hosts.add(StandardCharsets.US_ASCII
                    .decode(Der.open(Der.open(permitted)))
                    .toString());
        return hosts;
    }
}
