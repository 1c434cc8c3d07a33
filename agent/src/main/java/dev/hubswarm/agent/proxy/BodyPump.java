package dev.hubswarm.agent.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import io.netty.channel.DefaultFileRegion;
import io.netty.handler.codec.http.DefaultHttpContent;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Sends parts of a file to a client, a few MiB at a time and the next when those are gone: so one client that is fast
 * does not keep a loop from the others, and one that is slow costs no memory. Confined to the client's loop.
 *
 * <p>Without TLS the kernel sends them and no byte comes into this process; what is not in its page cache it reads on the
 * loop, as nginx does. For TLS they are read elsewhere, the next part while the loop encrypts the one before.
 */
@SuppressWarnings("FutureReturnValueIgnored")
final class BodyPump {
    private static final int REGION = 4 << 20;
    private static final int BUFFER = 128 << 10;
    /** Of buffers that are not with the client yet. */
    private static final int MOST_UNSENT = 2;

    private final ClientConnection client;
    private final FileChannel file;
    private final Executor disk;
    private final Runnable broken;
    private final boolean isTls;
    /** Sent up to here, and begun to be sent up to {@link #next}. */
    private long at;

    private long next;
    private long to;
    private Runnable done = () -> {};
    private boolean isReading;
    private int unsent;
    private boolean isStopped;

    /**
     * @param file stays open until {@link #stop} or the last {@code done}
     * @param disk reads for TLS
     * @param broken called once, if it cannot be read
     */
    BodyPump(ClientConnection client, FileChannel file, Executor disk, Runnable broken) {
        this.client = client;
        this.file = file;
        this.disk = disk;
        this.broken = broken;
        this.isTls = client.isTls();
    }

    /** @param whenSent called when nothing of it is needed any more */
    void send(long from, long until, Runnable whenSent) {
        at = from;
        next = from;
        to = until;
        done = whenSent;
        writable();
    }

    /** The client takes more. */
    void writable() {
        if (isStopped || next == to) return;
        if (!isTls && unsent == 0) sendRegion();
        else if (isTls && !isReading && unsent < MOST_UNSENT) read();
    }

    private void sendRegion() {
        int length = (int) Math.min(REGION, to - next);
        long from = next;
        next += length;
        unsent++;
        ChannelFuture sent = client.content(new Shared(file, from, length));
        sent.addListener(result -> sent(length, result.cause()));
    }

    private void read() {
        int length = (int) Math.min(BUFFER, to - next);
        long from = next;
        next += length;
        isReading = true;
        try {
            disk.execute(() -> {
                try {
                    ByteBuf bytes = read(from, length);
                    client.loop().execute(() -> deliver(bytes, length));
                } catch (IOException | RuntimeException | OutOfMemoryError e) {
                    client.loop().execute(this::fail);
                }
            });
        } catch (RejectedExecutionException e) {
            fail();
        }
    }

    private ByteBuf read(long from, int length) throws IOException {
        ByteBuf bytes = client.channel().alloc().directBuffer(length);
        try {
            while (bytes.readableBytes() < length) {
                int read = bytes.writeBytes(file, from + bytes.readableBytes(), length - bytes.readableBytes());
                if (read < 0) throw new IOException("the file became shorter");
            }
            return bytes;
        } catch (IOException | RuntimeException e) {
            bytes.release();
            throw e;
        }
    }

    private void deliver(ByteBuf bytes, int length) {
        isReading = false;
        if (isStopped) {
            bytes.release();
            return;
        }
        unsent++;
        writable();
        client.content((Object) new DefaultHttpContent(bytes)).addListener(result -> sent(length, result.cause()));
    }

    private void sent(int length, @Nullable Throwable failure) {
        unsent--;
        if (isStopped) return;
        if (failure != null) {
            fail();
            return;
        }
        at += length;
        if (at == to) done.run();
        else writable();
    }

    private void fail() {
        if (isStopped) return;
        isStopped = true;
        broken.run();
    }

    /** Nothing is sent any more. */
    void stop() {
        isStopped = true;
    }

    /** A part of a file that outlives it. */
    private static final class Shared extends DefaultFileRegion {
        private Shared(FileChannel file, long position, long count) {
            super(file, position, count);
        }

        @Override
        protected void deallocate() {}
    }
}
