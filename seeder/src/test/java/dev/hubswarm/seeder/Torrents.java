package dev.hubswarm.seeder;

import dev.hubswarm.base.UserError;
import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.storage.HashPool;
import dev.hubswarm.torrentcreator.Progress;
import dev.hubswarm.torrentcreator.TorrentCreator;
import dev.hubswarm.torrentcreator.TorrentKind;
import java.nio.file.Path;

/** Makes torrents as somebody else would. Stateless. */
final class Torrents {
    private Torrents() {}

    static Metainfo of(Path file) throws UserError, InterruptedException {
        try (HashPool pool = new HashPool(1)) {
            return new TorrentCreator(pool)
                    .create(TorrentCreator.Request.of(file, TorrentKind.FILE), Progress.NONE)
                    .torrent();
        }
    }
}
