package dev.hubswarm.seeder;

import dev.hubswarm.hub.origin.RemoteFile;
import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.storage.FileStamp;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A file to be shared. Immutable.
 *
 * @param origin where on the Hub it is, and what it is there
 * @param stamp of the file when its digest was found to be right; null if nobody looked
 * @param torrent the canonical one, if whoever asks computed all its hashes, v1's too, from the bytes that the stamp is
 *     about; null to have it made
 * @param asked whether the user named it, which brings back what was taken down
 */
public record SeedRequest(
        Path file,
        RemoteFile origin,
        @Nullable FileStamp stamp,
        @Nullable Metainfo torrent,
        boolean asked) {}
