package dev.hubswarm.javaagent.core;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A file's bytes from the agent. If it stops in between, the rest comes from where the Hub had sent the program, so the
 * program notices nothing. Read by one thread, closed by any.
 */
public final class Body extends InputStream {
    /** The agent promises a byte every eight seconds (design.md section 5). */
    private static final long PATIENCE_MILLIS = 20_000;

    private final AgentSocket socket;
    private final Rest rest;
    private final BooleanSupplier givenUp;
    private final Log log;
    private final long first;
    private final long length;
    private final long total;
    private long position;
    private volatile @Nullable InputStream instead;
    private volatile boolean closed;

    Body(AgentSocket socket, Rest rest, BooleanSupplier givenUp, Log log, long first, long length, long total) {
        this.socket = socket;
        this.rest = rest;
        this.givenUp = () -> closed || givenUp.getAsBoolean();
        this.log = log;
        this.first = first;
        this.length = length;
        this.total = total;
    }

    public long length() {
        return length;
    }

    public boolean isAtEnd() {
        return position == length;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] to, int offset, int count) throws IOException {
        Objects.checkFromIndexSize(offset, count, to.length);
        if (closed) throw new IOException("Stream closed");
        if (count == 0) return 0;
        if (position == length) return -1;
        int most = (int) Math.min(count, length - position);
        int got = instead == null ? fromAgent(to, offset, most) : instead.read(to, offset, most);
        if (got < 0) throw new IOException("Premature EOF");
        position += got;
        if (position == length) socket.close();
        return got;
    }

    private int fromAgent(byte[] to, int offset, int most) throws IOException {
        IOException trouble;
        try {
            int got = socket.read(to, offset, most, PATIENCE_MILLIS, givenUp);
            if (got >= 0) return got;
            trouble = new IOException("Premature EOF");
        } catch (InterruptedIOException e) {
            if (givenUp.getAsBoolean() || Thread.currentThread().isInterrupted()) throw e;
            trouble = e;
        } catch (IOException e) {
            if (givenUp.getAsBoolean()) throw e;
            trouble = e;
        }
        socket.close();
        long from = first + position;
        log.debug(() -> "the agent broke off; the Hub is asked for what is behind byte " + from);
        try {
            InputStream other = restFrom(from);
            instead = other;
            return other.read(to, offset, most);
        } catch (IOException e) {
            e.addSuppressed(trouble);
            throw e;
        }
    }

    /** The digest is in the address that the Hub signed, so the bytes are of the same file; their place is looked at. */
    private InputStream restFrom(long from) throws IOException {
        Rest.Reply reply = rest.ask(from, first + length - 1);
        if (reply.status() == 206
                && reply.contentRange().equals("bytes " + from + '-' + (first + length - 1) + '/' + total))
            return reply.body();
        if (reply.status() == 200) {
            reply.body().skipNBytes(from);
            return reply.body();
        }
        reply.body().close();
        throw new IOException("The download broke off, and could not be gone on with (" + reply.status() + ")");
    }

    @Override
    public int available() throws IOException {
        return instead == null ? 0 : (int) Math.min(instead.available(), length - position);
    }

    @Override
    public void close() throws IOException {
        closed = true;
        socket.close();
        InputStream other = instead;
        if (other != null) other.close();
    }
}
