package dev.hubswarm.cli;

import dev.hubswarm.protocol.metainfo.FileEntry;
import dev.hubswarm.protocol.metainfo.Hash;
import dev.hubswarm.protocol.metainfo.Metainfo;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A torrent in words and as JSON. Stateless. */
final class TorrentText {
    private TorrentText() {}

    static void printHead(PrintWriter out, Metainfo torrent) {
        line(out, "name", Printable.of(torrent.name()));
        line(
                out,
                "size",
                Sizes.format(torrent.payloadSize()) + " (" + torrent.payloadSize() + " bytes), "
                        + count(torrent.fileCount(), "file"));
        line(out, "pieces", torrent.pieceCount() + " of " + Sizes.format(torrent.pieceLength()));
        line(
                out,
                "version",
                torrent.version().name().toLowerCase(Locale.ROOT) + (torrent.isPrivate() ? ", private" : ""));
        hash(out, "info hash v1", torrent.infoHash().v1());
        hash(out, "info hash v2", torrent.infoHash().v2());
    }

    static void line(PrintWriter out, String label, String value) {
        out.println(String.format(Locale.ROOT, "  %-12s  %s", label, value));
    }

    static String count(long number, String thing) {
        return number + " " + thing + (number == 1 ? "" : "s");
    }

    private static void hash(PrintWriter out, String label, @Nullable Hash hash) {
        if (hash != null) line(out, label, hash.hex());
    }

    static Json putHead(Json json, Metainfo torrent) {
        return json.put("name", torrent.name())
                .put("total_size", torrent.payloadSize())
                .put("piece_length", torrent.pieceLength())
                .put("piece_count", torrent.pieceCount())
                .put("info_hash_v1", torrent.infoHash().v1())
                .put("info_hash_v2", torrent.infoHash().v2());
    }

    static List<FileEntry> payload(Metainfo torrent) {
        return torrent.files().stream().filter(file -> !file.padding()).toList();
    }
}
