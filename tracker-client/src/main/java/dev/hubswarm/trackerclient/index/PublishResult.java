package dev.hubswarm.trackerclient.index;

/**
 * What a tracker made of a torrent. Immutable.
 *
 * @param message for people; of the tracker, if it said anything
 */
public record PublishResult(Kind kind, String message) {
    /** What became of it. */
    public enum Kind {
        /** It is the first for this content. */
        NEW(true),
        /** It was there, and one more publisher vouches for it. */
        COUNTED(true),
        /** Kept until an administrator looks at it; its peers find each other all the same. */
        PENDING(true),
        /** There is another for the same content: somebody lies. A catalogue keeps both, llmpt's the first. */
        RIVAL(true),
        /** It breaks a rule, and would again. */
        REFUSED(false),
        /** A token is missing or wrong. */
        NOT_ALLOWED(false),
        TOO_LARGE(false),
        /** There are too many rivals. */
        FULL(false),
        /** The tracker was not reached, or could not; later it may. */
        UNAVAILABLE(false);

        private final boolean known;

        Kind(boolean known) {
            this.known = known;
        }

        /** Whether the tracker knows content like this from now on. */
        public boolean isKnown() {
            return known;
        }
    }
}
