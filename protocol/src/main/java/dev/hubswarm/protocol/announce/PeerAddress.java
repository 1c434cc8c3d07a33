package dev.hubswarm.protocol.announce;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Address and port of a peer; nothing here looks a name up. Immutable. An IPv4 address is held as the IPv6 address it
 * is mapped to (RFC 4291 section 2.5.5.2), so the mapped form is no way round a rule about the other.
 *
 * @param high the first 64 bits of the IPv6 address
 * @param low the last 64 bits of it
 * @param port 0 if the peer takes no connections, or if only the address matters
 */
public record PeerAddress(long high, long low, int port) {
    public static final int MAX_PORT = 65535;
    /** Below it are services that must not be called because some tracker said so (reliability.md T28). */
    private static final int FIRST_USER_PORT = 1024;

    private static final long MAPPED = 0xffff;
    private static final long NAT64 = 0x0064_ff9b_0000_0000L;
    private static final int GROUPS = 8;

    /** How far an address reaches. */
    public enum Scope {
        /** No single host: unspecified, multicast, broadcast, reserved. */
        NONE,
        LOOPBACK,
        LINK_LOCAL,
        /** Means another host in another network: RFC 1918, RFC 6598, RFC 4193. */
        PRIVATE,
        GLOBAL
    }

    public PeerAddress {
        if (port < 0 || port > MAX_PORT) throw new IllegalArgumentException("no port: " + port);
    }

    public static PeerAddress v4(int address, int port) {
        return new PeerAddress(0, MAPPED << 32 | Integer.toUnsignedLong(address), port);
    }

    /** From an address of 4 or 16 bytes. */
    public static PeerAddress of(byte[] address, int port) {
        ByteBuffer in = ByteBuffer.wrap(address);
        if (address.length == 4) return v4(in.getInt(), port);
        if (address.length == 16) return new PeerAddress(in.getLong(), in.getLong(), port);
        throw new IllegalArgumentException("An address has 4 or 16 bytes, not " + address.length);
    }

    /** Reads an address as people write it, without a zone; null for anything else, host names too. */
    public static @Nullable PeerAddress parse(String address, int port) {
        boolean v6 = address.indexOf(':') >= 0;
        if (v6) return parseV6(address, port);
        long bits = parseV4(address, 0);
        return bits < 0 ? null : v4((int) bits, port);
    }

    public boolean isV4() {
        return high == 0 && low >>> 32 == MAPPED;
    }

    /** The 32 bits of an IPv4 address. */
    public int v4Bits() {
        return (int) low;
    }

    /** 4 or 16 bytes, as {@code InetAddress.getByAddress} takes them. */
    public byte[] address() {
        return isV4()
                ? ByteBuffer.allocate(4).putInt(v4Bits()).array()
                : ByteBuffer.allocate(16).putLong(high).putLong(low).array();
    }

    public PeerAddress withPort(int other) {
        return new PeerAddress(high, low, other);
    }

    public Scope scope() {
        if (isV4()) return scopeOfV4(v4Bits());
        if (high == 0) return low == 1 ? Scope.LOOPBACK : Scope.NONE;
        // A translator would reach the IPv4 host (RFC 6052).
        if (high == NAT64 && low >>> 32 == 0) return scopeOfV4((int) low);
        int first = (int) (high >>> 48);
        if (first >= 0xff00) return Scope.NONE;
        if (first >= 0xfec0) return Scope.PRIVATE;
        if (first >= 0xfe80) return Scope.LINK_LOCAL;
        return first >= 0xfc00 && first < 0xfe00 ? Scope.PRIVATE : Scope.GLOBAL;
    }

    private static Scope scopeOfV4(int bits) {
        int first = bits >>> 24;
        int second = bits >>> 16 & 0xff;
        return switch (first) {
            case 0 -> Scope.NONE;
            case 10 -> Scope.PRIVATE;
            case 100 -> second >>> 6 == 1 ? Scope.PRIVATE : Scope.GLOBAL;
            case 127 -> Scope.LOOPBACK;
            case 169 -> second == 254 ? Scope.LINK_LOCAL : Scope.GLOBAL;
            case 172 -> second >>> 4 == 1 ? Scope.PRIVATE : Scope.GLOBAL;
            case 192 -> second == 168 ? Scope.PRIVATE : Scope.GLOBAL;
            default -> first >= 224 ? Scope.NONE : Scope.GLOBAL;
        };
    }

    /**
     * Whether to tell others of it and to dial it (reliability.md T28, design.md section 9).
     *
     * @param overLoopback whether whoever said so was reached over loopback
     */
    public boolean isDialable(boolean overLoopback) {
        if (port < FIRST_USER_PORT) return false;
        return switch (scope()) {
            case NONE, LINK_LOCAL -> false;
            case LOOPBACK -> overLoopback;
            case PRIVATE, GLOBAL -> true;
        };
    }

    /** Whether both are in one IPv4 /24 or IPv6 /48, and so probably near each other. */
    public boolean isNear(PeerAddress other) {
        if (isV4() != other.isV4()) return false;
        return isV4() ? low >>> 8 == other.low >>> 8 : high >>> 16 == other.high >>> 16;
    }

    public boolean sameHost(PeerAddress other) {
        return high == other.high && low == other.low;
    }

    /** A number for what one subscriber has: an IPv4 address, or an IPv6 /64. Limits count by it (reliability.md T29). */
    public long subscriber() {
        return isV4() ? low : high;
    }

    /** The address as text, without brackets. */
    public String host() {
        StringBuilder text = new StringBuilder(39);
        if (isV4()) {
            for (int shift = 24; shift >= 0; shift -= 8) {
                text.append(v4Bits() >>> shift & 0xff).append(shift > 0 ? "." : "");
            }
        } else {
            for (int shift = 48; shift >= 0; shift -= 16) {
                text.append(Long.toHexString(high >>> shift & 0xffff)).append(':');
            }
            for (int shift = 48; shift >= 0; shift -= 16) {
                text.append(Long.toHexString(low >>> shift & 0xffff)).append(shift > 0 ? ":" : "");
            }
        }
        return text.toString();
    }

    @Override
    public String toString() {
        return isV4() ? host() + ":" + port : "[" + host() + "]:" + port;
    }

    /** Reads four numbers with dots from {@code from} to the end; -1 if they are not exactly that. */
    private static long parseV4(String text, int from) {
        long bits = 0;
        int at = from;
        for (int i = 0; i < 4; i++) {
            if (i > 0 && (at >= text.length() || text.charAt(at++) != '.')) return -1;
            int start = at;
            int number = 0;
            while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9' && at - start < 3) {
                number = number * 10 + text.charAt(at++) - '0';
            }
            // Some take a leading zero for octal, so it is nobody's address.
            boolean octal = at - start > 1 && text.charAt(start) == '0';
            if (at == start || number > 255 || octal) return -1;
            bits = bits << 8 | number;
        }
        return at == text.length() ? bits : -1;
    }

    /** RFC 4291 section 2.2: groups of hex digits, one run of zeros left out, the last two perhaps as IPv4. */
    private static @Nullable PeerAddress parseV6(String text, int port) {
        int[] groups = new int[GROUPS];
        int count = 0;
        int gap = text.startsWith("::") ? 0 : -1;
        int at = gap == 0 ? 2 : 0;
        while (at < text.length()) {
            if (count == GROUPS) return null;
            int start = at;
            int group = 0;
            while (at < text.length() && at - start < 4 && QueryReader.hexDigit(text.charAt(at)) >= 0) {
                group = group << 4 | QueryReader.hexDigit(text.charAt(at++));
            }
            if (at < text.length() && text.charAt(at) == '.') {
                long bits = parseV4(text, start);
                if (bits < 0 || count > GROUPS - 2) return null;
                groups[count++] = (int) (bits >>> 16);
                groups[count++] = (int) bits & 0xffff;
                break;
            }
            if (at == start) return null;
            groups[count++] = group;
            if (at == text.length()) break;
            if (text.charAt(at++) != ':' || at == text.length()) return null;
            if (text.charAt(at) == ':') {
                if (gap >= 0) return null;
                gap = count;
                at++;
            }
        }
        if (gap < 0 ? count < GROUPS : count == GROUPS) return null;
        int tail = gap < 0 ? 0 : count - gap;
        ByteBuffer bytes = ByteBuffer.allocate(2 * GROUPS);
        for (int i = 0; i < count - tail; i++) bytes.putShort(2 * i, (short) groups[i]);
        for (int i = 1; i <= tail; i++) bytes.putShort(2 * (GROUPS - i), (short) groups[count - i]);
        return new PeerAddress(bytes.getLong(), bytes.getLong(), port);
    }
}
