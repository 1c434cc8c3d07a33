package dev.hubswarm.seeder;

import dev.hubswarm.protocol.metainfo.InfoHash;
import org.jspecify.annotations.Nullable;

/**
 * What became of a request. Immutable.
 *
 * @param why it was not accepted, for people; empty if it was
 * @param infoHash null if the torrent is to be made first, which takes as long as reading the file
 */
public record SeedAnswer(
        boolean accepted, String why, @Nullable InfoHash infoHash) {
    static SeedAnswer accepted(@Nullable InfoHash infoHash) {
        return new SeedAnswer(true, "", infoHash);
    }

    static SeedAnswer refused(String why) {
        return new SeedAnswer(false, why, null);
    }
}
