package dev.hubswarm.seeder;

import dev.hubswarm.hub.origin.RemoteFile;
import dev.hubswarm.protocol.metainfo.Hash;
import dev.hubswarm.protocol.metainfo.InfoHash;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A file that is shared, or is to be, at one moment. Immutable.
 *
 * @param infoHash null while the torrent is being made
 * @param confirmed when somebody without a token could read it last
 * @param uploaded bytes, ever
 * @param peers that are connected
 * @param seeders as the trackers count them; 0 if none does
 */
public record SeedSnapshot(
        Hash digest,
        long size,
        Path file,
        List<RemoteFile> origins,
        @Nullable InfoHash infoHash,
        State state,
        @Nullable Instant confirmed,
        long uploaded,
        int peers,
        int seeders) {
    /** What it is at. */
    public enum State {
        /** It is read, or waits for that, and nobody knows of it yet. */
        HASHING,
        SHARED,
        /** Others are scarcer. */
        QUEUED,
        /** It was given as often, or as long, as it is to be. */
        DONE,
        /** It is not known any more that anybody may read it. */
        NOT_PUBLIC
    }

    public SeedSnapshot {
        origins = List.copyOf(origins);
    }
}
