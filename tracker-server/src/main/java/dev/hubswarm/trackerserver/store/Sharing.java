package dev.hubswarm.trackerserver.store;

import java.time.Duration;

/**
 * How far a tracker process is behind the others. Immutable.
 *
 * @param linked whether the storage that they share answers
 * @param unsent announces and publications that they have not been told of
 * @param silence for how long this process has not heard what they say
 */
public record Sharing(boolean linked, int unsent, Duration silence) {
    /** For people. */
    @Override
    public String toString() {
        return (linked ? "in step" : "on its own") + ", heard the others " + silence.toSeconds() + " s ago, has "
                + unsent + " to send";
    }
}
