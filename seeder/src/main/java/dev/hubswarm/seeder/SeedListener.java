package dev.hubswarm.seeder;

/** Hears what becomes of seeds, on the seeder's thread. */
public interface SeedListener {
    /** Peers can have it from now on. */
    default void shared(SeedSnapshot seed) {}

    /** They cannot any more. */
    default void stopped(SeedSnapshot seed, String why) {}

    /** It was accepted, and turned out to be something else, or unreadable. */
    default void failed(SeedSnapshot seed, String why) {}
}
