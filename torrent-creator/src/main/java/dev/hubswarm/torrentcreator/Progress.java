package dev.hubswarm.torrentcreator;

/** Hears how far a long read has come. Called on the thread that asked for the work, between two chunks. */
@FunctionalInterface
public interface Progress {
    Progress NONE = (done, total) -> {};

    /** @param done of {@code total} bytes of payload; called with 0 before anything is read, and with both equal at the end */
    void bytesRead(long done, long total);
}
