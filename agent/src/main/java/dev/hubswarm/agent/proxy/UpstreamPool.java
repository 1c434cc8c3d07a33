package dev.hubswarm.agent.proxy;

import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The connections of one event loop to the Hub and other hosts. Confined to that loop, which is the clients', too: so a
 * body goes from one socket to the other without changing threads, and who cannot keep up holds up the one he hears.
 */
@SuppressWarnings("FutureReturnValueIgnored")
final class UpstreamPool {
    private static final int LINE = 8 << 10;
    private static final int HEADERS = 64 << 10;
    private static final int CHUNK = 64 << 10;
    private static final int MOST_IDLE = 16;
    /** Less than servers usually wait, so that few requests meet a connection that is being closed. */
    private static final long IDLE_SECONDS = 15;

    private record Idle(UpstreamConnection connection, ScheduledFuture<?> end) {}

    private final EventLoop loop;
    private final Connector connector;
    private final Map<HttpOrigin, Deque<Idle>> idle = new HashMap<>();

    UpstreamPool(EventLoop loop, Connector connector) {
        this.loop = loop;
        this.connector = connector;
    }

    EventLoop loop() {
        return loop;
    }

    Connector connector() {
        return connector;
    }

    UpstreamCall send(UpstreamRequest request, UpstreamListener listener) {
        UpstreamCall call = new UpstreamCall(this, request, listener);
        UpstreamConnection known = request.destinations() == null ? take(request.origin()) : null;
        // Later, so that the caller has what this returns before he hears of it.
        if (known == null) connect(call);
        else loop.execute(() -> reuse(call, known));
        return call;
    }

    private void reuse(UpstreamCall call, UpstreamConnection known) {
        if (call.isOver()) release(call.request().origin(), known);
        else if (known.isOpen()) call.begin(known, true);
        else connect(call);
    }

    void connect(UpstreamCall call) {
        UpstreamRequest request = call.request();
        connector
                .connect(loop, request.origin(), Connector.Use.REQUESTS, request.destinations())
                .addListener(done -> {
                    if (!done.isSuccess()) {
                        call.fail(done.cause());
                        return;
                    }
                    Connector.Link link = (Connector.Link) done.getNow();
                    UpstreamConnection connection = new UpstreamConnection(this, link);
                    link.channel()
                            .pipeline()
                            .addLast(new HttpClientCodec(
                                    new HttpDecoderConfig()
                                            .setMaxInitialLineLength(LINE)
                                            .setMaxHeaderSize(HEADERS)
                                            .setMaxChunkSize(CHUNK),
                                    false,
                                    true))
                            .addLast(connection);
                    if (call.isOver()) release(request.origin(), connection);
                    else call.begin(connection, false);
                });
    }

    private @Nullable UpstreamConnection take(HttpOrigin origin) {
        Deque<Idle> waiting = idle.get(origin);
        while (waiting != null && !waiting.isEmpty()) {
            Idle next = waiting.pop();
            next.end.cancel(false);
            if (next.connection.isOpen()) return next.connection;
        }
        return null;
    }

    void release(HttpOrigin origin, UpstreamConnection connection) {
        Deque<Idle> waiting = idle.computeIfAbsent(origin, any -> new ArrayDeque<>());
        if (!connection.isOpen() || waiting.size() >= MOST_IDLE || loop.isShuttingDown()) {
            connection.close();
            return;
        }
        // Its end must be noticed.
        connection.read(true);
        waiting.push(new Idle(
                connection,
                loop.schedule(
                        () -> {
                            gone(connection);
                            connection.close();
                        },
                        IDLE_SECONDS,
                        TimeUnit.SECONDS)));
    }

    void gone(UpstreamConnection connection) {
        idle.values().removeIf(waiting -> {
            waiting.removeIf(next -> {
                if (next.connection != connection) return false;
                next.end.cancel(false);
                return true;
            });
            return waiting.isEmpty();
        });
    }
}
