package dev.hubswarm.torrentcreator;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a check of files against a torrent found. Immutable.
 *
 * @param pieceCount of the torrent
 * @param badPieces by index, with the files each of them touches
 * @param unreadable files that are missing or cannot be read, with the reason
 * @param wrongSize files that are longer or shorter than the torrent says
 * @param digestDiffers the content of a canonical torrent is not the one it is named for, though its pieces fit
 */
public record VerifyReport(
        int pieceCount,
        List<BadPiece> badPieces,
        Map<String, String> unreadable,
        Map<String, Long> wrongSize,
        boolean digestDiffers) {
    /** A piece that does not match, and the files whose bytes it holds. Immutable. */
    public record BadPiece(int piece, List<String> files) {
        public BadPiece {
            files = List.copyOf(files);
        }
    }

    public VerifyReport {
        badPieces = List.copyOf(badPieces);
        unreadable = Collections.unmodifiableMap(new TreeMap<>(unreadable));
        wrongSize = Collections.unmodifiableMap(new TreeMap<>(wrongSize));
    }

    public boolean isGood() {
        return badPieces.isEmpty() && unreadable.isEmpty() && wrongSize.isEmpty() && !digestDiffers;
    }
}
