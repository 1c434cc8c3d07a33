package dev.hubswarm.storage;

import dev.hubswarm.base.UserError;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** One download being written. Thread-safe. */
@SuppressWarnings({"DoNotCallSuggester", "UnusedVariable"})
public final class PartFile implements AutoCloseable {
    /** Who sent bytes. */
    public enum Source {
        HUB,
        PEER
    }

    static final int MAX_PIECES = 1 << 24;

    private final PartHeader header;

    private PartFile(PartHeader header) {
        this.header = header;
    }

    /** Goes on with the part in this folder that a journal vouches for and nobody else is writing, or begins a new one. */
    public static PartFile open(Path folder, Path journals, PartHeader header) throws UserError {
        if (folder.equals(journals)) throw new UnsupportedOperationException();
        return new PartFile(header);
    }

    public PartHeader header() {
        return header;
    }

    /** Claims nothing: {@link #written} does. */
    public void write(ByteBuffer data, long at) throws UserError {
        throw new UnsupportedOperationException();
    }

    /** Claims bytes that were handed to {@link #write}. Pieces that are whole now are forced to the disk in batches. */
    public void written(long from, long to, Source source) throws UserError {
        throw new UnsupportedOperationException();
    }

    public boolean has(int piece) {
        throw new UnsupportedOperationException();
    }

    /** A peer, if any byte of the piece came from one; null until the piece is whole. */
    public @Nullable Source source(int piece) {
        throw new UnsupportedOperationException();
    }

    /** How many bytes from the start on are written. */
    public long contiguous() {
        throw new UnsupportedOperationException();
    }

    /** Reads back what was written. Returns how much, or -1 at the end. */
    public int read(ByteBuffer into, long at) throws UserError {
        throw new UnsupportedOperationException();
    }

    /** Forces what is whole to the disk and writes it down, so that a crash does not lose it. */
    public void flush() throws UserError {
        throw new UnsupportedOperationException();
    }

    /** The piece was wrong, and is to be fetched again. */
    public void forget(int piece) throws UserError {
        throw new UnsupportedOperationException();
    }

    /**
     * Gives the file its name, once its content is known to be right. The folder of the target must be forced
     * afterwards; {@link #close} then drops the journal.
     *
     * @param replace whether an existing file gives way; if not, this part is dropped, since it is the same content
     */
    public void publish(Path target, boolean replace) throws UserError {
        throw new UnsupportedOperationException();
    }

    /** Removes the part and its journal. */
    public void discard() {
        throw new UnsupportedOperationException();
    }

    /** Keeps part and journal for a later {@link #open}, unless the file was published. */
    @Override
    public void close() {}
}
