package dev.hubswarm.agent.accelerator;

import dev.hubswarm.base.Loop;
import dev.hubswarm.base.UserError;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One client of a file that is on its way. Confined to the loop, but for what {@link Delivery} has.
 *
 * <p>Some of what may be handed out is kept back, and given in crumbs while nothing follows: what peers send is worth
 * nothing before the whole is known to be right, and a client that hears nothing for 10 s gives up (design.md §5).
 */
final class ClientReader implements Delivery {
    static final long MOST_KEPT = 64 << 10;
    private static final long SILENCE_NANOS = TimeUnit.SECONDS.toNanos(4);
    private static final int CRUMB = 16;

    /** Called on the loop. */
    interface Listener {
        void left(ClientReader reader);
    }

    private record Wait(long at, CompletableFuture<Long> released) {}

    private final Loop loop;
    private final FileChannel bytes;
    private final long from;
    private final long to;
    private final long size;
    private final Listener listener;

    private final List<Wait> waits = new ArrayList<>();
    /** Up to here it may be handed out, and up to here it was. */
    private long mayEnd;

    private long end;
    private long lastNanos;
    private boolean isClosed;
    /** Some of it is what somebody says whom the user believes. */
    private boolean isOnTrust;

    private @Nullable Exception failure;

    ClientReader(Loop loop, FileChannel bytes, long from, long to, long size, Listener listener) {
        this.loop = loop;
        this.bytes = bytes;
        this.from = from;
        this.to = to;
        this.size = size;
        this.listener = listener;
        mayEnd = from;
        end = from;
        lastNanos = loop.nowNanos();
    }

    @Override
    public FileChannel bytes() {
        return bytes;
    }

    @Override
    public CompletableFuture<Long> released(long at) {
        CompletableFuture<Long> released = new CompletableFuture<>();
        loop.execute(() -> {
            waits.add(new Wait(at, released));
            answer();
        });
        return released;
    }

    @Override
    public void close() {
        loop.execute(() -> {
            if (isClosed) return;
            isClosed = true;
            try {
                bytes.close();
            } catch (IOException e) {
                System.getLogger(ClientReader.class.getName())
                        .log(System.Logger.Level.DEBUG, () -> "a part did not close", e);
            }
            listener.left(this);
        });
    }

    // On the loop.

    /** Where what it may have ends, as far as is known. */
    long mayEnd() {
        return mayEnd;
    }

    boolean hasNothing() {
        return mayEnd == from;
    }

    /** Nothing more has to come for it. */
    boolean hasAll() {
        return mayEnd >= to;
    }

    /** @param isAll whether nothing can be wrong any more */
    void mayHave(long upTo, boolean isAll) {
        mayEnd = Math.max(mayEnd, upTo);
        // The end of the file waits for the digest, so that nobody has a whole file that is wrong.
        long kept = isAll || (hasAll() && to < size) ? 0 : Math.min(MOST_KEPT, (mayEnd - from) / 2);
        release(mayEnd - kept);
    }

    /** As {@link #mayHave}; peers sent it. */
    void mayHaveOnTrust(long upTo) {
        isOnTrust = true;
        mayHave(upTo, false);
    }

    /**
     * What it was given on trust is wrong.
     *
     * @return whether there was something
     */
    boolean betray() {
        if (!isOnTrust) return false;
        // What it has not asked for yet must not follow what is wrong, right as it may be.
        end = from;
        failure = new BrokenTrust();
        answer();
        return true;
    }

    /** Nothing follows for some time. */
    void tick() {
        if (end < mayEnd && !waits.isEmpty() && loop.nowNanos() - lastNanos >= SILENCE_NANOS)
            release(Math.min(mayEnd, end + CRUMB));
    }

    private void release(long upTo) {
        if (upTo <= end || failure instanceof BrokenTrust) return;
        end = upTo;
        lastNanos = loop.nowNanos();
        answer();
    }

    void fail(UserError why) {
        failure = why;
        answer();
    }

    private void answer() {
        for (Wait wait : List.copyOf(waits)) {
            if (wait.at < end) wait.released.complete(end);
            else if (failure != null) wait.released.completeExceptionally(failure);
            else continue;
            waits.remove(wait);
        }
    }
}
