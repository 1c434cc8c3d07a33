package dev.hubswarm.agent.proxy;

import dev.hubswarm.base.Redacted;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import org.jspecify.annotations.Nullable;

/** A connection to the Hub or another host, for one call after the other. Confined to its loop. */
@SuppressWarnings("FutureReturnValueIgnored")
final class UpstreamConnection extends ChannelInboundHandlerAdapter {
    private static final int SWITCHING_PROTOCOLS = 101;

    private final UpstreamPool pool;
    private final Connector.Link link;
    private @Nullable UpstreamCall call;
    private boolean isInterim;
    private boolean mayReuse;

    UpstreamConnection(UpstreamPool pool, Connector.Link link) {
        this.pool = pool;
        this.link = link;
    }

    private Channel channel() {
        return link.channel();
    }

    boolean isOpen() {
        return channel().isActive();
    }

    boolean isWritable() {
        return channel().isWritable();
    }

    void begin(UpstreamCall next) {
        call = next;
        mayReuse = false;
        UpstreamRequest request = next.request();
        HttpHeaders headers = request.headers().copy();
        headers.set(HttpHeaderNames.HOST, request.origin().authority());
        Redacted authorization = link.authorization();
        if (authorization != null) headers.set(HttpHeaderNames.PROXY_AUTHORIZATION, authorization.reveal());
        String target = (link.isAbsolute() ? request.origin().url() : "") + request.target();
        channel().write(new DefaultHttpRequest(HttpVersion.HTTP_1_1, request.method(), target, headers));
        if (!request.hasBody()) channel().write(LastHttpContent.EMPTY_LAST_CONTENT);
        channel().flush();
    }

    void write(HttpContent content) {
        channel().writeAndFlush(content);
    }

    void read(boolean isOn) {
        channel().config().setAutoRead(isOn);
    }

    void close() {
        call = null;
        channel().close();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        UpstreamCall current = call;
        HttpObject part = (HttpObject) message;
        if (current == null || part.decoderResult().isFailure()) {
            ReferenceCountUtil.release(message);
            context.close();
            if (current != null)
                broken(new IOException("this is no HTTP", part.decoderResult().cause()));
            return;
        }
        if (message instanceof HttpResponse response) {
            int status = response.status().code();
            isInterim = status < 200;
            if (status == SWITCHING_PROTOCOLS) broken(new IOException("nobody asked for another protocol"));
            if (isInterim) return;
            mayReuse = HttpUtil.isKeepAlive(response);
            current.head(response);
        } else if (message instanceof HttpContent content) {
            boolean isLast = content instanceof LastHttpContent;
            if (isInterim) {
                content.release();
                return;
            }
            ByteBuf bytes = content.content();
            if (bytes.isReadable()) current.content(bytes);
            else content.release();
            if (!isLast || call != current) return;
            call = null;
            current.end(mayReuse);
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        if (call != null && channel().isWritable()) call.writable();
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        pool.gone(this);
        broken(new ClosedChannelException());
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        broken(cause);
        context.close();
    }

    private void broken(Throwable why) {
        UpstreamCall current = call;
        call = null;
        if (current != null) current.fail(why);
    }
}
