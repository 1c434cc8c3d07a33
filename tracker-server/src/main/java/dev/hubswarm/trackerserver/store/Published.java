package dev.hubswarm.trackerserver.store;

/**
 * What became of a publication. Immutable.
 *
 * @param attestations how many publishers now vouch for this torrent
 */
public record Published(Outcome outcome, int attestations) {
    public enum Outcome {
        /** The first torrent of its digest. */
        NEW,
        /** The torrent was there; its publisher is counted, once. */
        COUNTED,
        /** Stored beside others of the same digest: somebody lies. */
        RIVAL,
        /** Not stored, since its digest has {@link TrackerStore#MAX_CANDIDATES} others that are as good. */
        FULL
    }
}
