package dev.hubswarm.agent.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.ScheduledFuture;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One request to the Hub or another host, and its answer. Confined to the loop of its pool. */
@SuppressWarnings("FutureReturnValueIgnored")
final class UpstreamCall {
    /** A connection that says nothing for so long in the middle of a body is dead; clients give up sooner. */
    private static final Duration BODY_PATIENCE = Duration.ofSeconds(60);

    private static final long LOOK_SECONDS = 2;
    /** More of a redirect's text than this is not worth the connection. */
    private static final long MOST_DISCARDED = 64 << 10;

    private final UpstreamPool pool;
    private final UpstreamRequest request;
    private final ScheduledFuture<?> watch;
    private UpstreamListener listener;
    private @Nullable UpstreamConnection connection;
    private boolean wasIdle;
    private boolean mayRepeat = true;
    private boolean hasHead;
    private boolean isSent;
    private boolean isPaused;
    private boolean isOver;
    private long lastNanos = System.nanoTime();

    UpstreamCall(UpstreamPool pool, UpstreamRequest request, UpstreamListener listener) {
        this.pool = pool;
        this.request = request;
        this.listener = listener;
        this.watch = pool.loop().scheduleWithFixedDelay(this::look, LOOK_SECONDS, LOOK_SECONDS, TimeUnit.SECONDS);
    }

    UpstreamRequest request() {
        return request;
    }

    /** @param isUsed whether the other side may have closed it before it sees the request */
    void begin(UpstreamConnection over, boolean isUsed) {
        connection = over;
        wasIdle = isUsed;
        lastNanos = System.nanoTime();
        over.begin(this);
        isSent = !request.hasBody();
        if (isPaused) over.read(false);
        listener.ready();
    }

    /** Takes it over. */
    void write(HttpContent content) {
        UpstreamConnection over = connection;
        if (isOver || over == null) {
            ReferenceCountUtil.release(content);
            return;
        }
        lastNanos = System.nanoTime();
        if (content instanceof LastHttpContent) isSent = true;
        over.write(content);
    }

    boolean isWritable() {
        return connection != null && connection.isWritable();
    }

    /** Reads no more than is on its way. */
    void pause() {
        read(false);
    }

    void resume() {
        read(true);
    }

    private void read(boolean isOn) {
        if (isPaused != isOn) return;
        isPaused = !isOn;
        lastNanos = System.nanoTime();
        if (connection != null && !isOver) connection.read(isOn);
    }

    /** Nobody wants the rest. */
    void cancel() {
        if (over() && connection != null) connection.close();
    }

    /** Nobody wants the rest, but the connection is worth more than what is left to read. */
    void discard() {
        if (isOver) return;
        resume();
        listener = new UpstreamListener() {
            private long bytes;

            @Override
            public void head(HttpResponse response) {}

            @Override
            public void content(ByteBuf content) {
                bytes += content.readableBytes();
                content.release();
                if (bytes > MOST_DISCARDED) cancel();
            }

            @Override
            public void end() {}

            @Override
            public void failed(IOException why) {}
        };
    }

    boolean isOver() {
        return isOver;
    }

    void head(HttpResponse response) {
        hasHead = true;
        lastNanos = System.nanoTime();
        listener.head(response);
    }

    void content(ByteBuf content) {
        lastNanos = System.nanoTime();
        if (isOver) content.release();
        else listener.content(content);
    }

    void writable() {
        if (!isOver) listener.writable();
    }

    /** @param mayReuse whether the connection is good for another request */
    void end(boolean mayReuse) {
        UpstreamConnection over = connection;
        if (!over() || over == null) return;
        if (mayReuse && isSent) pool.release(request.origin(), over);
        else over.close();
        listener.end();
    }

    void fail(Throwable why) {
        if (isOver) return;
        boolean isDropped = connection != null && !(why instanceof SocketTimeoutException);
        if (isDropped && mayRepeat && !hasHead && !request.hasBody()) {
            // Most often it was closed while the request was on its way (RFC 9112 section 9.3.1); clients that saw no
            // answer at all would not ask again.
            mayRepeat = wasIdle;
            wasIdle = false;
            connection = null;
            pool.connect(this);
            return;
        }
        over();
        if (connection != null) connection.close();
        listener.failed(why instanceof IOException io ? io : new IOException(why));
    }

    private boolean over() {
        if (isOver) return false;
        isOver = true;
        watch.cancel(false);
        return true;
    }

    private void look() {
        if (isPaused && hasHead) return;
        long silent = System.nanoTime() - lastNanos;
        Duration patience = hasHead ? BODY_PATIENCE : request.patience();
        if (silent > patience.toNanos())
            fail(new SocketTimeoutException("nothing came for " + patience.toSeconds() + " s"));
    }
}
