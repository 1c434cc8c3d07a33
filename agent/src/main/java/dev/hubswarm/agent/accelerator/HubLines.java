package dev.hubswarm.agent.accelerator;

import dev.hubswarm.base.Loop;
import dev.hubswarm.hub.download.ConnectionCount;
import dev.hubswarm.hub.download.SpeedLimit;
import dev.hubswarm.p2pengine.store.MemoryBudget;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Our connections to the Hub: how many there are, and whose turn it is. Confined to the loop; what is read runs on a
 * thread for each.
 */
final class HubLines implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(HubLines.class.getName());
    private static final int FIRST = 2;
    private static final long PERIOD_NANOS = 200_000_000;
    private static final long LONGEST_PERIOD_NANOS = 1_000_000_000;
    private static final int BUFFER = 1 << 20;
    /** As many lines as may be wanted at once, or fewer on a small machine. */
    private static final long MOST = MemoryBudget.USUAL * 3 / 2 / BUFFER;
    /** For clients that would otherwise wait for the lines of others; each would have its own without us. */
    private static final int MOST_BEYOND = 32;

    private static final long LEAST_MEASURED = 8L * BUFFER;
    /** Being refused memory takes the JVM half a second. */
    private static final long NO_MEMORY_NANOS = 10_000_000_000L;

    /** Who comes first. */
    enum Urgency {
        /** A client waits, and no line reads for it. */
        NOW,
        /** A client waits. */
        READ,
        /** Somebody wants it whole. */
        ORDERED,
        /** All who waited for it have left: it is read while nobody waits for anything else. */
        LEFT
    }

    /** Something to read from the Hub. Called on the loop. */
    interface Reading {
        Urgency urgency();

        /** Among the equally urgent, the lowest first. */
        int order();

        /**
         * Chooses what to read next; null if there is nothing for another line now.
         *
         * @param mayShare also what another line has begun with, since nobody has anything else
         */
        @Nullable
        Task next(boolean mayShare);

        /** A fault of ours. */
        void broke(Throwable fault);
    }

    /** Runs on a thread of its own line. */
    interface Task {
        /** @param buffer its to use */
        void run(ByteBuffer buffer) throws InterruptedException;
    }

    private final Loop loop;
    private final SpeedLimit speed;
    private final ConnectionCount count;
    private final List<Reading> readings = new ArrayList<>();
    /** Lines have at least one among them, so that without memory they read one after another. */
    private final Deque<ByteBuffer> buffers = new ArrayDeque<>();

    private final Supplier<ByteBuffer> memory;
    private long nextMemory;
    private final ExecutorService threads;
    private int busy;
    private boolean isLooking;
    private long bytes;
    private long periodBegan;
    private boolean hasBegun;
    /** Some line had nothing to do in this period. */
    private boolean wasIdle;

    private Loop.Timer timer;

    HubLines(Loop loop, int most, SpeedLimit speed) {
        this(loop, most, speed, () -> ByteBuffer.allocateDirect(BUFFER));
    }

    HubLines(Loop loop, int most, SpeedLimit speed, Supplier<ByteBuffer> memory) {
        this.loop = loop;
        this.memory = memory;
        this.speed = speed;
        count = new ConnectionCount(FIRST, most);
        AtomicInteger number = new AtomicInteger();
        threads = Executors.newCachedThreadPool(task -> {
            Thread thread = new Thread(task, "hubswarm-hub-" + number.getAndIncrement());
            thread.setDaemon(true);
            return thread;
        });
        buffers.add(memory.get());
        periodBegan = loop.nowNanos();
        nextMemory = periodBegan;
        timer = loop.schedule(PERIOD_NANOS, this::period);
    }

    void join(Reading reading) {
        readings.add(reading);
        look();
    }

    void leave(Reading reading) {
        readings.remove(reading);
    }

    /** Somebody may have something to read. */
    void look() {
        // Who is asked for something to read may say so, too.
        if (isLooking) return;
        isLooking = true;
        look(false);
        look(true);
        wasIdle |= busy < count.count();
        isLooking = false;
    }

    private void look(boolean mayShare) {
        List<Reading> inOrder = new ArrayList<>(readings);
        inOrder.sort(Comparator.comparing(Reading::urgency).thenComparingInt(Reading::order));
        for (Reading reading : inOrder) {
            try {
                serve(reading, mayShare);
            } catch (RuntimeException | Error e) {
                // Who looks may be another one, and has nothing to do with it.
                reading.broke(e);
            }
        }
    }

    private void serve(Reading reading, boolean mayShare) {
        while (busy < most(reading) && hasBuffer()) {
            Task task = reading.next(mayShare);
            if (task == null) break;
            begin(reading, task, buffers.remove());
        }
    }

    private int most(Reading of) {
        return count.count() + (of.urgency() == Urgency.NOW ? MOST_BEYOND : 0);
    }

    /** Whether it is to wait, since lines are busy with what clients wait for. */
    boolean isTurnOfOthers(Reading left) {
        return left.urgency() == Urgency.LEFT
                && readings.stream().anyMatch(reading -> reading.urgency() == Urgency.READ);
    }

    private boolean hasBuffer() {
        if (!buffers.isEmpty()) return true;
        if (busy >= MOST || loop.nowNanos() - nextMemory < 0) return false;
        try {
            return buffers.add(memory.get());
        } catch (OutOfMemoryError e) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    () -> "There is no memory for another line to the Hub: " + e.getMessage());
            nextMemory = loop.nowNanos() + NO_MEMORY_NANOS;
            return false;
        }
    }

    private void begin(Reading reading, Task task, ByteBuffer buffer) {
        busy++;
        try {
            threads.execute(() -> read(reading, task, buffer));
        } catch (RuntimeException | Error e) {
            // No thread can be had.
            busy--;
            buffers.add(buffer);
            throw e;
        }
    }

    private void read(Reading reading, Task task, ByteBuffer buffer) {
        try {
            task.run(buffer);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException | Error e) {
            loop.execute(() -> reading.broke(e));
        } finally {
            loop.execute(() -> end(buffer));
        }
    }

    private void end(ByteBuffer buffer) {
        busy--;
        if (buffers.size() < count.count()) buffers.add(buffer);
        look();
    }

    /** There are more than are worth having; who has read its range makes room. */
    boolean isTooMany() {
        return busy > count.count();
    }

    /** How many there may be now. */
    int count() {
        return count.count();
    }

    void came(int length) {
        // Before the first ones they waited for an answer, which says nothing of their speed.
        if (!hasBegun) periodBegan = loop.nowNanos();
        else bytes += length;
        hasBegun = true;
    }

    /** Waits as long as the speed limit says after so many bytes. For a line's own thread. */
    void pause(int length) throws InterruptedException {
        TimeUnit.NANOSECONDS.sleep(speed.pauseNanos(length, System.nanoTime()));
    }

    /** What others have sent counts, too: peers have a limit of their own, and the Hub gets what they leave. */
    void cameElsewhere(long length) {
        if (length > 0) speed.pauseNanos(length, System.nanoTime());
    }

    /** Something else is the brake. */
    void enough() {
        count.enough();
    }

    /** The Hub has too much to do. */
    void tooMany() {
        count.tooMany();
    }

    /** Some line got nothing for long. */
    void starved() {
        count.starved();
    }

    private void period() {
        timer = loop.schedule(PERIOD_NANOS, this::period);
        // What peers hold may be late by now.
        if (busy < count.count()) look();
        long now = loop.nowNanos();
        // Bytes come a buffer at a time, so that a few say nothing of a rate.
        if (bytes < LEAST_MEASURED && now - periodBegan < LONGEST_PERIOD_NANOS) return;
        if (!wasIdle || busy >= count.count()) count.measured(bytes * 1e9 / (now - periodBegan));
        periodBegan = now;
        bytes = 0;
        wasIdle = false;
        look();
    }

    /** Whoever reads is interrupted. */
    @Override
    public void close() {
        timer.cancel();
        readings.clear();
        threads.shutdownNow();
    }
}
