package dev.hubswarm.storage;

import dev.hubswarm.base.ContentDigest;

/**
 * What a part will be when it is whole. Immutable.
 *
 * @param pieceLength how much of it is vouched for at a time
 * @param what repository, commit and path, for people who look at a journal
 */
public record PartHeader(ContentDigest digest, long size, int pieceLength, String what) {
    public PartHeader {
        if (size < 0 || pieceLength <= 0 || pieces(size, pieceLength) > PartFile.MAX_PIECES) {
            throw new IllegalArgumentException("no part has " + size + " bytes in pieces of " + pieceLength);
        }
    }

    public int pieces() {
        return (int) pieces(size, pieceLength);
    }

    private static long pieces(long size, int pieceLength) {
        return size / pieceLength + (size % pieceLength == 0 ? 0 : 1);
    }

    long begin(int piece) {
        return (long) piece * pieceLength;
    }

    long end(int piece) {
        return Math.min(size, begin(piece + 1));
    }

    /** Nothing is written down about a file that is fetched again in a moment. */
    boolean isSmall() {
        return size <= pieceLength;
    }
}
