package dev.hubswarm.agent.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.flow.FlowControlHandler;
import io.netty.handler.ssl.SslContext;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A request for a connection to another host ({@code CONNECT}, RFC 9110 section 9.3.6). To the Hub's hosts we speak TLS
 * in their stead, if there are certificates, and to those of storage where it led somebody of late; to all others the
 * bytes pass untouched. Confined to the client's loop.
 */
@SuppressWarnings("FutureReturnValueIgnored")
final class Tunnel implements Exchange {
    private static final Pattern HOST_AND_PORT =
            Pattern.compile("([A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?\\.?|\\[[0-9A-Fa-f:.]+]):([0-9]{1,5})");

    private final ClientConnection client;
    private final Reception reception;
    private final String target;
    private boolean isGone;

    Tunnel(ClientConnection client, Reception reception, HttpRequest request) {
        this.client = client;
        this.reception = reception;
        this.target = request.uri();
    }

    @Override
    public void begin() {
        Matcher parts = HOST_AND_PORT.matcher(target);
        // Inside a tunnel there is none.
        if (!parts.matches() || reception.base() != null) {
            client.refuse(Failure.BAD_REQUEST);
            return;
        }
        String host = parts.group(1).toLowerCase(Locale.ROOT).replaceFirst("\\.$", "");
        int port = Integer.parseInt(parts.group(3));
        Interception interception = reception.desk().interception();
        boolean isRead = Reception.isHub(reception.desk().hub(), host, port)
                || reception.desk().links().lead(new HttpOrigin(true, host, port));
        if (interception == null || !isRead) {
            pass(host, port);
            return;
        }
        reception.desk().files().execute(() -> {
            SslContext tls = interception.contextFor(host);
            client.loop().execute(() -> {
                if (isGone) return;
                if (tls == null) pass(host, port);
                else intercept(tls, host, port);
            });
        });
    }

    private void pass(String host, int port) {
        if (port < 1 || !reception.desk().destinations().allow(port)) {
            client.refuse(Failure.FORBIDDEN_DESTINATION);
            return;
        }
        HttpOrigin origin = new HttpOrigin(true, host, port);
        // Behind a company's proxy the name is not looked up here.
        if (origin.isLoopback() && !reception.desk().destinations().isAnywhere()) {
            client.refuse(Failure.FORBIDDEN_DESTINATION);
            return;
        }
        reception
                .upstream()
                .connector()
                .connect(
                        client.loop(),
                        origin,
                        Connector.Use.TUNNEL,
                        reception.desk().destinations())
                .addListener(done -> {
                    if (!done.isSuccess()) {
                        IOException why = done.cause() instanceof IOException io ? io : new IOException(done.cause());
                        if (!isGone) client.refuse(Failure.of(origin, why));
                        return;
                    }
                    Channel other = ((Connector.Link) done.getNow()).channel();
                    if (isGone) other.close();
                    else join(other);
                });
    }

    private void join(Channel other) {
        Channel near = client.channel();
        other.pipeline().addLast(new Splice(near));
        established();
        ChannelPipeline pipeline = near.pipeline();
        pipeline.addLast(new Splice(other));
        bare(pipeline);
        near.config().setAutoRead(true);
    }

    private void established() {
        client.content(
                new DefaultHttpResponse(HttpVersion.HTTP_1_1, new HttpResponseStatus(200, "Connection established")));
    }

    /** The way behind TLS is the same as before it. */
    private void intercept(SslContext tls, String host, int port) {
        established();
        ChannelPipeline pipeline = client.channel().pipeline();
        pipeline.addLast(tls.newHandler(client.channel().alloc()));
        ProxyServer.addHttp(pipeline, reception.inside(host, port), () -> {});
        bare(pipeline);
        client.channel().config().setAutoRead(true);
    }

    /** Takes HTTP off, and hands on what it had read ahead. */
    private void bare(ChannelPipeline pipeline) {
        FlowControlHandler flow = pipeline.get(FlowControlHandler.class);
        client.leave();
        if (flow != null) pipeline.remove(flow);
        pipeline.remove(ResponseEncoder.class);
        pipeline.remove(RequestDecoder.class);
    }

    @Override
    public void gone() {
        isGone = true;
    }

    /** One direction: what arrives here is sent there, as fast as it goes off. Confined to the loop of both. */
    private static final class Splice extends ChannelInboundHandlerAdapter {
        private final Channel other;

        private Splice(Channel other) {
            this.other = other;
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            if (!(message instanceof ByteBuf)) {
                // The end of the request that asked for the tunnel.
                ReferenceCountUtil.release(message);
                return;
            }
            other.writeAndFlush(message);
            if (!other.isWritable()) context.channel().config().setAutoRead(false);
        }

        @Override
        public void channelWritabilityChanged(ChannelHandlerContext context) {
            other.config().setAutoRead(context.channel().isWritable());
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            other.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            context.close();
        }
    }
}
