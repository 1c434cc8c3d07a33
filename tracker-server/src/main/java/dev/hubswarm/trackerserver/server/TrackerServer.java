package dev.hubswarm.trackerserver.server;

import dev.hubswarm.base.UserError;
import dev.hubswarm.protocol.announce.ConnectionIds;
import dev.hubswarm.protocol.announce.PeerAddress;
import dev.hubswarm.trackerserver.swarm.SwarmTable;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.socket.SocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * The tracker's sockets: HTTP and, on the same port number, UDP. Announces and scrapes are answered from a
 * {@link SwarmTable}, everything else by an {@link Api}. Thread-safe.
 */
@SuppressWarnings("FutureReturnValueIgnored")
public final class TrackerServer implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(TrackerServer.class.getName());
    private static final int SWEEP_SECONDS = 15;
    private static final int STOP_SECONDS = 5;

    private final TrackerCounters counters;
    private final Transport transport = Transport.best();
    private final Map<EventLoop, Connections> connections = new HashMap<>();
    private final ByteBufAllocator buffers;
    private final Tracker tracker;
    private final HttpService http;
    private final EventLoopGroup loops;
    private final ThreadPoolExecutor workers;
    private final ScheduledExecutorService sweeper;
    private final List<Channel> listening = new ArrayList<>();
    private @Nullable UdpSockets datagrams;

    TrackerServer(
            ServerConfig config,
            SwarmTable swarms,
            Api api,
            TrackerCounters counters,
            ByteBufAllocator buffers,
            int threads) {
        ServerLimits limits = config.limits();
        this.counters = counters;
        this.buffers = buffers;
        workers = new ThreadPoolExecutor(
                limits.apiThreads(),
                limits.apiThreads(),
                0,
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(limits.apiQueue()),
                new DefaultThreadFactory("hubswarm-tracker-api", true));
        sweeper = Executors.newSingleThreadScheduledExecutor(new DefaultThreadFactory("hubswarm-tracker-sweep", true));
        loops = new MultiThreadIoEventLoopGroup(
                threads, new DefaultThreadFactory("hubswarm-tracker", true), transport.handler());
        long now = System.nanoTime();
        tracker = new Tracker(swarms, config, counters, now);
        http = new HttpService(tracker, config, api, workers, now);
        long checkMillis = Math.min(1000, Math.max(1, limits.headTimeout().toMillis() / 2));
        for (EventExecutor executor : loops) {
            Connections ofLoop = new Connections();
            connections.put((EventLoop) executor, ofLoop);
            executor.scheduleWithFixedDelay(
                    () -> ofLoop.closeLate(System.nanoTime()), checkMillis, checkMillis, TimeUnit.MILLISECONDS);
        }
        sweeper.scheduleWithFixedDelay(
                () -> swarms.sweep(System.nanoTime()), SWEEP_SECONDS, SWEEP_SECONDS, TimeUnit.SECONDS);
    }

    public static TrackerServer start(ServerConfig config, SwarmTable swarms, Api api) throws UserError {
        return start(config, swarms, api, new TrackerCounters());
    }

    /** @param counters for an API that shows them */
    public static TrackerServer start(ServerConfig config, SwarmTable swarms, Api api, TrackerCounters counters)
            throws UserError {
        // One core is left to the workers, the compiler and the collector.
        int threads = Math.max(1, Runtime.getRuntime().availableProcessors() - 1);
        TrackerServer server = new TrackerServer(config, swarms, api, counters, ByteBufAllocator.DEFAULT, threads);
        try {
            server.listen(config);
            return server;
        } catch (Exception e) {
            // Netty throws a BindException that it does not declare.
            String protocol = server.listening.isEmpty() ? "TCP" : "UDP";
            server.close();
            throw ListenFailure.of(protocol, config.listen(), e);
        }
    }

    /** Each loop has sockets of its own, so that a connection never changes threads. */
    void listen(ServerConfig config) {
        InetSocketAddress address = config.listen();
        List<EventLoop> listeners = new ArrayList<>(connections.keySet());
        if (!transport.isEpoll()) listeners.subList(1, listeners.size()).clear();
        boolean shared = listeners.size() > 1;
        if (shared) {
            // Sharing is among us: whoever else has the port already must make this fail.
            ServerBootstrap alone = tcp(loops.next(), false);
            Channel probe = alone.bind(address).syncUninterruptibly().channel();
            address = (InetSocketAddress) probe.localAddress();
            probe.close().syncUninterruptibly();
        }
        for (EventLoop loop : listeners) {
            Channel tcp = tcp(loop, shared).bind(address).syncUninterruptibly().channel();
            listening.add(tcp);
            address = (InetSocketAddress) tcp.localAddress();
        }
        if (config.udp()) listenForDatagrams(listeners, address);
    }

    private ServerBootstrap tcp(EventLoop loop, boolean shared) {
        ServerBootstrap bootstrap = new ServerBootstrap()
                .group(loop, shared ? loop : loops)
                .channel(transport.server())
                .option(ChannelOption.SO_BACKLOG, 4096)
                .option(ChannelOption.SO_REUSEADDR, true)
                .childOption(ChannelOption.ALLOCATOR, buffers)
                .childHandler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) {
                        accept(channel);
                    }
                });
        if (shared) bootstrap.option(EpollChannelOption.SO_REUSEPORT, true);
        return bootstrap;
    }

    private void listenForDatagrams(List<EventLoop> listeners, InetSocketAddress address) {
        SecureRandom random = new SecureRandom();
        ConnectionIds ids = new ConnectionIds(random.nextLong(), random.nextLong());
        UdpSockets sockets = new UdpSockets(listeners, loop -> udp(loop, ids), address);
        datagrams = sockets;
        if (!transport.isEpoll()) return;
        sockets.follow();
        sweeper.scheduleWithFixedDelay(sockets::follow, SWEEP_SECONDS, SWEEP_SECONDS, TimeUnit.SECONDS);
    }

    private Bootstrap udp(EventLoop loop, ConnectionIds ids) {
        Bootstrap bootstrap = new Bootstrap()
                .group(loop)
                .option(ChannelOption.ALLOCATOR, buffers)
                .handler(new UdpHandler(tracker, ids));
        transport.configure(bootstrap);
        return bootstrap;
    }

    private void accept(SocketChannel channel) {
        long now = System.nanoTime();
        InetSocketAddress remote = channel.remoteAddress();
        PeerAddress from =
                remote == null ? null : PeerAddress.of(remote.getAddress().getAddress(), 0);
        boolean proxy = from != null && http.clients.isTrusted(from);
        Connections ofLoop = Objects.requireNonNull(connections.get(channel.eventLoop()));
        if (from == null || ofLoop.isStopping() || !http.open(from, proxy, now)) {
            channel.close();
            return;
        }
        HttpConnection connection = new HttpConnection(http, ofLoop, channel, from, proxy, now);
        ofLoop.add(connection);
        channel.pipeline().addLast(connection);
    }

    /** Where it listens, with the port it got. */
    public InetSocketAddress address() {
        return (InetSocketAddress) listening.get(0).localAddress();
    }

    TrackerCounters counters() {
        return counters;
    }

    int openConnections() {
        return http.openConnections();
    }

    /** Takes no more connections and requests, and lets those be answered that are there. */
    @Override
    public synchronized void close() {
        if (loops.isShuttingDown()) return;
        sweeper.shutdownNow();
        for (Channel channel : listening) channel.close().awaitUninterruptibly(STOP_SECONDS, TimeUnit.SECONDS);
        if (datagrams != null) datagrams.close();
        connections.forEach((loop, ofLoop) -> loop.execute(ofLoop::stop));
        try {
            CompletableFuture.allOf(connections.values().stream()
                            .map(Connections::ended)
                            .toArray(CompletableFuture[]::new))
                    .get(STOP_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            LOG.log(System.Logger.Level.WARNING, () -> openConnections() + " clients did not take their answers.");
        }
        workers.shutdownNow();
        try {
            // Who asked may have gone, but what he asked for uses the store and the loops.
            if (!workers.awaitTermination(STOP_SECONDS, TimeUnit.SECONDS))
                LOG.log(System.Logger.Level.WARNING, () -> "A request does not end.");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        loops.shutdownGracefully(0, STOP_SECONDS, TimeUnit.SECONDS)
                .awaitUninterruptibly(2 * STOP_SECONDS, TimeUnit.SECONDS);
    }
}
