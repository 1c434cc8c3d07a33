package dev.hubswarm.protocol.metainfo;

/** How a run of bytes is cut into pieces: all of {@code pieceLength}, but the last may be shorter. Immutable. */
public record PieceGeometry(long size, int pieceLength) {
    /** The unit of requests (BEP 3) and the leaf of the v2 tree (BEP 52). */
    public static final int BLOCK_LENGTH = 16 * 1024;

    public PieceGeometry {
        if (size < 0) throw new IllegalArgumentException("size is " + size);
        if (pieceLength < 1) throw new IllegalArgumentException("piece length is " + pieceLength);
        if (count(size, pieceLength) > Integer.MAX_VALUE) throw new IllegalArgumentException("too many pieces");
    }

    public int pieceCount() {
        return (int) count(size, pieceLength);
    }

    public long offsetOf(int piece) {
        return (long) checked(piece) * pieceLength;
    }

    public int lengthOf(int piece) {
        return (int) Math.min(pieceLength, size - offsetOf(piece));
    }

    public int pieceAt(long offset) {
        if (offset < 0 || offset >= size) throw new IndexOutOfBoundsException("no byte " + offset + " in " + size);
        return (int) (offset / pieceLength);
    }

    public boolean hasPiece(int piece) {
        return piece >= 0 && piece < pieceCount();
    }

    /** Whether there are such bytes; any numbers may be given, as a peer sends them. */
    public boolean hasBytes(int piece, int begin, int length) {
        return hasPiece(piece) && begin >= 0 && length > 0 && (long) begin + length <= lengthOf(piece);
    }

    public int blockCount(int piece) {
        return (int) count(lengthOf(piece), BLOCK_LENGTH);
    }

    public int blockLength(int piece, int block) {
        if (block < 0 || block >= blockCount(piece)) {
            throw new IndexOutOfBoundsException("no block " + block + " in piece " + piece);
        }
        return Math.min(BLOCK_LENGTH, lengthOf(piece) - block * BLOCK_LENGTH);
    }

    private int checked(int piece) {
        if (!hasPiece(piece)) {
            throw new IndexOutOfBoundsException("no piece " + piece + " among " + pieceCount());
        }
        return piece;
    }

    private static long count(long size, int unit) {
        return size / unit + (size % unit == 0 ? 0 : 1);
    }
}
