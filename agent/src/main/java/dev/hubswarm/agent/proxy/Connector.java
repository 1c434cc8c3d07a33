package dev.hubswarm.agent.proxy;

import dev.hubswarm.base.Redacted;
import dev.hubswarm.base.TlsTrust;
import dev.hubswarm.hub.origin.ProxyRules;
import dev.hubswarm.hub.origin.UpstreamProxy;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.proxy.HttpProxyHandler;
import io.netty.handler.proxy.ProxyHandler;
import io.netty.handler.proxy.Socks5ProxyHandler;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.resolver.NoopAddressResolverGroup;
import io.netty.util.concurrent.Promise;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Opens connections to the Hub, its storage and other hosts, through the proxies that this machine's user has set.
 * Thread-safe. Names are looked up, and certificates read, on threads that may wait.
 */
@SuppressWarnings("FutureReturnValueIgnored")
final class Connector {
    private static final int CONNECT_MILLIS = 10_000;
    private static final int CONNECT_MILLIS_OF_MANY = 4_000;

    /**
     * A connection that is open, by TLS if the origin asks for it.
     *
     * @param isAbsolute whether a proxy reads the requests, and so has to be told whole addresses
     * @param authorization what that proxy wants to be told with each of them
     */
    record Link(
            Channel channel, boolean isAbsolute, @Nullable Redacted authorization) {}

    /** What a connection is for. */
    enum Use {
        REQUESTS,
        /** Bytes of which nobody in between shall read any. */
        TUNNEL
    }

    private final ProxyRules proxies;
    private final TlsTrust trust;
    private final Executor names;
    private @Nullable SslContext tls;

    /** @param names runs what waits for the system */
    Connector(ProxyRules proxies, TlsTrust trust, Executor names) {
        this.proxies = proxies;
        this.trust = trust;
        this.names = names;
    }

    /** @param destinations null for the Hub and where it leads */
    Promise<Link> connect(EventLoop loop, HttpOrigin origin, Use use, @Nullable Destinations destinations) {
        Promise<Link> linked = loop.newPromise();
        try {
            names.execute(() -> {
                try {
                    Way way = way(origin, use, destinations);
                    loop.execute(() -> attempt(loop, way, 0, linked));
                } catch (IOException | RuntimeException e) {
                    linked.tryFailure(e);
                }
            });
        } catch (RejectedExecutionException e) {
            linked.tryFailure(new IOException("too many names are being looked up", e));
        }
        return linked;
    }

    /** How to get there; an address of each of those who may be called. */
    private record Way(
            HttpOrigin origin,
            List<InetAddress> addresses,
            @Nullable UpstreamProxy proxy,
            boolean isAbsolute,
            @Nullable SslContext tls) {}

    private Way way(HttpOrigin origin, Use use, @Nullable Destinations destinations) throws IOException {
        boolean isSecret = use == Use.TUNNEL || origin.isTls();
        URI uri = URI.create((isSecret ? "https://" : "http://") + origin.host() + ":" + origin.port());
        UpstreamProxy proxy = proxies.proxyFor(uri);
        String name = proxy == null ? origin.name() : proxy.address().getHostString();
        List<InetAddress> found = Arrays.asList(InetAddress.getAllByName(name));
        // Behind a proxy names mean what they mean there; it has rules of its own.
        if (proxy == null && destinations != null) {
            found = found.stream().filter(destinations::allow).toList();
            if (found.isEmpty()) throw new ForbiddenDestination();
        }
        boolean isAbsolute = proxy != null && proxy.type() == Proxy.Type.HTTP && !isSecret;
        return new Way(origin, found, proxy, isAbsolute, use == Use.REQUESTS && origin.isTls() ? tls() : null);
    }

    private synchronized SslContext tls() throws SSLException {
        if (tls == null)
            tls = SslContextBuilder.forClient()
                    .trustManager(trust.trustManagers())
                    .endpointIdentificationAlgorithm("HTTPS")
                    .protocols("TLSv1.3", "TLSv1.2")
                    .build();
        return tls;
    }

    private static void attempt(EventLoop loop, Way way, int at, Promise<Link> linked) {
        InetAddress address = way.addresses.get(at);
        boolean isLast = at + 1 == way.addresses.size();
        UpstreamProxy proxy = way.proxy;
        InetSocketAddress target = proxy == null
                ? new InetSocketAddress(address, way.origin.port())
                : way.isAbsolute
                        ? new InetSocketAddress(address, proxy.address().getPort())
                        : InetSocketAddress.createUnresolved(way.origin.name(), way.origin.port());
        SslContext tls = way.tls;
        SslHandler secure = tls == null
                ? null
                : tls.newHandler(io.netty.buffer.ByteBufAllocator.DEFAULT, way.origin.name(), way.origin.port());
        ProxyHandler through = proxy == null || way.isAbsolute ? null : through(proxy, address);
        ChannelFuture connected = new Bootstrap()
                .group(loop)
                .channel(NioSocketChannel.class)
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, isLast ? CONNECT_MILLIS : CONNECT_MILLIS_OF_MANY)
                .resolver(NoopAddressResolverGroup.INSTANCE)
                .handler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        if (through != null) channel.pipeline().addLast(through);
                        if (secure != null) channel.pipeline().addLast(secure);
                    }
                })
                .connect(target);
        Redacted authorization = way.isAbsolute && proxy != null ? proxy.authorization() : null;
        Link link = new Link(connected.channel(), way.isAbsolute, authorization);
        connected.addListener(done -> {
            if (!done.isSuccess()) {
                if (isLast) linked.tryFailure(done.cause());
                else attempt(loop, way, at + 1, linked);
            } else if (secure == null) {
                linked.trySuccess(link);
            } else {
                secure.handshakeFuture().addListener(shaken -> {
                    if (shaken.isSuccess()) linked.trySuccess(link);
                    else linked.tryFailure(shaken.cause());
                });
            }
        });
    }

    private static ProxyHandler through(UpstreamProxy proxy, InetAddress address) {
        InetSocketAddress at = new InetSocketAddress(address, proxy.address().getPort());
        if (proxy.type() == Proxy.Type.SOCKS) return new Socks5ProxyHandler(at);
        HttpHeaders headers = new DefaultHttpHeaders();
        Redacted authorization = proxy.authorization();
        if (authorization != null) headers.set(HttpHeaderNames.PROXY_AUTHORIZATION, authorization.reveal());
        return new HttpProxyHandler(at, headers);
    }
}
