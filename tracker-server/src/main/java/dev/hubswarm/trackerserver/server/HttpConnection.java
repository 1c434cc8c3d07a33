package dev.hubswarm.trackerserver.server;

import dev.hubswarm.protocol.announce.AnnounceException;
import dev.hubswarm.protocol.announce.AnnounceRequest;
import dev.hubswarm.protocol.announce.PeerAddress;
import dev.hubswarm.protocol.announce.ScrapeRequest;
import dev.hubswarm.protocol.announce.TrackerAnswer;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.epoll.EpollSocketChannelConfig;
import io.netty.channel.socket.DuplexChannel;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * One client's connection. Announces and scrapes are answered at once, where their bytes lie; everything else goes to
 * the {@link Api}, one request at a time, while nothing more is read. Confined to its event loop.
 */
// A write that fails closes the connection, and channelInactive sees that.
@SuppressWarnings("FutureReturnValueIgnored")
final class HttpConnection extends ChannelInboundHandlerAdapter {
    private enum State {
        /** Between requests, or in a head. */
        HEAD,
        BODY,
        /** The Api has a request. */
        ANSWERING,
        /** The last answer is written; what else comes is thrown away. */
        CLOSING
    }

    private static final System.Logger LOG = System.getLogger(HttpConnection.class.getName());
    private static final long LINGER_NANOS = 2_000_000_000L;
    private static final long NANOS_PER_BODY_BYTE = 10_000;
    private static final long MAX_DROPPED = 2L * Api.MAX_BODY;

    private final HttpService service;
    private final Connections connections;
    private final Channel channel;
    private final PeerAddress socket;
    private final boolean proxy;
    /** In {@link Connections}. */
    int place;

    private State state = State.HEAD;
    /** What arrived and is not used yet. */
    private @Nullable ByteBuf input;

    private @Nullable ApiCall call;
    private long deadline;
    private long dropped;
    private boolean idle;
    private boolean stopping;

    /** @param proxy whether the other end is a trusted one */
    HttpConnection(
            HttpService service,
            Connections connections,
            Channel channel,
            PeerAddress socket,
            boolean proxy,
            long nowNanos) {
        this.service = service;
        this.connections = connections;
        this.channel = channel;
        this.socket = socket;
        this.proxy = proxy;
        this.deadline = nowNanos + service.limits.headTimeout().toNanos();
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        connections.remove(this);
        service.closed(socket, proxy);
        if (state == State.BODY) service.release(bodyLength());
        state = State.CLOSING;
        releaseInput();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        ByteBuf bytes = (ByteBuf) message;
        ByteBuf before = input;
        if (before == null) {
            input = bytes;
        } else {
            before.discardSomeReadBytes().writeBytes(bytes);
            bytes.release();
        }
        process(System.nanoTime());
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        channel.flush();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        if (!channel.isWritable() || state == State.ANSWERING) return;
        process(System.nanoTime());
        channel.flush();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (!(cause instanceof IOException)) LOG.log(System.Logger.Level.ERROR, () -> "A connection failed.", cause);
        channel.close();
    }

    /** Closes the connection if its client took too long. */
    void checkDeadline(long nowNanos) {
        if (state == State.ANSWERING || nowNanos - deadline < 0) return;
        if (state == State.CLOSING || idle) {
            channel.close();
            return;
        }
        service.counters.timeouts.increment();
        refuse(408, "the request takes too long", nowNanos);
        channel.flush();
    }

    /** Lets the client have the answer it waits for, but no other. */
    void stop() {
        stopping = true;
        if (state != State.HEAD) return;
        state = State.CLOSING;
        // Behind an answer that the client is still taking.
        channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
    }

    private void process(long now) {
        try {
            while (input != null && input.isReadable() && takesInput()) {
                if (!advance(input, now)) break;
            }
        } catch (BadRequestException e) {
            service.counters.badRequests.increment();
            refuse(e.status, String.valueOf(e.getMessage()), now);
        }
        if (state == State.CLOSING || (input != null && !input.isReadable())) releaseInput();
        boolean wanted = takesInput();
        if (channel.config().isAutoRead() != wanted) channel.config().setAutoRead(wanted);
    }

    /** Whoever sends more before an answer is there, or does not take his answers, waits. */
    private boolean takesInput() {
        // A channel whose output is ended is not writable.
        return state == State.CLOSING || (state != State.ANSWERING && channel.isWritable());
    }

    /** Returns false if more must arrive first. */
    private boolean advance(ByteBuf in, long now) throws BadRequestException {
        switch (state) {
            case HEAD -> {
                if (!connections.head.read(in)) {
                    if (idle) deadline = now + service.limits.headTimeout().toNanos();
                    idle = false;
                    return false;
                }
                begin(connections.head, now);
            }
            case BODY -> {
                if (!currentCall().fill(in)) return false;
                ask(currentCall(), now);
            }
            default -> drop(in);
        }
        return true;
    }

    /** Most clients send all of a body before they read that it is too long. What they send in time buys them more. */
    private void drop(ByteBuf in) {
        dropped += in.readableBytes();
        deadline += in.readableBytes() * NANOS_PER_BODY_BYTE;
        in.skipBytes(in.readableBytes());
        if (dropped > MAX_DROPPED) channel.close();
    }

    private void begin(RequestHead head, long now) throws BadRequestException {
        PeerAddress client = proxy ? service.clients.of(head, socket) : socket;
        long length = head.contentLength();
        String announce = head.announcePath();
        boolean lacksHost = head.lacksHost();
        if (announce == null) {
            // Announces go by their path alone, and there are BitTorrent clients that write their own HTTP.
            if (lacksHost) throw new BadRequestException(400, "the Host is missing");
            beginCall(head, length, client, now);
            return;
        }
        if (!head.methodIs("GET")) throw new BadRequestException(405, "announces and scrapes are for GET");
        if (length > 0) throw new BadRequestException(413, "announces and scrapes have no body");
        boolean keepAlive = head.isKeepAlive() && !stopping;
        boolean compact = true;
        TrackerAnswer answer;
        Tracker tracker = service.tracker;
        try {
            if (tracker.needsToken() && !tracker.allows(head.path(), announce)) {
                answer = tracker.noToken();
            } else if (announce.equals(RequestHead.ANNOUNCE)) {
                service.counters.httpAnnounces.increment();
                AnnounceRequest request = AnnounceRequest.parse(head, head.query());
                compact = request.compact();
                answer = tracker.announce(request, client, connections.choice, now);
            } else {
                service.counters.httpScrapes.increment();
                answer = tracker.scrape(ScrapeRequest.parse(head, head.query()), client, now);
            }
        } catch (AnnounceException e) {
            answer = tracker.failure(e);
        }
        write(HttpAnswers.of(answer, compact, !keepAlive, head.isHttp10(), channel.alloc()), keepAlive, now);
    }

    private void beginCall(RequestHead head, long length, PeerAddress client, long now) throws BadRequestException {
        if (!service.tracker.allowsRequest(client, now)) throw new BadRequestException(429, "too many requests");
        if (length > service.api.maxBody(head.method(), head.path())) {
            throw new BadRequestException(413, "the body is too long");
        }
        if (!service.reserve(length)) throw new BadRequestException(503, "too many requests have a body");
        ApiCall begun = new ApiCall(head, (int) length, head.isKeepAlive(), client);
        call = begun;
        if (length == 0) {
            ask(begun, now);
            return;
        }
        state = State.BODY;
        deadline = now + service.limits.bodyTimeout().toNanos() + length * NANOS_PER_BODY_BYTE;
        int expect = head.find("expect", 0);
        if (expect >= 0 && !head.isHttp10() && head.value(expect).equalsIgnoreCase("100-continue")) {
            channel.write(HttpAnswers.continues(), channel.voidPromise());
        }
    }

    private void ask(ApiCall whole, long now) {
        state = State.ANSWERING;
        boolean accepted =
                service.answer(whole.request, answer -> channel.eventLoop().execute(() -> answered(whole, answer)));
        if (!accepted) answer(whole, HttpAnswers.error(503, "busy", "Too many requests wait. Ask again later."), now);
    }

    private void answered(ApiCall whole, ApiAnswer answer) {
        long now = System.nanoTime();
        answer(whole, answer, now);
        process(now);
        channel.flush();
    }

    private void answer(ApiCall whole, ApiAnswer answer, long now) {
        service.release(whole.request.body().length);
        call = null;
        state = State.HEAD;
        boolean keepAlive = whole.keepAlive && !stopping;
        write(HttpAnswers.of(answer, !whole.isHead, !keepAlive, whole.http10), keepAlive, now);
    }

    private void refuse(int status, String reason, long now) {
        if (state == State.BODY) service.release(bodyLength());
        state = State.CLOSING;
        deadline = now + LINGER_NANOS;
        ApiAnswer answer = HttpAnswers.error(status, "bad_request", reason);
        // What the client still sends must find a socket, or its system would throw the answer away.
        channel.write(HttpAnswers.of(answer, true, true, false)).addListener(written -> endOutput());
    }

    private void endOutput() {
        if (channel instanceof DuplexChannel duplex) duplex.shutdownOutput();
        else channel.close();
    }

    private void write(ByteBuf answer, boolean keepAlive, long now) {
        idle = true;
        deadline = now + service.limits.idleTimeout().toNanos() + answer.readableBytes() * NANOS_PER_BODY_BYTE;
        if (keepAlive) {
            channel.write(answer, channel.voidPromise());
        } else {
            state = State.CLOSING;
            // Then the answer and the end of the connection share a packet, which is a seventh of the work.
            if (channel.config() instanceof EpollSocketChannelConfig config) config.setTcpCork(true);
            channel.write(answer).addListener(ChannelFutureListener.CLOSE);
        }
    }

    private ApiCall currentCall() {
        if (call == null) throw new IllegalStateException("no call");
        return call;
    }

    private int bodyLength() {
        return currentCall().request.body().length;
    }

    private void releaseInput() {
        if (input != null) input.release();
        input = null;
    }
}
