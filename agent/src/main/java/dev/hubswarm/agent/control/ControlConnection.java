package dev.hubswarm.agent.control;

import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/**
 * One client's connection. Confined to its event loop, but for what a worker answers. It reads no further while a
 * worker is at a request.
 */
@SuppressWarnings("FutureReturnValueIgnored")
final class ControlConnection extends SimpleChannelInboundHandler<FullHttpRequest> {
    private static final System.Logger LOG = System.getLogger(ControlConnection.class.getName());

    private final Admission admission;
    private final ControlApi api;
    private final Executor workers;

    ControlConnection(Admission admission, ControlApi api, Executor workers) {
        this.admission = admission;
        this.api = api;
        this.workers = workers;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
        boolean isHead = request.method().name().equals("HEAD");
        boolean keep = HttpUtil.isKeepAlive(request);
        QueryStringDecoder uri = new QueryStringDecoder(request.uri());
        ControlRequest asked;
        try {
            asked = new ControlRequest(
                    isHead ? "GET" : request.method().name(),
                    uri.path(),
                    uri.parameters(),
                    ByteBufUtil.getBytes(request.content()),
                    admission.isOwner(request.headers()));
        } catch (IllegalArgumentException e) {
            send(context, ControlAnswer.error(400, "bad_request", "The address is not well formed."), isHead, false);
            return;
        }
        context.channel().config().setAutoRead(false);
        try {
            workers.execute(() -> {
                ControlAnswer answer = answer(asked);
                context.executor().execute(() -> {
                    send(context, answer, isHead, keep);
                    context.channel().config().setAutoRead(true);
                });
            });
        } catch (RejectedExecutionException e) {
            send(context, ControlAnswer.error(503, "busy", "Too many ask at once. Ask again."), isHead, false);
        }
    }

    private ControlAnswer answer(ControlRequest request) {
        try {
            return api.answer(request);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return ControlAnswer.error(503, "stopping", "The agent is being stopped.");
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.ERROR, () -> "A fault at " + request.path(), e);
            return ControlAnswer.error(500, "fault", "This is a fault in hubswarm; its log says more.");
        }
    }

    static void send(ChannelHandlerContext context, ControlAnswer answer, boolean isHead, boolean keep) {
        FullHttpResponse response = new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1,
                HttpResponseStatus.valueOf(answer.status()),
                isHead ? Unpooled.EMPTY_BUFFER : Unpooled.wrappedBuffer(answer.body()));
        HttpHeaders headers = response.headers();
        headers.set(HttpHeaderNames.CONTENT_TYPE, answer.type());
        headers.set(HttpHeaderNames.CONTENT_LENGTH, answer.body().length);
        headers.set(HttpHeaderNames.CACHE_CONTROL, "no-store");
        headers.set("X-Content-Type-Options", "nosniff");
        headers.set(HttpHeaderNames.CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'");
        if (!keep) headers.set(HttpHeaderNames.CONNECTION, "close");
        ChannelFuture sent = context.writeAndFlush(response);
        sent.addListener(done -> answer.afterwards().run());
        if (!keep) sent.addListener(ChannelFutureListener.CLOSE);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        LOG.log(System.Logger.Level.DEBUG, () -> "a control connection ended: " + cause);
        context.close();
    }
}
