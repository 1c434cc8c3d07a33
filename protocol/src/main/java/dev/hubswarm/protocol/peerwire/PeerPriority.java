package dev.hubswarm.protocol.peerwire;

import dev.hubswarm.protocol.announce.PeerAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * How much two peers should want each other (BEP 40): a number that both come to, and that nobody else can choose.
 * Who keeps the highest of those it knows makes a random graph of the swarm. Stateless.
 */
public final class PeerPriority {
    private static final byte MASK = 0x55;
    /** Bytes of an address that are never masked, if the hosts are not near each other. */
    private static final int V4_NETWORK = 2;

    private static final int V6_NETWORK = 6;

    private PeerPriority() {}

    /** An unsigned number. Both are of one family, with the ports that they listen on. */
    public static int of(PeerAddress one, PeerAddress other) {
        if (one.isV4() != other.isV4()) throw new IllegalArgumentException("peers of two families");
        CRC32C crc = new CRC32C();
        if (one.sameHost(other)) {
            int low = Math.min(one.port(), other.port());
            int high = Math.max(one.port(), other.port());
            crc.update(ByteBuffer.allocate(Integer.BYTES)
                    .putShort((short) low)
                    .putShort((short) high)
                    .flip());
        } else {
            byte[] a = one.address();
            byte[] b = other.address();
            int open = Math.max(Arrays.mismatch(a, b) + 1, one.isV4() ? V4_NETWORK : V6_NETWORK);
            for (int i = open; i < a.length; i++) {
                a[i] &= MASK;
                b[i] &= MASK;
            }
            boolean sorted = Arrays.compareUnsigned(a, b) <= 0;
            crc.update(sorted ? a : b);
            crc.update(sorted ? b : a);
        }
        return (int) crc.getValue();
    }
}
