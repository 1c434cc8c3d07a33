package dev.hubswarm.agent.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.ssl.SslClientHelloHandler;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Where a client begins TLS with one of the Hub's hosts: by its first message it is decided whether we answer in that
 * host's name, or let it pass to the host, since clients of its kind refused us. Confined to its connection's loop.
 */
@SuppressWarnings("FutureReturnValueIgnored")
final class TlsEntrance extends SslClientHelloHandler<Optional<Channel>> {
    private static final long PATIENCE_SECONDS = 10;

    private final SslContext tls;
    private final Reception inside;
    private final String from;
    private final String name;
    private final Supplier<Promise<Connector.Link>> way;
    private Distrust.Kind kind;
    private @Nullable ScheduledFuture<?> timer;

    /**
     * @param from the program or machine that calls, and its name as people know it
     * @param way to the host itself
     */
    TlsEntrance(SslContext tls, Reception inside, String from, String name, Supplier<Promise<Connector.Link>> way) {
        this.tls = tls;
        this.inside = inside;
        this.from = from;
        this.name = name;
        this.way = way;
        this.kind = new Distrust.Kind("", from, name);
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        timer = context.executor()
                .schedule(
                        () -> {
                            context.close();
                        },
                        PATIENCE_SECONDS,
                        TimeUnit.SECONDS);
    }

    /** @param hello null if it is none, which TLS will say */
    @Override
    protected Future<Optional<Channel>> lookup(ChannelHandlerContext context, @Nullable ByteBuf hello) {
        if (timer != null) timer.cancel(false);
        if (hello != null) kind = new Distrust.Kind(ClientHello.kind(hello.nioBuffer()), from, name);
        Promise<Optional<Channel>> found = context.executor().newPromise();
        if (!inside.desk().distrust().isRefusing(kind, System.nanoTime())) return found.setSuccess(Optional.empty());
        way.get().addListener((Future<Connector.Link> done) -> {
            if (done.isSuccess()) found.setSuccess(Optional.of(done.getNow().channel()));
            else found.setFailure(done.cause());
        });
        return found;
    }

    @Override
    protected void onLookupComplete(ChannelHandlerContext context, Future<Optional<Channel>> found) {
        if (!found.isSuccess()) {
            context.close();
            return;
        }
        Channel near = context.channel();
        Optional<Channel> other = found.getNow();
        if (!near.isActive() || context.isRemoved()) {
            other.ifPresent(Channel::close);
            return;
        }
        ChannelPipeline pipeline = context.pipeline();
        if (other.isPresent()) {
            Tunnel.join(near, other.get());
        } else {
            SslHandler secure = tls.newHandler(near.alloc());
            TrustWatch watch = new TrustWatch(inside.desk().distrust(), kind);
            // Of what is no TLS there is nothing to remember.
            if (kind.hello().isEmpty()) pipeline.addLast(secure);
            else pipeline.addLast(watch.records(), secure, watch);
            ProxyServer.addHttp(pipeline, inside, () -> {});
        }
        // Which hands on what it has read.
        pipeline.remove(this);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        context.close();
    }
}
