package dev.hubswarm.torrentcreator;

import dev.hubswarm.base.UserError;
import java.nio.ByteBuffer;

/** Where the bytes of a torrent's files come from. Thread-safe. */
interface ContentSource {
    /**
     * Appends bytes of a file to the buffer.
     *
     * @param open the files that the calling thread has open
     * @param file its index in the list of files
     * @return how many there were, fewer than {@code length} only if the rest cannot be had
     */
    int read(OpenFiles open, int file, long offset, ByteBuffer buffer, int length)
            throws UserError, InterruptedException;

    /** Called when all is read. Throws if what was read cannot be trusted, because a file changed meanwhile. */
    void checkUnchanged() throws UserError;
}
