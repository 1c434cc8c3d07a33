package dev.hubswarm.trackerclient.announce;

import static java.lang.System.Logger.Level.ERROR;

import java.io.IOException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The one thread that announces: runs what it is given, at its time, and reads datagrams. Thread-safe where it says so;
 * the rest belongs to its thread.
 */
final class AnnounceLoop implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(AnnounceLoop.class.getName());
    private static final long MAX_SELECT_MILLIS = TimeUnit.MINUTES.toMillis(1);

    /** Something that is to be done. */
    record Timer(long atNanos, long order, Runnable task) {}

    private final Queue<Runnable> commands = new ConcurrentLinkedQueue<>();
    /** Nanoseconds run round, so it is their difference that counts. */
    private final PriorityQueue<Timer> timers = new PriorityQueue<>(
            ((Comparator<Timer>) (a, b) -> Long.signum(a.atNanos - b.atNanos)).thenComparingLong(Timer::order));

    private final Selector selector;
    private final Thread thread;
    private long order;
    private volatile boolean closed;

    AnnounceLoop() {
        try {
            selector = Selector.open();
        } catch (IOException e) {
            throw new IllegalStateException("this Java runtime has no selector", e);
        }
        thread = new Thread(this::run, "hubswarm-announcer");
        thread.setDaemon(true);
        thread.start();
    }

    /** Runs it soon, on the loop's thread; not any more once the loop is closed. Thread-safe. */
    void execute(Runnable command) {
        commands.add(command);
        selector.wakeup();
    }

    /** Runs it at its time. For the loop's thread. */
    Timer at(long nanos, Runnable task) {
        Timer timer = new Timer(nanos, order++, task);
        timers.add(timer);
        return timer;
    }

    /** Does not run it, if it did not run yet. For the loop's thread. */
    void cancel(@Nullable Timer timer) {
        timers.remove(timer);
    }

    /** Calls {@code readable} whenever there are datagrams. For the loop's thread; closing the loop closes the channel. */
    void register(DatagramChannel channel, Runnable readable) throws IOException {
        channel.configureBlocking(false);
        channel.register(selector, SelectionKey.OP_READ, readable);
    }

    private void run() {
        while (!closed) {
            try {
                selector.select(AnnounceLoop::readable, selectMillis());
            } catch (IOException | RuntimeException e) {
                failed(e);
            }
            for (Runnable command = commands.poll(); command != null; command = commands.poll()) guarded(command);
            for (Timer timer = due(); timer != null; timer = due()) guarded(timer.task);
        }
        for (SelectionKey key : selector.keys()) closeQuietly(key.channel());
        closeQuietly(selector);
    }

    private long selectMillis() {
        Timer first = timers.peek();
        if (first == null) return MAX_SELECT_MILLIS;
        long millis = TimeUnit.NANOSECONDS.toMillis(first.atNanos - System.nanoTime()) + 1;
        return Math.max(1, Math.min(millis, MAX_SELECT_MILLIS));
    }

    private @Nullable Timer due() {
        Timer first = timers.peek();
        return first == null || first.atNanos - System.nanoTime() > 0 ? null : timers.poll();
    }

    private static void readable(SelectionKey key) {
        if (key.attachment() instanceof Runnable readable) guarded(readable);
    }

    /** A fault of ours must not end all announcing. */
    private static void guarded(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException | Error e) {
            failed(e);
        }
    }

    private static void failed(Throwable e) {
        LOG.log(ERROR, () -> "an announce failed by a fault of ours", e);
    }

    private static void closeQuietly(AutoCloseable resource) {
        try {
            resource.close();
        } catch (Exception e) {
            failed(e);
        }
    }

    /** Thread-safe. */
    boolean isClosed() {
        return closed;
    }

    /** Ends the thread and waits until it is gone. Thread-safe. */
    @Override
    public void close() {
        closed = true;
        selector.wakeup();
        boolean interrupted = false;
        while (thread.isAlive() && Thread.currentThread() != thread) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) Thread.currentThread().interrupt();
    }
}
