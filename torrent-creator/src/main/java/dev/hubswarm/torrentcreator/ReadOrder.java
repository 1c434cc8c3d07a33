package dev.hubswarm.torrentcreator;

/**
 * In which order the chunks of a piece space are read: front to back, or those of a few neighbouring pieces in turn.
 * Confined to one thread.
 */
final class ReadOrder {
    private final long spaceSize;
    private final int chunk;
    private final long stride;
    private final long group;

    private long groupStart;
    private long inPiece;
    private int piece = -1;
    private int length;

    /** @param piecesAtOnce 1 for front to back */
    ReadOrder(long spaceSize, int pieceLength, int chunk, int piecesAtOnce) {
        this.spaceSize = spaceSize;
        // A chunk lies in one piece or is made of whole ones, also where v1 torrents have odd piece lengths.
        this.chunk = pieceLength > chunk ? chunk : chunk / pieceLength * pieceLength;
        this.stride = pieceLength > chunk ? pieceLength : this.chunk;
        this.group = pieceLength > chunk ? stride * piecesAtOnce : stride;
    }

    /** Where the next chunk begins, or -1 at the end. */
    long next() {
        while (groupStart < spaceSize) {
            piece++;
            if (piece * stride >= group || groupStart + piece * stride >= spaceSize) {
                piece = 0;
                inPiece += chunk;
            }
            if (inPiece >= stride) {
                inPiece = 0;
                piece = -1;
                groupStart += group;
                continue;
            }
            long from = groupStart + piece * stride + inPiece;
            long end = Math.min(groupStart + (piece + 1) * stride, spaceSize);
            if (from >= end) continue;
            length = (int) Math.min(chunk, end - from);
            return from;
        }
        return -1;
    }

    /** The length of the chunk that {@link #next} returned. */
    int length() {
        return length;
    }

    /** Nothing before this offset will be read again. */
    long groupStart() {
        return groupStart;
    }
}
