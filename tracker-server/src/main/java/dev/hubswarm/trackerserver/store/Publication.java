package dev.hubswarm.trackerserver.store;

import dev.hubswarm.protocol.metainfo.Hash;
import dev.hubswarm.protocol.metainfo.InfoHash;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A checked canonical torrent and who vouches for it. Immutable but for the torrent, which nobody writes.
 *
 * @param digest sha256 of the file
 * @param infoHash a hybrid's
 * @param torrent info and piece layers, nothing else
 * @param place if the publisher said where the file is
 */
@SuppressWarnings("ArrayRecordComponent")
public record Publication(
        Hash digest,
        long size,
        InfoHash infoHash,
        int pieceLength,
        byte[] torrent,
        Publisher publisher,
        @Nullable Place place) {
    public Publication {
        if (infoHash.v1() == null || infoHash.v2() == null) throw new IllegalArgumentException("not a hybrid");
    }

    /** Whether its torrent, if nobody else vouches for it yet, takes the place of this candidate. */
    boolean displaces(Candidate other, Set<String> tokens) {
        boolean counts = publisher.counts(tokens);
        Candidate newcomer =
                new Candidate(digest, size, infoHash, pieceLength, counts ? 1 : 0, counts && publisher.byToken());
        return Candidate.BEST_FIRST.compare(newcomer, other) < 0;
    }
}
