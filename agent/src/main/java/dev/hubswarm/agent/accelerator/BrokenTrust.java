package dev.hubswarm.agent.accelerator;

/**
 * What a client was given on the word of a publisher whom the user believes (design.md §5, {@code attested}) is not the
 * file. Immutable.
 */
public final class BrokenTrust extends Exception {
    private static final long serialVersionUID = 1;

    public BrokenTrust() {
        super("The torrent does not hold the file, though its publisher is believed.");
    }
}
