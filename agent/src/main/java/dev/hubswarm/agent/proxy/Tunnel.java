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
import io.netty.util.concurrent.Promise;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A request for a connection to another host ({@code CONNECT}, RFC 9110 section 9.3.6). To the Hub's hosts we speak TLS
 * in their stead, if there are certificates and the client may trust them, and to those of storage where it led somebody
 * of late; to all others the bytes pass untouched. Confined to the client's loop.
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
        InetSocketAddress from = address(client.channel().remoteAddress());
        InetSocketAddress here = address(client.channel().localAddress());
        reception.desk().files().execute(() -> {
            SslContext tls = interception.contextFor(host);
            LocalPrograms.Program program = tls == null || from == null || here == null
                    ? null
                    : reception.desk().programs().find(from, here);
            client.loop().execute(() -> {
                if (isGone) return;
                if (tls == null) pass(host, port);
                else if (program != null) ofProgram(tls, host, port, program);
                else intercept(tls, host, port, machine(from), "a program of " + machine(from));
            });
        });
    }

    private static String machine(@Nullable InetSocketAddress from) {
        return from == null || from.getAddress().isLoopbackAddress() ? "this machine" : from.getHostString();
    }

    private static @Nullable InetSocketAddress address(SocketAddress address) {
        return address instanceof InetSocketAddress found ? found : null;
    }

    private void ofProgram(SslContext tls, String host, int port, LocalPrograms.Program program) {
        String from = program.file() + " " + program.trust();
        if (program.trust() != LocalPrograms.Trust.NOT_TOLD) {
            intercept(tls, host, port, from, program.name());
            return;
        }
        Distrust.Kind kind = new Distrust.Kind("", from, program.name());
        if (reception.desk().distrust().refuses(kind, System.nanoTime()))
            TrustWatch.tell(program.name(), "knows none of the variables that tell of our certificates");
        pass(new HttpOrigin(true, host, port), null);
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
        pass(origin, reception.desk().destinations());
    }

    /** @param destinations null for the Hub's own hosts */
    private void pass(HttpOrigin origin, @Nullable Destinations destinations) {
        way(origin, destinations).addListener(done -> {
            if (!done.isSuccess()) {
                IOException why = done.cause() instanceof IOException io ? io : new IOException(done.cause());
                if (!isGone) client.refuse(Failure.of(origin, why));
                return;
            }
            Channel other = ((Connector.Link) done.getNow()).channel();
            if (isGone) {
                other.close();
                return;
            }
            established();
            join(client.channel(), other);
            bare(client.channel().pipeline());
            client.channel().config().setAutoRead(true);
        });
    }

    private Promise<Connector.Link> way(HttpOrigin origin, @Nullable Destinations destinations) {
        return reception.upstream().connector().connect(client.loop(), origin, Connector.Use.TUNNEL, destinations);
    }

    /** From now on what arrives at the one goes to the other. */
    static void join(Channel near, Channel other) {
        other.pipeline().addLast(new Splice(near));
        near.pipeline().addLast(new Splice(other));
    }

    private void established() {
        client.content(
                new DefaultHttpResponse(HttpVersion.HTTP_1_1, new HttpResponseStatus(200, "Connection established")));
    }

    /** The way behind TLS is the same as before it. */
    private void intercept(SslContext tls, String host, int port, String from, String name) {
        established();
        ChannelPipeline pipeline = client.channel().pipeline();
        HttpOrigin origin = new HttpOrigin(true, host, port);
        pipeline.addLast(new TlsEntrance(tls, reception.inside(host, port), from, name, () -> way(origin, null)));
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
