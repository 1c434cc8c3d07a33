package dev.hubswarm.hubstub;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Answers one connection's requests in turn, with their faults. Confined to its loop. */
// A write that fails closes the connection, and channelInactive sees that.
@SuppressWarnings("FutureReturnValueIgnored")
final class StubConnection extends SimpleChannelInboundHandler<FullHttpRequest> {
    private static final int CHUNK = 1 << 20;
    /** At a given rate a chunk takes this part of a second. */
    private static final int CHUNKS_PER_SECOND = 100;
    /** Timers fire late; a connection may make up for that much. */
    private static final long CATCH_UP_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
    /** What the kernel has not delivered when a reset comes, it never delivers. */
    private static final long RESET_DELAY_MILLIS = 20;

    /** A request that waits for its turn. Immutable. */
    private record Asked(StubRequest request, String body, boolean keepAlive) {}

    private final HubStub hub;
    private final Site site;
    private final @Nullable Uplink uplink;
    private final ServedLog log;
    private final long number;
    private final Queue<Asked> waiting = new ArrayDeque<>();
    private boolean answering;
    private @Nullable Sending sending;
    private long sendNoEarlier;

    /** @param uplink null if it has no limit */
    StubConnection(HubStub hub, Site site, @Nullable Uplink uplink, ServedLog log) {
        this.hub = hub;
        this.site = site;
        this.uplink = uplink;
        this.log = log;
        number = log.nextConnection();
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, FullHttpRequest message) {
        if (message.decoderResult().isFailure() || !message.uri().startsWith("/")) {
            ctx.writeAndFlush(new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.BAD_REQUEST))
                    .addListener(ChannelFutureListener.CLOSE);
            return;
        }
        Map<String, List<String>> headers = new LinkedHashMap<>();
        for (Map.Entry<String, String> header : message.headers()) {
            headers.computeIfAbsent(header.getKey().toLowerCase(Locale.ROOT), name -> new ArrayList<>())
                    .add(header.getValue());
        }
        StubRequest request = new StubRequest(
                site.route(message.uri()),
                message.method().name(),
                message.headers().get(HttpHeaderNames.HOST, ""),
                message.uri(),
                headers,
                number);
        waiting.add(
                new Asked(request, message.content().toString(StandardCharsets.UTF_8), HttpUtil.isKeepAlive(message)));
        if (!answering) next(ctx);
    }

    private void next(ChannelHandlerContext ctx) {
        Asked asked = waiting.poll();
        answering = asked != null;
        if (asked == null) return;
        ServedLog.Entry entry = log.begin(asked.request());
        List<Fault> faults = hub.faultsFor(asked.request());
        Duration delay = Duration.ZERO;
        for (Fault fault : faults) {
            if (fault instanceof Fault.Latency latency) delay = delay.plus(latency.delay());
        }
        if (delay.isZero()) answer(ctx, asked, entry, faults);
        else ctx.executor().schedule(() -> answer(ctx, asked, entry, faults), delay.toNanos(), TimeUnit.NANOSECONDS);
    }

    private void answer(ChannelHandlerContext ctx, Asked asked, ServedLog.Entry entry, List<Fault> faults) {
        if (faults.stream().anyMatch(Fault.Drop.class::isInstance)) {
            ctx.close();
            return;
        }
        if (faults.stream().anyMatch(Fault.ExpireLinks.class::isInstance)) hub.expireSignedUrls();
        Reply reply = Reply.to(asked.request(), site.answer(asked.request(), asked.body()), faults);
        boolean keepAlive = asked.keepAlive() && !reply.wrongLength();
        reply.headers()
                .set(HttpHeaderNames.CONNECTION, keepAlive ? HttpHeaderValues.KEEP_ALIVE : HttpHeaderValues.CLOSE);
        entry.status(reply.status());
        HttpResponse head = new DefaultHttpResponse(
                HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(reply.status()), reply.headers());
        ctx.write(head);
        Body body = asked.request().method().equals(HttpMethod.HEAD.name()) ? Reply.NO_BODY : reply.body();
        Sending started = new Sending(ctx, body, entry, keepAlive, faults);
        sending = started;
        started.pump();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (sending != null) sending.pump();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        sending = null;
        waiting.clear();
    }

    /** Clients that leave are no news; what else there is closes the connection, which they notice. */
    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (!(cause instanceof IOException)) {
            System.getLogger("dev.hubswarm.hubstub").log(System.Logger.Level.ERROR, () -> "the stub failed", cause);
        }
        ctx.close();
    }

    /** A body on its way out. Confined to the connection's loop. */
    private final class Sending {
        private final ChannelHandlerContext ctx;
        private final Body body;
        private final ServedLog.Entry entry;
        private final boolean keepAlive;
        private final long bytesPerSecond;
        private Fault.@Nullable Cut cut;
        private long sent;
        private boolean pumping;
        private boolean paused;

        Sending(ChannelHandlerContext ctx, Body body, ServedLog.Entry entry, boolean keepAlive, List<Fault> faults) {
            this.ctx = ctx;
            this.body = body;
            this.entry = entry;
            this.keepAlive = keepAlive;
            long rate = uplink == null ? Long.MAX_VALUE : uplink.bytesPerSecond();
            for (Fault fault : faults) {
                if (fault instanceof Fault.Rate limit) rate = Math.min(rate, limit.bytesPerSecond());
                if (fault instanceof Fault.Cut at && (cut == null || at.afterBytes() < cut.afterBytes())) cut = at;
            }
            bytesPerSecond = rate;
            sendNoEarlier = Math.max(sendNoEarlier, System.nanoTime());
            // An answer that has no body cannot be cut.
            if (body == Reply.NO_BODY) cut = null;
        }

        /** Writes as much as the socket and the rate allow. A flush comes back here when it frees the buffer. */
        void pump() {
            if (pumping || paused || sending != this) return;
            pumping = true;
            boolean more = true;
            while (more && ctx.channel().isWritable()) {
                more = step();
                ctx.flush();
            }
            pumping = false;
        }

        /** Returns whether to go on at once. */
        private boolean step() {
            if (cutHere()) return false;
            long atMost = cut == null ? CHUNK : Math.min(CHUNK, cut.afterBytes() - sent);
            if (bytesPerSecond < Long.MAX_VALUE) {
                long now = System.nanoTime();
                if (sendNoEarlier - now > 0) {
                    resumeIn(sendNoEarlier - now);
                    return false;
                }
                atMost = Math.min(atMost, Math.max(1, bytesPerSecond / CHUNKS_PER_SECOND));
                sendNoEarlier = Math.max(sendNoEarlier, now - CATCH_UP_NANOS);
            }
            ByteBuf part = body.next((int) atMost);
            if (part == null) {
                end();
                return false;
            }
            int length = part.readableBytes();
            sent += length;
            if (bytesPerSecond < Long.MAX_VALUE) {
                sendNoEarlier += (long) (length * (double) TimeUnit.SECONDS.toNanos(1) / bytesPerSecond);
            }
            if (uplink != null) {
                long gone = uplink.send(length, System.nanoTime());
                if (gone - sendNoEarlier > 0) sendNoEarlier = gone;
            }
            entry.sent(length);
            ctx.write(new DefaultHttpContent(part));
            // Now, not at the next step: who sees the last byte is to find the stall on record.
            return !cutHere();
        }

        private boolean cutHere() {
            if (cut == null || sent < cut.afterBytes()) return false;
            cut(cut.how());
            return true;
        }

        private void resumeIn(long nanos) {
            paused = true;
            ctx.executor().schedule(this::resume, nanos, TimeUnit.NANOSECONDS);
        }

        private void resume() {
            paused = false;
            pump();
        }

        private void cut(Fault.Cut.How how) {
            paused = true;
            switch (how) {
                case FIN -> ctx.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
                case RST ->
                    ctx.writeAndFlush(Unpooled.EMPTY_BUFFER)
                            .addListener(done ->
                                    ctx.executor().schedule(this::reset, RESET_DELAY_MILLIS, TimeUnit.MILLISECONDS));
                case STALL ->
                    hub.stalled(() -> ctx.executor().execute(() -> {
                        cut = null;
                        resume();
                    }));
            }
        }

        private void reset() {
            ctx.channel().config().setOption(ChannelOption.SO_LINGER, 0);
            ctx.close();
        }

        private void end() {
            sending = null;
            var written = ctx.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT);
            if (keepAlive) next(ctx);
            else written.addListener(ChannelFutureListener.CLOSE);
        }
    }
}
