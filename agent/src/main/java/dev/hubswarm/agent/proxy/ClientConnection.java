package dev.hubswarm.agent.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.timeout.IdleStateEvent;
import io.netty.util.ReferenceCountUtil;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A client's connection: one request after the other, each with its {@link Exchange}. Confined to its event loop. While
 * an exchange has nothing to do with what arrives, the client is not read from.
 */
@SuppressWarnings("FutureReturnValueIgnored")
final class ClientConnection extends ChannelInboundHandlerAdapter {
    private static final System.Logger LOG = System.getLogger("dev.hubswarm.agent.proxy.access");
    private static final System.Logger FAULTS = System.getLogger(ClientConnection.class.getName());

    /** How long what a refused client still sends is read, so that it sees the refusal and no reset. */
    private static final long LINGER_SECONDS = 2;

    private final Reception reception;
    private final ClientPatience patience;
    private final ResponseEncoder encoder;
    private @Nullable ChannelHandlerContext context;
    private @Nullable Exchange exchange;
    private @Nullable HttpRequest request;
    private @Nullable HttpRequest next;
    private boolean hasMoreBody;
    private boolean hasHead;
    private boolean keep;
    private boolean isEnding;
    private int status;

    ClientConnection(Reception reception, ClientPatience patience, ResponseEncoder encoder) {
        this.reception = reception;
        this.patience = patience;
        this.encoder = encoder;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext added) {
        context = added;
    }

    private ChannelHandlerContext context() {
        if (context == null) throw new IllegalStateException("it is in no pipeline");
        return context;
    }

    Channel channel() {
        return context().channel();
    }

    EventLoop loop() {
        return channel().eventLoop();
    }

    /** Whether bytes have to pass through this process on their way. */
    boolean isTls() {
        return context().pipeline().get(SslHandler.class) != null;
    }

    @Override
    public void channelRead(ChannelHandlerContext reading, Object message) {
        if (isEnding) {
            ReferenceCountUtil.release(message);
        } else if (message instanceof HttpRequest asked) {
            if (request == null) {
                begin(asked);
                return;
            }
            // The one before is still being answered.
            next = asked;
            readNoMore();
        } else if (message instanceof HttpContent content && request != null) {
            if (content.decoderResult().isFailure()) {
                content.release();
                close();
                return;
            }
            if (content instanceof LastHttpContent) {
                hasMoreBody = false;
                patience.bodyCame();
            }
            if (exchange == null) content.release();
            else exchange.body(content);
            // From now on its end is to be noticed.
            if (!hasMoreBody && !isEnding) channel().config().setAutoRead(true);
        } else {
            ReferenceCountUtil.release(message);
        }
    }

    private void begin(HttpRequest asked) {
        request = asked;
        hasHead = false;
        hasMoreBody = !asked.decoderResult().isSuccess() || Reception.hasBody(asked);
        keep = HttpUtil.isKeepAlive(asked);
        encoder.answers(asked.method());
        if (hasMoreBody) patience.headCame();
        else patience.bodyCame();
        readNoMore();
        Failure refusal = RequestRules.refusal(asked, reception.names());
        if (refusal != null) {
            keep = false;
            refuse(refusal);
            return;
        }
        try {
            Exchange started = reception.exchange(this, asked);
            exchange = started;
            started.begin();
            // Nothing is to come but the next request, or the client's end.
            if (!hasMoreBody
                    && !isEnding
                    && next == null
                    && context().pipeline().context(this) != null)
                channel().config().setAutoRead(true);
        } catch (RuntimeException e) {
            fault(e);
        }
    }

    private void fault(RuntimeException e) {
        FAULTS.log(System.Logger.Level.ERROR, () -> "A fault in the proxy", e);
        Exchange broken = exchange;
        exchange = null;
        if (broken != null) broken.gone();
        if (hasHead) cut();
        else refuse(Failure.FAULT);
    }

    /** The body of the request may come. */
    void read() {
        if (hasMoreBody && HttpUtil.is100ContinueExpected(asked()))
            context()
                    .writeAndFlush(new DefaultFullHttpResponse(
                            HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE, Unpooled.EMPTY_BUFFER));
        HttpUtil.set100ContinueExpected(asked(), false);
        if (!isEnding && next == null) channel().config().setAutoRead(true);
    }

    void readNoMore() {
        patience.heldUp();
        channel().config().setAutoRead(false);
    }

    private HttpRequest asked() {
        if (request == null) throw new IllegalStateException("nothing was asked");
        return request;
    }

    boolean isHead() {
        return asked().method().equals(HttpMethod.HEAD);
    }

    boolean isWritable() {
        return channel().isWritable();
    }

    boolean hasHead() {
        return hasHead;
    }

    /** Begins the answer. If its length is not known it is sent in chunks, or ends with the connection. */
    void head(HttpResponse response) {
        hasHead = true;
        status = response.status().code();
        boolean hasBody = !isHead() && status != 204 && status != 304;
        if (hasBody && !response.headers().contains(HttpHeaderNames.CONTENT_LENGTH)) {
            if (asked().protocolVersion().equals(HttpVersion.HTTP_1_1))
                HttpUtil.setTransferEncodingChunked(response, true);
            else keep = false;
        }
        // Then what is left of it is not waited for.
        if (hasMoreBody && HttpUtil.is100ContinueExpected(asked())) keep = false;
        if (!keep) response.headers().set(HttpHeaderNames.CONNECTION, "close");
        else if (asked().protocolVersion().equals(HttpVersion.HTTP_1_0))
            response.headers().set(HttpHeaderNames.CONNECTION, "keep-alive");
        context().writeAndFlush(response);
    }

    /** Takes the buffer over. */
    void content(ByteBuf bytes) {
        if (isHead()) bytes.release();
        else context().writeAndFlush(new DefaultHttpContent(bytes));
    }

    /** Of a body that is no buffer. */
    ChannelFuture content(Object region) {
        return context().writeAndFlush(region);
    }

    /** The answer is complete. */
    void end() {
        context().writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT);
        finished();
    }

    /** Answers in the Hub's stead. */
    void refuse(Failure failure) {
        // Of who sends such things nobody knows what comes next.
        if (failure.status() == 400) keep = false;
        FullHttpResponse whole = failure.response();
        ByteBuf body = whole.content().retainedSlice();
        whole.release();
        HttpResponse head = new io.netty.handler.codec.http.DefaultHttpResponse(
                HttpVersion.HTTP_1_1, whole.status(), whole.headers());
        head(head);
        content(body);
        end();
    }

    private void finished() {
        log(String.valueOf(status));
        exchange = null;
        if (!keep || hasMoreBody) {
            endGently();
            return;
        }
        request = null;
        patience.idle();
        HttpRequest waiting = next;
        next = null;
        if (waiting != null) loop().execute(() -> begin(waiting));
        else channel().config().setAutoRead(true);
    }

    /** Without queries, which may hold what is secret. */
    private void log(String end) {
        HttpRequest over = asked();
        LOG.log(
                System.Logger.Level.DEBUG,
                () -> over.method() + " " + over.uri().replaceFirst("\\?.*", "?...") + " " + end);
    }

    /** A socket that is closed with something unread in it takes back what was sent (RFC 9112 section 9.6). */
    private void endGently() {
        isEnding = true;
        ChannelHandlerContext here = context();
        ChannelFuture sent = here.writeAndFlush(Unpooled.EMPTY_BUFFER);
        if (!hasMoreBody || !(channel() instanceof DuplexChannel duplex) || isTls()) {
            sent.addListener(ChannelFutureListener.CLOSE);
            return;
        }
        sent.addListener(done -> duplex.shutdownOutput());
        channel().config().setAutoRead(true);
        loop().schedule(() -> here.close(), LINGER_SECONDS, TimeUnit.SECONDS);
    }

    /** What was begun cannot be completed: what is there is sent, and nobody may take it for the whole. */
    void cut() {
        log(status + " broken off");
        exchange = null;
        isEnding = true;
        context().writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
    }

    void close() {
        context().close();
    }

    /** From now on it is no HTTP any more, or another's. Returns what it was added behind. */
    void leave() {
        patience.bodyCame();
        exchange = null;
        context().pipeline().remove(patience);
        context().pipeline().remove(this);
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext changed) {
        if (exchange != null && isWritable()) exchange.writable();
        changed.fireChannelWritabilityChanged();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext here, Object event) {
        // Nothing moved for its time.
        if (event instanceof IdleStateEvent && !isWritable()) close();
    }

    @Override
    public void channelInactive(ChannelHandlerContext here) {
        isEnding = true;
        Exchange left = exchange;
        exchange = null;
        if (left == null) return;
        log("left");
        left.gone();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext here, Throwable cause) {
        if (cause instanceof RuntimeException && !(cause instanceof IllegalStateException))
            FAULTS.log(System.Logger.Level.DEBUG, () -> "a client's connection ended", cause);
        here.close();
    }
}
