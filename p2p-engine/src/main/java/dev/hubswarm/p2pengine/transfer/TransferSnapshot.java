package dev.hubswarm.p2pengine.transfer;

import dev.hubswarm.protocol.metainfo.PieceGeometry;
import java.util.BitSet;

/**
 * A transfer at one moment, to be shown on other threads. Immutable, but for the bits, which nobody may change.
 *
 * @param bytesFromHub what arrived and was wanted, right or not
 * @param bytesFromOthers as {@code bytesFromHub}
 */
public record TransferSnapshot(
        PieceGeometry geometry,
        BitSet verified,
        boolean isComplete,
        long bytesFromHub,
        long bytesFromOthers,
        int sources) {
    public long bytesVerified() {
        long bytes = (long) verified.cardinality() * geometry.pieceLength();
        int last = geometry.pieceCount() - 1;
        return verified.get(last) ? bytes - geometry.pieceLength() + geometry.lengthOf(last) : bytes;
    }
}
