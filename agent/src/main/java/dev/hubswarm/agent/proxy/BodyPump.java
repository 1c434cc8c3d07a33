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
 * loop, as nginx does. For TLS they are read elsewhere.
 */
@SuppressWarnings("FutureReturnValueIgnored")
final class BodyPump {
    private static final int REGION = 4 << 20;
    private static final int BUFFER = 128 << 10;

    private final ClientConnection client;
    private final FileChannel file;
    private final Executor disk;
    private final Runnable broken;
    private final boolean isTls;
    private long at;
    private long to;
    private Runnable done = () -> {};
    private boolean isBusy;
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
        to = until;
        done = whenSent;
        writable();
    }

    /** The client takes more. */
    void writable() {
        if (isStopped || isBusy || at == to) return;
        isBusy = true;
        if (isTls) read();
        else sendRegion();
    }

    private void sendRegion() {
        int length = (int) Math.min(REGION, to - at);
        ChannelFuture sent = client.content(new Shared(file, at, length));
        sent.addListener(result -> sent(length, result.cause()));
    }

    private void read() {
        int length = (int) Math.min(BUFFER, to - at);
        long from = at;
        try {
            disk.execute(() -> {
                ByteBuf bytes = client.channel().alloc().directBuffer(length);
                try {
                    while (bytes.readableBytes() < length) {
                        int read = bytes.writeBytes(file, from + bytes.readableBytes(), length - bytes.readableBytes());
                        if (read < 0) throw new IOException("the file became shorter");
                    }
                    client.loop().execute(() -> deliver(bytes, length));
                } catch (IOException | RuntimeException e) {
                    bytes.release();
                    client.loop().execute(() -> sent(0, e));
                }
            });
        } catch (RejectedExecutionException e) {
            sent(0, e);
        }
    }

    private void deliver(ByteBuf bytes, int length) {
        if (isStopped) bytes.release();
        else client.content((Object) new DefaultHttpContent(bytes)).addListener(result -> sent(length, result.cause()));
    }

    private void sent(int length, @Nullable Throwable failure) {
        isBusy = false;
        if (isStopped) return;
        if (failure != null) {
            isStopped = true;
            broken.run();
            return;
        }
        at += length;
        if (at == to) done.run();
        else writable();
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
