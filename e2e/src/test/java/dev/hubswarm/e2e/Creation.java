package dev.hubswarm.e2e;

import dev.hubswarm.base.UserError;
import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.protocol.metainfo.TorrentVersion;
import dev.hubswarm.storage.HashPool;
import dev.hubswarm.torrentcreator.Progress;
import dev.hubswarm.torrentcreator.TorrentCreator;
import dev.hubswarm.torrentcreator.TorrentKind;
import java.nio.file.Path;

/** Makes torrents in this process, where there are too many for one of their own each. Stateless. */
final class Creation {
    private Creation() {}

    static Metainfo plain(HashPool pool, Path source, TorrentVersion version, int pieceLength)
            throws UserError, InterruptedException {
        TorrentCreator.Request request =
                TorrentCreator.Request.of(source, TorrentKind.PLAIN).plain(version, pieceLength);
        return new TorrentCreator(pool).create(request, Progress.NONE).torrent();
    }

    static Metainfo canonical(HashPool pool, Path source) throws UserError, InterruptedException {
        return new TorrentCreator(pool)
                .create(TorrentCreator.Request.of(source, TorrentKind.FILE), Progress.NONE)
                .torrent();
    }
}
