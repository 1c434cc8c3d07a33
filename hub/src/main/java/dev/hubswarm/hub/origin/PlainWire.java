package dev.hubswarm.hub.origin;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * TCP without TLS. A channel with a selector of its own: only so are there both a time limit and reading straight into
 * a direct buffer, which a {@code Socket} would do with one copy more.
 */
final class PlainWire implements Wire {
    private final SocketChannel channel;
    private final Selector selector;
    private final SelectionKey key;
    private final Duration timeout;

    private PlainWire(SocketChannel channel, Selector selector, Duration timeout) throws IOException {
        this.channel = channel;
        this.selector = selector;
        this.timeout = timeout;
        this.key = channel.register(selector, 0);
    }

    static PlainWire connect(InetAddress address, int port, Duration timeout) throws IOException {
        SocketChannel channel = SocketChannel.open();
        Selector selector = null;
        try {
            selector = Selector.open();
            channel.configureBlocking(false);
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            PlainWire wire = new PlainWire(channel, selector, timeout);
            if (!channel.connect(new InetSocketAddress(address, port))) {
                while (!channel.finishConnect()) wire.await(SelectionKey.OP_CONNECT);
            }
            return wire;
        } catch (IOException | RuntimeException e) {
            if (selector != null) selector.close();
            channel.close();
            throw e;
        }
    }

    @Override
    public int read(ByteBuffer into) throws IOException {
        while (true) {
            int read = channel.read(into);
            if (read != 0) return read;
            await(SelectionKey.OP_READ);
        }
    }

    @Override
    public void writeAll(ByteBuffer from) throws IOException {
        while (from.hasRemaining()) {
            if (channel.write(from) == 0) await(SelectionKey.OP_WRITE);
        }
    }

    private void await(int operation) throws IOException {
        try {
            key.interestOps(operation);
            long deadline = System.nanoTime() + timeout.toNanos();
            while (selector.select(Math.max(1, TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime()))) == 0) {
                if (Thread.currentThread().isInterrupted()) throw new ClosedByInterruptException();
                if (System.nanoTime() >= deadline) {
                    throw new SocketTimeoutException("nothing came for " + timeout.toSeconds() + " s");
                }
            }
            selector.selectedKeys().clear();
        } catch (ClosedSelectorException | java.nio.channels.CancelledKeyException e) {
            AsynchronousCloseException closed = new AsynchronousCloseException();
            closed.initCause(e);
            throw closed;
        }
    }

    @Override
    public void close() throws IOException {
        // The selector first: closing it wakes a thread that waits, which closing the channel alone need not.
        try {
            selector.close();
        } finally {
            channel.close();
        }
    }
}
