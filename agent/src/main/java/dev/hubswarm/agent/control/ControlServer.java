package dev.hubswarm.agent.control;

import dev.hubswarm.base.UserError;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.timeout.ReadTimeoutHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The control port and the control socket: the same for both but that a socket has no host name. Thread-safe. */
@SuppressWarnings("FutureReturnValueIgnored")
final class ControlServer implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(ControlServer.class.getName());

    private static final int MOST_CONNECTIONS = 64;
    /** A torrent of 32 MiB, as text. */
    private static final int MOST_BODY = 48 << 20;

    private static final int LINE = 4096;
    private static final int HEADERS = 16 << 10;
    private static final int IDLE_SECONDS = 30;
    private static final int WORKERS = 4;
    private static final int STOP_SECONDS = 2;

    private final Admission admission;
    private final ControlApi api;
    private final long idleMillis;
    private final EventLoopGroup loop = new MultiThreadIoEventLoopGroup(
            1, new DefaultThreadFactory("hubswarm-control", true), NioIoHandler.newFactory());
    private final ThreadPoolExecutor workers = new ThreadPoolExecutor(
            WORKERS,
            WORKERS,
            10,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(MOST_CONNECTIONS),
            new DefaultThreadFactory("hubswarm-control-api", true));
    private final ChannelGroup connections = new DefaultChannelGroup(loop.next());
    private final LocalDoors doors;

    private ControlServer(
            ControlConfig config, @Nullable Path socket, ControlToken token, ControlApi api, long idleMillis)
            throws UserError {
        this.admission = new Admission(token);
        this.api = api;
        this.idleMillis = idleMillis;
        workers.allowCoreThreadTimeOut(true);
        try {
            doors = LocalDoors.open(
                    "control",
                    this::bootstrap,
                    config.listen(),
                    config.allowedHosts(),
                    socket,
                    cause -> PortTaken.explain(config.listen(), cause),
                    this::accept);
        } catch (UserError | RuntimeException e) {
            stop();
            throw e;
        }
    }

    /** @param socket for the same by a path; null if there is none to be had */
    static ControlServer start(ControlConfig config, @Nullable Path socket, ControlToken token, ControlApi api)
            throws UserError {
        return start(config, socket, token, api, TimeUnit.SECONDS.toMillis(IDLE_SECONDS));
    }

    static ControlServer start(
            ControlConfig config, @Nullable Path socket, ControlToken token, ControlApi api, long idleMillis)
            throws UserError {
        return new ControlServer(config, socket, token, api, idleMillis);
    }

    private ServerBootstrap bootstrap() {
        return new ServerBootstrap().group(loop);
    }

    private void accept(Channel channel, @Nullable HostNames names) {
        if (connections.size() >= MOST_CONNECTIONS) {
            channel.close();
            return;
        }
        connections.add(channel);
        channel.pipeline()
                .addLast(new IdleEnd(idleMillis))
                .addLast(new HttpServerCodec(LINE, HEADERS, HEADERS))
                .addLast(new Gate(admission, names))
                .addLast(new HttpObjectAggregator(MOST_BODY))
                .addLast(new ControlConnection(admission, api, workers));
    }

    /** Ends a connection whose client is silent; not one that waits for us, who may wait for the Hub. */
    private static final class IdleEnd extends ReadTimeoutHandler {
        IdleEnd(long millis) {
            super(millis, TimeUnit.MILLISECONDS);
        }

        @Override
        protected void readTimedOut(ChannelHandlerContext context) throws Exception {
            if (context.channel().config().isAutoRead()) super.readTimedOut(context);
        }
    }

    /** With the port it got. */
    InetSocketAddress address() {
        return doors.address();
    }

    /** Null if there is none. */
    @Nullable
    Path socket() {
        return doors.socket();
    }

    /** Takes no more requests; those that are being answered may be. */
    @Override
    public void close() {
        doors.closePort(STOP_SECONDS);
        stop();
        doors.removeSocket();
    }

    private void stop() {
        workers.shutdownNow();
        try {
            // They hand what they have to the loop.
            if (!workers.awaitTermination(STOP_SECONDS, TimeUnit.SECONDS))
                LOG.log(System.Logger.Level.WARNING, () -> "an answer does not end");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        connections.close().awaitUninterruptibly(STOP_SECONDS, TimeUnit.SECONDS);
        loop.shutdownGracefully(0, STOP_SECONDS, TimeUnit.SECONDS).awaitUninterruptibly(STOP_SECONDS, TimeUnit.SECONDS);
    }
}
