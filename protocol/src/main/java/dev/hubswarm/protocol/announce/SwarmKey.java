package dev.hubswarm.protocol.announce;

import dev.hubswarm.protocol.metainfo.Hash;
import dev.hubswarm.protocol.metainfo.InfoHash;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.stream.Stream;

/**
 * The 20 bytes that name a swarm to a tracker: a v1 info hash (BEP 3), or the beginning of a v2 one (BEP 52,
 * "infohash"). Immutable. Held as numbers, since a tracker makes and compares one per request; sorted as unsigned
 * bytes, which bencoding wants of keys.
 */
public record SwarmKey(long head, long middle, int tail) implements Comparable<SwarmKey> {
    public static final int LENGTH = 20;

    public static SwarmKey of(Hash infoHash) {
        return read(ByteBuffer.wrap(infoHash.truncated().bytes()));
    }

    /** The names of a torrent's swarm: two of a hybrid's, whose peers are the same. */
    public static List<SwarmKey> allOf(InfoHash infoHash) {
        return Stream.of(infoHash.v1(), infoHash.v2())
                .flatMap(Stream::ofNullable)
                .map(SwarmKey::of)
                .toList();
    }

    /** Takes the next 20 bytes. */
    public static SwarmKey read(ByteBuffer in) {
        return new SwarmKey(in.getLong(), in.getLong(), in.getInt());
    }

    /** The key that a parameter of a query gives: as 20 bytes (BEP 3), or as 40 hex digits, which llmpt accepts too. */
    static SwarmKey read(QueryReader query) throws AnnounceException {
        byte[] value = new byte[2 * LENGTH];
        int length = query.decode(value);
        if (length == value.length) length = unhex(value);
        if (length != LENGTH) throw new AnnounceException("info_hash is not 20 bytes");
        return read(ByteBuffer.wrap(value));
    }

    /** Replaces digits by the bytes they stand for; returns how many, or -1 if there are others than digits. */
    private static int unhex(byte[] digits) {
        for (int i = 0; i < digits.length; i += 2) {
            int high = QueryReader.hexDigit(digits[i]);
            int low = QueryReader.hexDigit(digits[i + 1]);
            if (high < 0 || low < 0) return -1;
            digits[i / 2] = (byte) (high << 4 | low);
        }
        return digits.length / 2;
    }

    public void write(ByteBuffer out) {
        out.putLong(head).putLong(middle).putInt(tail);
    }

    public byte[] bytes() {
        byte[] bytes = new byte[LENGTH];
        write(ByteBuffer.wrap(bytes));
        return bytes;
    }

    public Hash hash() {
        return Hash.of(bytes());
    }

    @Override
    public int compareTo(SwarmKey other) {
        if (head != other.head) return Long.compareUnsigned(head, other.head);
        if (middle != other.middle) return Long.compareUnsigned(middle, other.middle);
        return Integer.compareUnsigned(tail, other.tail);
    }

    @Override
    public String toString() {
        return hash().hex();
    }
}
