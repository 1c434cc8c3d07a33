package dev.hubswarm.protocol.metainfo;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;

/** A SHA-1 (20 bytes) or SHA-256 (32 bytes) value. Immutable. */
public final class Hash {
    public static final int SHA1_LENGTH = 20;
    public static final int SHA256_LENGTH = 32;

    private final byte[] bytes;

    private Hash(byte[] bytes) {
        if (bytes.length != SHA1_LENGTH && bytes.length != SHA256_LENGTH) {
            throw new IllegalArgumentException("A hash has 20 or 32 bytes, not " + bytes.length);
        }
        this.bytes = bytes;
    }

    public static Hash of(byte[] bytes) {
        return new Hash(bytes.clone());
    }

    public static Hash of(byte[] bytes, int from, int length) {
        return new Hash(Arrays.copyOfRange(bytes, from, from + length));
    }

    /** Reads 40 or 64 hex digits of either case. */
    public static Hash ofHex(String hex) {
        return new Hash(HexFormat.of().parseHex(hex.toLowerCase(Locale.ROOT)));
    }

    public int length() {
        return bytes.length;
    }

    public byte[] bytes() {
        return bytes.clone();
    }

    public String hex() {
        return HexFormat.of().formatHex(bytes);
    }

    /** The first 20 bytes: what stands for a v2 info hash where only 20 fit (BEP 52, "infohash"). */
    public Hash truncated() {
        return bytes.length == SHA1_LENGTH ? this : of(bytes, 0, SHA1_LENGTH);
    }

    /** Whether this hash stands in {@code other} at {@code from}. */
    public boolean isAt(byte[] other, int from) {
        return Arrays.equals(bytes, 0, bytes.length, other, from, from + bytes.length);
    }

    void copyTo(byte[] target, int at) {
        System.arraycopy(bytes, 0, target, at, bytes.length);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Hash hash && Arrays.equals(bytes, hash.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    @Override
    public String toString() {
        return hex();
    }
}
