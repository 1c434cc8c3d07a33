package dev.hubswarm.seeder;

import dev.hubswarm.hub.origin.RemoteFile;
import dev.hubswarm.protocol.metainfo.Hash;
import dev.hubswarm.protocol.metainfo.InfoHash;
import dev.hubswarm.storage.FileStamp;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A file whose digest was found to be right, and whose torrent is there. Immutable.
 *
 * @param stamp of the file at that time; with another it is not shared
 * @param origins that vouch for it, or did; at least one
 * @param since when it is shared
 * @param uploaded bytes, ever
 */
record Seed(
        Hash digest,
        Path file,
        FileStamp stamp,
        InfoHash infoHash,
        List<Origin> origins,
        Instant since,
        long uploaded) {
    Seed {
        origins = List.copyOf(origins);
    }

    /** All hashes by which it may be meant. */
    Stream<Hash> names() {
        return names(digest, infoHash);
    }

    static Stream<Hash> names(Hash digest, @Nullable InfoHash infoHash) {
        if (infoHash == null) return Stream.of(digest);
        return Stream.of(digest, infoHash.v1(), infoHash.v2()).flatMap(Stream::ofNullable);
    }

    long size() {
        return stamp.size();
    }

    boolean isPublic(Instant now) {
        return origins.stream().anyMatch(origin -> origin.vouches(now));
    }

    /** The origin that said last that anybody may read it. */
    Origin confirmedLast() {
        return Collections.max(
                origins, Comparator.comparing(Origin::confirmed, Comparator.nullsFirst(Comparator.naturalOrder())));
    }

    List<RemoteFile> places() {
        return origins.stream().map(Origin::file).toList();
    }

    /** With this origin in the place of the one that stands for the same file of the same commit. */
    Seed with(Origin origin) {
        List<Origin> all = new ArrayList<>(origins);
        all.removeIf(one -> one.isSamePlace(origin.file()));
        all.add(origin);
        return new Seed(digest, file, stamp, infoHash, all, since, uploaded);
    }

    Seed with(FileStamp newStamp) {
        return new Seed(digest, file, newStamp, infoHash, origins, since, uploaded);
    }

    Seed plusUploaded(long more) {
        return new Seed(digest, file, stamp, infoHash, origins, since, uploaded + more);
    }
}
