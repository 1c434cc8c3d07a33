package dev.hubswarm.hub.origin;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A connected stream of bytes; each read and write has a time limit. Confined to one thread, but for {@link #close},
 * which any thread may call to make the others fail.
 */
interface Wire extends Closeable {
    /** Waits for at least one byte; returns -1 at the end. */
    int read(ByteBuffer into) throws IOException;

    void writeAll(ByteBuffer from) throws IOException;
}
