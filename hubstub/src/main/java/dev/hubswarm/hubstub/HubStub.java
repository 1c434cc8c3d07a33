package dev.hubswarm.hubstub;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A stand-in for the Hub and its CDN on loopback, under two host names, with faults on demand and a record of what
 * was asked. Thread-safe.
 */
public final class HubStub implements AutoCloseable {
    /** Sums since the start or {@link #forgetServed}; connections since the start. Immutable. */
    public record Totals(long connections, long bodyBytes, Map<Route, Long> requests) {
        public long requests(Route route) {
            return requests.getOrDefault(route, 0L);
        }
    }

    private static final int MAX_REQUEST_BODY = 16 << 20;
    private static final WriteBufferWaterMark WATER_MARK = new WriteBufferWaterMark(1 << 20, 4 << 20);

    private final Repos repos = new Repos();
    private final List<Injection> injections = new CopyOnWriteArrayList<>();
    private final Queue<Runnable> stalled = new ConcurrentLinkedQueue<>();
    private final AtomicReference<Duration> clockAdvance = new AtomicReference<>(Duration.ZERO);
    private final ServedLog log;
    private final SignedUrls signedUrls;
    private final List<Fault> always;
    private final EventLoopGroup loops;
    private final String endpoint;
    private final String cdnEndpoint;

    private HubStub(Builder config) {
        log = new ServedLog(config.sumsOnly);
        signedUrls = new SignedUrls(this::now, config.linkLifetime);
        always = List.copyOf(config.always);
        loops = new MultiThreadIoEventLoopGroup(
                0, new DefaultThreadFactory("hubswarm-hubstub", true), NioIoHandler.newFactory());
        try {
            cdnEndpoint = "http://" + config.cdnHost + ':'
                    + bind(config.host, config.cdnPort, new CdnSite(repos, signedUrls), config.uplink());
            String links = config.links.isEmpty() ? cdnEndpoint : config.links;
            RateLimits rateLimits = new RateLimits(this::now, Map.copyOf(config.quotas));
            Set<String> readers = Set.copyOf(config.readers);
            Set<String> strangers = Set.copyOf(config.strangers);
            endpoint = "http://" + config.host + ':'
                    + bind(
                            config.host,
                            config.port,
                            new HubSite(links, readers, strangers, repos, signedUrls, rateLimits, this::now),
                            null);
        } catch (Exception e) {
            // Netty throws a BindException that it does not declare.
            close();
            throw e;
        }
    }

    private int bind(String host, int port, Site site, @Nullable Uplink uplink) {
        ServerBootstrap server = new ServerBootstrap()
                .group(loops)
                .channel(NioServerSocketChannel.class)
                .option(ChannelOption.SO_BACKLOG, 1024)
                .option(ChannelOption.SO_REUSEADDR, true)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARK)
                .childHandler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) {
                        channel.pipeline()
                                .addLast(new HttpServerCodec(16 << 10, 64 << 10, 64 << 10))
                                .addLast(new HttpObjectAggregator(MAX_REQUEST_BODY))
                                .addLast(new StubConnection(HubStub.this, site, uplink, log));
                    }
                });
        Channel bound = server.bind(new InetSocketAddress(host, port))
                .syncUninterruptibly()
                .channel();
        return ((InetSocketAddress) bound.localAddress()).getPort();
    }

    public static Builder builder() {
        return new Builder();
    }

    /** For HF_ENDPOINT. */
    public String endpoint() {
        return endpoint;
    }

    /** Where LFS and Xet files are; links lead there, unless {@link Builder#links} says otherwise. */
    public String cdnEndpoint() {
        return cdnEndpoint;
    }

    /** Adds a repository, or replaces the one of this type and id. */
    public void put(StubRepo repo) {
        repos.put(repo);
    }

    public void remove(StubRepo.Type type, String id) {
        repos.remove(type, id);
    }

    /** All these faults hit the next so many requests for which the predicate holds. */
    public Injection inject(Predicate<StubRequest> where, int times, Fault... faults) {
        Injection injection = new Injection(where, times, List.of(faults));
        injections.add(injection);
        return injection;
    }

    /** Answers that are hit already stay so. */
    public void clearFaults() {
        injections.clear();
    }

    /** Lets all bodies that are stalled now go on. */
    public void releaseStalls() {
        for (Runnable resume = stalled.poll(); resume != null; resume = stalled.poll()) resume.run();
    }

    /** Bodies that wait to be released, and some whose client has left. */
    public int stalls() {
        return stalled.size();
    }

    /** Links given out so far are answered with 403 from now on. */
    public void expireSignedUrls() {
        signedUrls.expireAll();
    }

    /** Moves the clock by which links expire and quotas come back. */
    public void advance(Duration time) {
        clockAdvance.accumulateAndGet(time, Duration::plus);
    }

    /** Every request, in the order of arrival, unless the hub keeps sums only. */
    public List<Served> served() {
        return log.served();
    }

    public Totals totals() {
        return log.totals();
    }

    public void forgetServed() {
        log.clear();
    }

    @Override
    public void close() {
        loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
    }

    List<Fault> faultsFor(StubRequest request) {
        List<Fault> faults = new ArrayList<>(always);
        for (Injection injection : injections) faults.addAll(injection.faultsFor(request));
        return faults;
    }

    void stalled(Runnable resume) {
        stalled.add(resume);
    }

    private Instant now() {
        return Instant.now().plus(clockAdvance.get());
    }

    /** How a hub is to be. Confined to one thread. */
    public static final class Builder {
        private int port;
        private int cdnPort;
        private String host = "127.0.0.1";
        private String cdnHost = "localhost";
        private String links = "";
        private Duration linkLifetime = Duration.ofHours(1);
        private boolean sumsOnly;
        private long uplink;
        private final Set<String> readers = new HashSet<>();
        private final Set<String> strangers = new HashSet<>();
        private final Map<String, Integer> quotas = new HashMap<>();
        private final List<Fault> always = new ArrayList<>();

        private Builder() {}

        /** 0, the default, takes free ones. */
        public Builder ports(int hub, int cdn) {
            port = hub;
            cdnPort = cdn;
            return this;
        }

        /** An address of this machine where both listen, for networks of one's own. */
        public Builder host(String address) {
            host = address;
            cdnHost = address;
            return this;
        }

        /** A name of loopback other than the hub's, which is 127.0.0.1: clients compare names and not ports. */
        public Builder cdnHost(String name) {
            cdnHost = name;
            return this;
        }

        /** What links begin with, where somebody else stands before the second host. */
        public Builder links(String origin) {
            links = origin;
            return this;
        }

        public Builder linkLifetime(Duration lifetime) {
            linkLifetime = lifetime;
            return this;
        }

        /** Remembers no requests but their sums, for long runs. */
        public Builder sumsOnly() {
            sumsOnly = true;
            return this;
        }

        /** A token that may read every repository. */
        public Builder reader(String token) {
            readers.add(token);
            return this;
        }

        /** A token of somebody who may read what is public. */
        public Builder stranger(String token) {
            strangers.add(token);
            return this;
        }

        /** Requests per five minutes in one of the buckets api, resolvers and pages. */
        public Builder quota(String bucket, int requests) {
            quotas.put(bucket, requests);
            return this;
        }

        /** A fault of every answer, such as a rate or a latency. */
        public Builder always(Fault fault) {
            always.add(fault);
            return this;
        }

        /** So many bytes per second leave the CDN over all connections; 0, the default, for no limit. */
        public Builder uplink(long bytesPerSecond) {
            uplink = bytesPerSecond;
            return this;
        }

        private @Nullable Uplink uplink() {
            return uplink == 0 ? null : new Uplink(uplink, System.nanoTime());
        }

        public HubStub start() {
            return new HubStub(this);
        }
    }
}
