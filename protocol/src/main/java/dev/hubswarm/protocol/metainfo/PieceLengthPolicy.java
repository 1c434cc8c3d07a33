package dev.hubswarm.protocol.metainfo;

/** Which piece lengths are legal, and which one a size gets, so that independent creators agree. */
public final class PieceLengthPolicy {
    private static final long KIB = 1024;
    private static final long MIB = 1024 * KIB;
    private static final long GIB = 1024 * MIB;
    private static final long TIB = 1024 * GIB;

    /** BEP 52: a piece is at least one block. */
    public static final int MIN = 16 * 1024;
    /** The longest that other clients open; libtorrent refuses more. */
    public static final int MAX = 128 * 1024 * 1024;

    private PieceLengthPolicy() {}

    /** The piece length of a canonical or snapshot torrent of {@code size} bytes of payload. */
    public static int forSize(long size) {
        if (size < 100 * MIB) return (int) (256 * KIB);
        if (size < GIB) return (int) MIB;
        if (size < 10 * GIB) return (int) (4 * MIB);
        if (size < 100 * GIB) return (int) (16 * MIB);
        if (size < TIB) return (int) (32 * MIB);
        return (int) (64 * MIB);
    }

    /** Whether a torrent may be created with this piece length; BEP 52 wants a power of two, and we want it for v1 too. */
    public static boolean isLegal(long pieceLength) {
        return pieceLength >= MIN && pieceLength <= MAX && Long.bitCount(pieceLength) == 1;
    }
}
