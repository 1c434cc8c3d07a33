package dev.hubswarm.agent.proxy;

import dev.hubswarm.agent.control.HostNames;
import dev.hubswarm.agent.control.LocalDoors;
import dev.hubswarm.agent.control.PortTaken;
import dev.hubswarm.agent.control.SocketPath;
import dev.hubswarm.base.UserError;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.handler.flow.FlowControlHandler;
import io.netty.handler.timeout.IdleStateHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The proxy's port and socket: the same for both but that a socket has no host name. Thread-safe.
 *
 * <p>NIO serves both, and sends files without copying them as the machine's own transports do.
 */
@SuppressWarnings("FutureReturnValueIgnored")
public final class ProxyServer implements AutoCloseable {
    private static final int MOST_CONNECTIONS = 1024;
    private static final int BACKLOG = 1024;
    private static final int LEAST_LOOPS = 2;
    /** Of a client that takes nothing. */
    private static final int STALL_SECONDS = 60;

    private static final int STOP_SECONDS = 2;

    private final ProxyDesk desk;
    private final EventLoopGroup loops = new MultiThreadIoEventLoopGroup(
            Math.max(LEAST_LOOPS, Runtime.getRuntime().availableProcessors() / 2),
            new DefaultThreadFactory("hubswarm-proxy", true),
            NioIoHandler.newFactory());
    private final Map<EventExecutor, UpstreamPool> upstreams = new HashMap<>();
    private final ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
    private final SilentClients silent = new SilentClients();
    private final LocalDoors doors;

    private ProxyServer(ProxyConfig config, @Nullable Path socket, ProxyParts parts) throws UserError {
        desk = new ProxyDesk(parts);
        Connector connector =
                new Connector(parts.hub().config().proxies(), parts.hub().tls(), desk.names());
        for (EventExecutor loop : loops) upstreams.put(loop, new UpstreamPool((EventLoop) loop, connector));
        try {
            doors = LocalDoors.open(
                    "proxy",
                    this::bootstrap,
                    config.listen(),
                    config.allowedHosts(),
                    socket,
                    cause -> PortTaken.explainProxy(config.listen(), cause),
                    this::accept);
        } catch (UserError | RuntimeException e) {
            stop();
            throw e;
        }
    }

    public static ProxyServer start(ProxyConfig config, ProxyParts parts) throws UserError {
        return new ProxyServer(config, SocketPath.find(parts.home(), config.runtimeFolder(), "proxy"), parts);
    }

    private ServerBootstrap bootstrap() {
        return new ServerBootstrap().group(loops).option(ChannelOption.SO_BACKLOG, BACKLOG);
    }

    private void accept(Channel channel, @Nullable HostNames names) {
        if (connections.size() >= MOST_CONNECTIONS && !silent.leaveOldest()) {
            channel.close();
            return;
        }
        connections.add(channel);
        silent.add(channel);
        UpstreamPool upstream = Objects.requireNonNull(upstreams.get(channel.eventLoop()));
        channel.pipeline().addLast(new IdleStateHandler(true, 0, STALL_SECONDS, 0, TimeUnit.SECONDS));
        addHttp(channel.pipeline(), new Reception(desk, upstream, names, null), () -> silent.remove(channel));
    }

    /**
     * From bytes to exchanges.
     *
     * @param asked called with each request
     */
    static void addHttp(ChannelPipeline pipeline, Reception reception, Runnable asked) {
        ClientPatience patience = new ClientPatience(asked);
        ResponseEncoder encoder = new ResponseEncoder();
        pipeline.addLast(patience)
                .addLast(new RequestDecoder())
                .addLast(encoder)
                .addLast(new FlowControlHandler())
                .addLast(new ClientConnection(reception, patience, encoder));
    }

    /** With the port it got. */
    public InetSocketAddress address() {
        return doors.address();
    }

    /** Null if there is none. */
    public @Nullable Path socket() {
        return doors.socket();
    }

    /** Programs that do not trust our certificates, and so get nothing of what we do. */
    public List<String> distrusting() {
        return desk.distrust().names(System.nanoTime());
    }

    /** Takes nobody any more, and ends what is under way: clients go on elsewhere from where they are. */
    @Override
    public void close() {
        doors.closePort(STOP_SECONDS);
        stop();
        doors.removeSocket();
    }

    private void stop() {
        connections.close().awaitUninterruptibly(STOP_SECONDS, TimeUnit.SECONDS);
        loops.shutdownGracefully(0, STOP_SECONDS, TimeUnit.SECONDS)
                .awaitUninterruptibly(STOP_SECONDS, TimeUnit.SECONDS);
        desk.close();
    }
}
