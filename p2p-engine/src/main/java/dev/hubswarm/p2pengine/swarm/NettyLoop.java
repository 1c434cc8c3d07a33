package dev.hubswarm.p2pengine.swarm;

import dev.hubswarm.base.Loop;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** A thread that owns transfers and their sockets. Thread-safe. */
@SuppressWarnings("FutureReturnValueIgnored")
final class NettyLoop implements Loop, AutoCloseable {
    private static final System.Logger LOG = System.getLogger(NettyLoop.class.getName());
    private static final int STOP_SECONDS = 5;

    private final EventLoopGroup group;
    private final EventLoop loop;
    private final LongSupplier nanos;

    NettyLoop(Transport transport) {
        group = new MultiThreadIoEventLoopGroup(
                1, new DefaultThreadFactory("hubswarm-swarm", true), transport.handler());
        loop = group.next();
        nanos = transport.nanos();
    }

    EventLoop netty() {
        return loop;
    }

    @Override
    public long nowNanos() {
        return nanos.getAsLong();
    }

    @Override
    public void execute(Runnable task) {
        try {
            loop.execute(() -> guarded(task));
        } catch (RejectedExecutionException e) {
            // Closed: a disk thread may still have something to say, to nobody.
            LOG.log(System.Logger.Level.DEBUG, () -> "something came after the loop was closed", e);
        }
    }

    @Override
    public Timer schedule(long delayNanos, Runnable task) {
        Future<?> timer = loop.schedule(() -> guarded(task), delayNanos, TimeUnit.NANOSECONDS);
        return () -> timer.cancel(false);
    }

    /** The last handler: whatever broke, the others on this loop go on. */
    @SuppressWarnings("CatchingUnchecked")
    private static void guarded(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException | Error e) {
            LOG.log(System.Logger.Level.ERROR, () -> "A task of the swarm broke.", e);
        }
    }

    @Override
    public boolean isInside() {
        return loop.inEventLoop();
    }

    /** Waits until the thread has ended. */
    @Override
    public void close() {
        group.shutdownGracefully(0, STOP_SECONDS, TimeUnit.SECONDS)
                .awaitUninterruptibly(2 * STOP_SECONDS, TimeUnit.SECONDS);
    }
}
