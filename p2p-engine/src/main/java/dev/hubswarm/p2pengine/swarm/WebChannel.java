package dev.hubswarm.p2pengine.swarm;

import dev.hubswarm.p2pengine.web.WebAnswer;
import dev.hubswarm.p2pengine.web.WebWire;
import dev.hubswarm.protocol.announce.PeerAddress.Scope;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.net.InetSocketAddress;
import java.net.URI;
import org.jspecify.annotations.Nullable;

/** A connection to a web server. Confined to the loop. */
@SuppressWarnings("FutureReturnValueIgnored")
final class WebChannel extends SimpleChannelInboundHandler<HttpObject> implements WebWire {
    private static final int CALL_MILLIS = 10_000;
    private static final int MAX_HEAD = 32 << 10;
    private static final int MAX_CHUNK = 256 << 10;
    private static final int READ = 128 << 10;

    private final Swarm swarm;
    private final Throttle throttle;
    private final Ears ears;
    private final Runnable receive = this::receive;
    private Scope scope = Scope.NONE;
    private @Nullable Channel channel;
    private boolean isClosed;
    /** Of an answer that is yet to come (RFC 9110, section 15.2). */
    private boolean isInterim;

    private boolean isHeld;
    private boolean isPaused;
    /** Of what comes next, to the limits. */
    private int paid;

    WebChannel(Swarm swarm, Throttle throttle, Ears ears) {
        this.swarm = swarm;
        this.throttle = throttle;
        this.ears = ears;
    }

    void connect(InetSocketAddress address, String host, Scope reached, @Nullable SslContext tls) {
        if (isClosed) return;
        scope = reached;
        // Where there is a limit, no more is taken in at once than it lets through.
        int read = Math.min(READ, throttle.portion());
        ChannelFuture call = swarm.bootstrap(CALL_MILLIS)
                .option(ChannelOption.RECVBUF_ALLOCATOR, new FixedRecvByteBufAllocator(read).maxMessagesPerRead(1))
                .handler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel made) {
                        if (tls != null) {
                            made.pipeline().addLast(tls.newHandler(made.alloc(), host, address.getPort()));
                        }
                        HttpDecoderConfig limits = new HttpDecoderConfig()
                                .setMaxHeaderSize(MAX_HEAD)
                                .setMaxInitialLineLength(MAX_HEAD)
                                .setMaxChunkSize(MAX_CHUNK);
                        made.pipeline().addLast(new HttpClientCodec(limits, true, false), WebChannel.this);
                    }
                })
                .connect(address);
        channel = call.channel();
        call.addListener(done -> {
            if (!call.isSuccess()) fail("nobody answers");
            else if (tls == null && !isClosed) ears.connected(scope);
        });
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (isClosed || !(event instanceof SslHandshakeCompletionEvent done)) return;
        if (done.isSuccess()) ears.connected(scope);
        else fail("its certificate is not good: " + done.cause().getMessage());
    }

    @Override
    public void get(URI what, long from, long to) {
        if (isClosed || channel == null) return;
        String query = what.getRawQuery() == null ? "" : "?" + what.getRawQuery();
        HttpRequest request =
                new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, what.getRawPath() + query);
        request.headers()
                .set(HttpHeaderNames.HOST, what.getRawAuthority())
                .set(HttpHeaderNames.USER_AGENT, swarm.self().client())
                // What comes packed has other offsets.
                .set(HttpHeaderNames.ACCEPT_ENCODING, "identity")
                .set(HttpHeaderNames.RANGE, "bytes=" + from + "-" + (to - 1));
        channel.writeAndFlush(request);
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, HttpObject message) {
        if (isClosed) return;
        if (message.decoderResult().isFailure()) {
            fail("it speaks no HTTP");
            return;
        }
        if (message instanceof HttpResponse head) {
            isInterim = head.status().code() < 200;
            if (!isInterim) ears.head(answer(head));
        }
        if (message instanceof HttpContent body) {
            take(body.content());
            if (message instanceof LastHttpContent && !isInterim && !isClosed) ears.end();
        }
    }

    private static WebAnswer answer(HttpResponse head) {
        long length = HttpUtil.getContentLength(head, -1L);
        return WebAnswer.of(head.status().code(), length, name -> head.headers().get(name));
    }

    private void take(ByteBuf body) {
        int length = body.readableBytes();
        if (length == 0 || isClosed) return;
        throttle.take(Math.max(0, length - paid));
        paid = Math.max(0, paid - length);
        ears.body(body.nioBuffer());
        if (isClosed || channel == null || isHeld || throttle.isOpen()) return;
        isHeld = true;
        channel.config().setAutoRead(false);
        throttle.await(receive);
    }

    private void receive() {
        if (isClosed || channel == null) return;
        isHeld = false;
        if (isPaused) return;
        paid = Math.min(READ, throttle.portion());
        throttle.take(paid);
        channel.config().setAutoRead(true);
    }

    @Override
    public void pause() {
        isPaused = true;
        if (channel != null) channel.config().setAutoRead(false);
    }

    @Override
    public void resume() {
        isPaused = false;
        if (channel != null && !isHeld && !isClosed) channel.config().setAutoRead(true);
    }

    @Override
    public boolean isHeld() {
        return isHeld || isPaused;
    }

    @Override
    public void close() {
        if (isClosed) return;
        isClosed = true;
        throttle.forget(receive);
        if (channel != null) channel.close();
    }

    void fail(String why) {
        if (isClosed) return;
        close();
        ears.closed(why);
    }

    void tooNear() {
        if (isClosed) return;
        close();
        ears.tooNear();
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        fail("it hung up");
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable failure) {
        fail("the connection broke: " + failure.getMessage());
    }
}
