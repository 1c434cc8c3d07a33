package dev.hubswarm.agent.control;

import dev.hubswarm.hub.origin.RemoteFile;
import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.seeder.SeedRequest;
import dev.hubswarm.storage.FileStamp;
import java.nio.file.Path;
import java.util.Base64;

/** What the body of an order to share looks like. Stateless. */
final class SeedOrder {
    private SeedOrder() {}

    static byte[] of(SeedRequest request) {
        RemoteFile origin = request.origin();
        FileStamp stamp = request.stamp();
        Metainfo torrent = request.torrent();
        return JsonText.object(out -> {
            out.writeStringProperty("file", request.file().toString());
            out.writeStringProperty("repo_type", origin.repo().type().word());
            out.writeStringProperty("repo_id", origin.repo().id());
            out.writeStringProperty("commit", origin.commit());
            out.writeStringProperty("path", origin.path());
            out.writeStringProperty("digest", origin.digest().toString());
            out.writeNumberProperty("size", origin.size());
            if (stamp != null) {
                out.writeArrayPropertyStart("stat");
                out.writeNumber(stamp.device());
                out.writeNumber(stamp.inode());
                out.writeNumber(stamp.size());
                out.writeNumber(stamp.modifiedNanos());
                out.writeNumber(stamp.changedNanos());
                out.writeEndArray();
            }
            if (torrent != null)
                out.writeStringProperty("torrent", Base64.getEncoder().encodeToString(torrent.bytes()));
            out.writeBooleanProperty("asked", request.asked());
        });
    }

    /** All that a cache has. */
    static byte[] of(Path cache) {
        return JsonText.object(out -> out.writeStringProperty("cache_dir", cache.toString()));
    }
}
