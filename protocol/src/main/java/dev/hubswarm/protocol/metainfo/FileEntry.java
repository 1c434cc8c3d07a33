package dev.hubswarm.protocol.metainfo;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One file of a torrent. Immutable.
 *
 * @param path its path below the torrent's root, one element per folder; the torrent's name alone for a single file
 * @param length in bytes
 * @param offset where it begins in the torrent's piece space; in v2 every file begins a piece
 * @param piecesRoot the root of its hash tree in v2; null in v1 and for empty files
 * @param padding a stretch of zeros that aligns the next file (BEP 47), which is never stored
 */
public record FileEntry(
        List<String> path,
        long length,
        long offset,
        @Nullable Hash piecesRoot,
        boolean padding) {
    public FileEntry {
        path = List.copyOf(path);
    }

    /** The path with forward slashes, for people and for messages. */
    public String displayPath() {
        return String.join("/", path);
    }
}
