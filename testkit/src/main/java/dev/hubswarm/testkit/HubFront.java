package dev.hubswarm.testkit;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2StreamFrameToHttpObjectCodec;
import io.netty.handler.ssl.ApplicationProtocolNegotiationHandler;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Hands what is asked of huggingface.co and of its CDN on to a stub of both. The Hub gives a cookie, and says which it
 * got. Thread-safe.
 */
final class HubFront {
    private static final String HUB = "https://huggingface.co";
    private static final String CDN = "https://cas-bridge.xethub.hf.co";
    private static final List<String> PASSED =
            List.of("Authorization", "Range", "Accept-Encoding", "If-None-Match", "If-Range");
    /** Of one connection, or said anew. */
    private static final Set<String> NOT_PASSED = Set.of("content-length", "transfer-encoding", "connection", "date");

    private final String hub;
    private final String cdn;
    private final Executor threads;
    private final HttpClient client = HttpClient.newHttpClient();
    private final AtomicLong fromCdn = new AtomicLong();
    private final List<String> asked = new ArrayList<>();

    HubFront(String hub, String cdn, Executor threads) {
        this.hub = hub;
        this.cdn = cdn;
        this.threads = threads;
    }

    long fromCdn() {
        return fromCdn.get();
    }

    List<String> asked() {
        synchronized (asked) {
            List<String> all = List.copyOf(asked);
            asked.clear();
            return all;
        }
    }

    /** HTTP/2 for those who can. */
    ChannelHandler negotiation() {
        return new ApplicationProtocolNegotiationHandler("http/1.1") {
            @Override
            protected void configurePipeline(ChannelHandlerContext context, String protocol) {
                if (protocol.equals("h2")) {
                    context.pipeline()
                            .addLast(
                                    Http2FrameCodecBuilder.forServer().build(),
                                    new Http2MultiplexHandler(new ChannelInitializer<>() {
                                        @Override
                                        protected void initChannel(Channel stream) {
                                            stream.pipeline().addLast(new Http2StreamFrameToHttpObjectCodec(true));
                                            serve(stream, protocol);
                                        }
                                    }));
                } else {
                    context.pipeline().addLast(new HttpServerCodec());
                    serve(context.channel(), protocol);
                }
            }
        };
    }

    private void serve(Channel channel, String protocol) {
        channel.pipeline()
                .addLast(new HttpObjectAggregator(1 << 16), new SimpleChannelInboundHandler<FullHttpRequest>() {
                    @Override
                    protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
                        String method = request.method().name();
                        String target = request.uri();
                        HttpHeaders headers = request.headers().copy();
                        threads.execute(() -> answer(context, protocol, method, target, headers));
                    }

                    @Override
                    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
                        var unused = context.close();
                    }
                });
    }

    private void answer(
            ChannelHandlerContext context, String protocol, String method, String target, HttpHeaders headers) {
        boolean atCdn = headers.get("Host", "").startsWith("cas-bridge");
        String cookies = headers.get("Cookie", "");
        if (!atCdn) {
            synchronized (asked) {
                asked.add(String.join(
                        " ",
                        protocol,
                        method,
                        target,
                        cookies,
                        headers.get("Authorization", ""),
                        headers.get("Range", "")));
            }
        }
        try {
            FullHttpResponse answer = ask(atCdn, method, target, headers);
            if (!atCdn) {
                answer.headers().set("Set-Cookie", "visit=1; Path=/; Secure");
                answer.headers().set("X-Cookies", cookies);
            } else {
                fromCdn.addAndGet(answer.content().readableBytes());
            }
            var unused = context.writeAndFlush(answer);
        } catch (IOException e) {
            var unused = context.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private FullHttpResponse ask(boolean atCdn, String method, String target, HttpHeaders headers)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create((atCdn ? cdn : hub) + target))
                .method(method, HttpRequest.BodyPublishers.noBody());
        for (String name : PASSED) {
            String value = headers.get(name);
            if (value != null) request.header(name, value);
        }
        HttpResponse<byte[]> from = client.send(request.build(), BodyHandlers.ofByteArray());
        ByteBuf body = Unpooled.wrappedBuffer(from.body());
        FullHttpResponse to =
                new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(from.statusCode()), body);
        from.headers().map().forEach((name, values) -> {
            String value = values.get(0).replace(cdn, CDN).replace(hub, HUB);
            if (!NOT_PASSED.contains(name) && !name.startsWith(":"))
                to.headers().set(name, value);
        });
        String length = from.headers().firstValue("Content-Length").orElse(String.valueOf(from.body().length));
        if (from.statusCode() != 304) to.headers().set("Content-Length", length);
        return to;
    }
}
