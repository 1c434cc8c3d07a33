package dev.hubswarm.cli;

import dev.hubswarm.protocol.metainfo.FileEntry;
import dev.hubswarm.protocol.metainfo.Metainfo;
import java.util.BitSet;
import java.util.function.Predicate;

/** How many bytes of wanted files each piece of a torrent has; padding counts nowhere. Immutable. */
final class WantedPieces {
    private final long[] bytes;
    private long total;

    WantedPieces(Metainfo torrent, Predicate<FileEntry> wanted) {
        bytes = new long[torrent.pieceCount()];
        for (FileEntry file : torrent.files()) {
            if (file.padding() || !wanted.test(file)) continue;
            total += file.length();
            long end = file.offset() + file.length();
            for (long at = file.offset(); at < end; ) {
                int piece = (int) (at / torrent.pieceLength());
                long next = Math.min(end, (piece + 1L) * torrent.pieceLength());
                bytes[piece] += next - at;
                at = next;
            }
        }
    }

    int count() {
        return bytes.length;
    }

    long total() {
        return total;
    }

    boolean isWanted(int piece) {
        return bytes[piece] > 0;
    }

    /** How many of the bytes are in these pieces. */
    long in(BitSet pieces) {
        long sum = 0;
        for (int piece = pieces.nextSetBit(0); piece >= 0; piece = pieces.nextSetBit(piece + 1)) sum += bytes[piece];
        return sum;
    }
}
