package dev.hubswarm.torrentcreator;

/** Hears how far a long read has come. Called by the reading thread, which waits for it to return. */
@FunctionalInterface
public interface Progress {
    Progress NONE = (done, total) -> {};

    /** @param done of {@code total} bytes of payload; called with both equal at the end */
    void bytesRead(long done, long total);
}
