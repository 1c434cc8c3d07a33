package dev.hubswarm.trackerclient.index;

import dev.hubswarm.protocol.metainfo.Hash;
import org.jspecify.annotations.Nullable;

/**
 * A file to find peers for: one that anybody may have, for what is asked about it leaves this machine. Immutable.
 *
 * @param sha256 of the whole file, as the Hub says
 * @param place where snapshot torrents would have it; null if only its content matters
 */
public record WantedFile(Hash sha256, long size, @Nullable RepoFile place) {
    public WantedFile {
        if (sha256.length() != Hash.SHA256_LENGTH) throw new IllegalArgumentException("no sha256: " + sha256);
        if (size <= 0) throw new IllegalArgumentException("an empty file has no torrent");
    }
}
