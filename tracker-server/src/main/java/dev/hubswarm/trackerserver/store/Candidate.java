package dev.hubswarm.trackerserver.store;

import dev.hubswarm.protocol.metainfo.Hash;
import dev.hubswarm.protocol.metainfo.InfoHash;
import java.util.Comparator;

/**
 * A torrent that is said to have the content of a digest. Immutable.
 *
 * @param attestations how many publishers say so, but for those whose token was removed
 * @param attestedByToken whether one of them has a token
 */
public record Candidate(
        Hash digest, long size, InfoHash infoHash, int pieceLength, int attestations, boolean attestedByToken) {
    /** The one to try first comes first; among equals the order of publication is kept by a stable sort. */
    static final Comparator<Candidate> BEST_FIRST = Comparator.comparing(Candidate::attestedByToken)
            .thenComparing(Candidate::attestations)
            .reversed();
}
