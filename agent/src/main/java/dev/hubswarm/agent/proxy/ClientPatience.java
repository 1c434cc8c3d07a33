package dev.hubswarm.agent.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Leaves clients that do not come to the point (reliability.md T20): a head has ten seconds in all, a body comes with a
 * kibibyte a second or more, and a connection may be idle for longer than clients keep theirs. Confined to its
 * connection's loop.
 */
@SuppressWarnings("FutureReturnValueIgnored")
final class ClientPatience extends ChannelInboundHandlerAdapter {
    private static final long HEAD_SECONDS = 10;
    private static final long IDLE_SECONDS = 75;
    private static final long LOOK_SECONDS = 20;
    private static final long LEAST_BYTES = LOOK_SECONDS << 10;

    private enum State {
        IDLE,
        HEAD,
        BODY,
        ANSWER
    }

    private final Runnable asked;
    private State state = State.IDLE;
    private long bytes;
    private boolean wasHeldUp;
    private @Nullable ScheduledFuture<?> timer;
    private @Nullable ChannelHandlerContext context;

    /** @param asked called with each request */
    ClientPatience(Runnable asked) {
        this.asked = asked;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext added) {
        context = added;
        leaveIn(HEAD_SECONDS);
    }

    @Override
    public void channelRead(ChannelHandlerContext reading, Object message) {
        if (message instanceof ByteBuf part) bytes += part.readableBytes();
        if (state == State.IDLE) {
            state = State.HEAD;
            leaveIn(HEAD_SECONDS);
        }
        reading.fireChannelRead(message);
    }

    void headCame() {
        asked.run();
        state = State.BODY;
        look();
    }

    /** We did not read for a while, so nothing could come. */
    void heldUp() {
        wasHeldUp = true;
    }

    void bodyCame() {
        if (state == State.HEAD) asked.run();
        state = State.ANSWER;
        cancel();
    }

    /** The next request may come. */
    void idle() {
        state = State.IDLE;
        leaveIn(IDLE_SECONDS);
    }

    private void look() {
        cancel();
        long before = bytes;
        wasHeldUp = false;
        ChannelHandlerContext here = context;
        if (here == null) return;
        timer = here.executor()
                .schedule(
                        () -> {
                            if (state != State.BODY) return;
                            boolean isSlow = bytes - before < LEAST_BYTES && !wasHeldUp;
                            if (isSlow && here.channel().config().isAutoRead()) here.close();
                            else look();
                        },
                        LOOK_SECONDS,
                        TimeUnit.SECONDS);
    }

    private void leaveIn(long seconds) {
        cancel();
        ChannelHandlerContext here = context;
        if (here == null) return;
        timer = here.executor().schedule(this::leave, seconds, TimeUnit.SECONDS);
    }

    private void leave() {
        if (context != null) context.close();
    }

    private void cancel() {
        if (timer != null) timer.cancel(false);
        timer = null;
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext removed) {
        cancel();
    }
}
