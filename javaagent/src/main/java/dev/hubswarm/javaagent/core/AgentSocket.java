package dev.hubswarm.javaagent.core;

import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * One connection to the agent. Unix sockets know no timeouts, so it waits by a selector. Used by one thread, closed by
 * any.
 */
final class AgentSocket implements Closeable {
    private static final int MOST_HEAD_BYTES = 64 << 10;
    /** How soon it is noticed that the program has given up. */
    private static final long GLANCE_MILLIS = 250;

    private final SocketChannel channel;
    private final Selector selector;
    private final ByteBuffer in = ByteBuffer.allocate(16 << 10).limit(0);

    private AgentSocket(SocketChannel channel, Selector selector) {
        this.channel = channel;
        this.selector = selector;
    }

    /** Not by java.net.Socket, which would ask the host's proxy selector about a loopback address. */
    static AgentSocket connect(SocketAddress address) throws IOException {
        SocketChannel channel = address instanceof UnixDomainSocketAddress
                ? SocketChannel.open(StandardProtocolFamily.UNIX)
                : SocketChannel.open();
        try {
            channel.connect(address);
            channel.configureBlocking(false);
            Selector selector = channel.provider().openSelector();
            channel.register(selector, SelectionKey.OP_READ);
            return new AgentSocket(channel, selector);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /** A request is smaller than a socket's buffer, or nobody reads it. */
    void send(String request) throws IOException {
        ByteBuffer out = ByteBuffer.wrap(request.getBytes(StandardCharsets.ISO_8859_1));
        while (out.hasRemaining()) if (channel.write(out) == 0) throw new IOException("the agent reads no request");
    }

    /** The head of an answer, without the empty line. */
    String head(long millis, BooleanSupplier givenUp) throws IOException {
        StringBuilder head = new StringBuilder();
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        while (head.length() < MOST_HEAD_BYTES) {
            if (!in.hasRemaining()) {
                long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
                in.clear();
                int got = receive(in, left, givenUp);
                in.flip();
                if (got < 0) throw new IOException("the agent broke off");
            }
            head.append((char) (in.get() & 0xff));
            int length = head.length();
            if (length >= 4
                    && head.charAt(length - 1) == '\n'
                    && head.substring(length - 4).equals("\r\n\r\n")) return head.substring(0, length - 4);
        }
        throw new IOException("the agent's answer has no end");
    }

    /** As {@link java.io.InputStream#read(byte[], int, int)}; it waits for no longer than that for the next byte. */
    int read(byte[] to, int offset, int length, long millis, BooleanSupplier givenUp) throws IOException {
        if (!in.hasRemaining()) return receive(ByteBuffer.wrap(to, offset, length), millis, givenUp);
        int count = Math.min(length, in.remaining());
        in.get(to, offset, count);
        return count;
    }

    private int receive(ByteBuffer to, long millis, BooleanSupplier givenUp) throws IOException {
        long left = millis;
        while (true) {
            int got = channel.read(to);
            if (got != 0) return got;
            if (givenUp.getAsBoolean()) throw new InterruptedIOException("Canceled");
            if (left <= 0) throw new SocketTimeoutException("the agent sends nothing");
            selector.select(Math.min(left, GLANCE_MILLIS));
            selector.selectedKeys().clear();
            // The flag stays, for who catches this.
            if (Thread.currentThread().isInterrupted()) throw new InterruptedIOException("interrupted");
            left -= GLANCE_MILLIS;
        }
    }

    @Override
    public void close() {
        try (channel;
                selector) {
            // Both, whatever the first says.
        } catch (IOException e) {
            // Nothing is written that could be lost.
        }
    }
}
