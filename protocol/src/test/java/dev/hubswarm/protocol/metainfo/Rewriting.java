package dev.hubswarm.protocol.metainfo;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Writes a torrent again from what was understood of it. Stateless. */
public final class Rewriting {
    private Rewriting() {}

    public static byte[] info(Metainfo torrent) {
        byte[] v1Pieces = new byte[0];
        if (torrent.version().hasV1()) {
            v1Pieces = new byte[torrent.v1Pieces().remaining()];
            torrent.v1Pieces().get(v1Pieces);
        }
        return TorrentWriter.info(new TorrentWriter.Info(
                torrent.version(),
                torrent.name(),
                torrent.pieceLength(),
                torrent.isSingleFile(),
                torrent.files(),
                v1Pieces,
                torrent.isPrivate()));
    }

    public static byte[] torrent(Metainfo torrent) {
        if (!torrent.version().hasV2()) return TorrentWriter.torrent(info(torrent), null, torrent.extras());
        List<FileEntry> files = torrent.files();
        Map<Hash, byte[]> layers = new HashMap<>();
        for (FileEntry file : files) {
            Hash root = file.piecesRoot();
            if (root != null && file.length() > torrent.pieceLength()) layers.put(root, torrent.v2Pieces(file));
        }
        return TorrentWriter.torrent(info(torrent), layers, torrent.extras());
    }
}
