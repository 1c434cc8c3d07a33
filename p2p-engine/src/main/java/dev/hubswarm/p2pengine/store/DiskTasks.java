package dev.hubswarm.p2pengine.store;

import dev.hubswarm.base.Loop;
import dev.hubswarm.base.UserError;
import dev.hubswarm.storage.Disk;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Hands one store's work to the disk pool, and what became of it back to the loop. Confined to the loop.
 *
 * <p>What the pool has no room for waits here. That has no limit of its own: whoever has work holds promised memory.
 */
final class DiskTasks {
    /** What a disk thread does. */
    interface Work<T> {
        T run() throws UserError;
    }

    private final Loop loop;
    private final Disk pool;
    private final Queue<Runnable> waiting = new ArrayDeque<>();
    private int underWay;
    private @Nullable Runnable ended;

    DiskTasks(Loop loop, Disk pool) {
        this.loop = loop;
        this.pool = pool;
    }

    int threads() {
        return pool.size();
    }

    /**
     * Runs the work on a disk thread, and then one of the others on the loop.
     *
     * @param lane if given, after all that was given to it before
     */
    <T> void run(@Nullable Lane lane, Work<T> work, Consumer<T> done, Consumer<UserError> failed) {
        Runnable task = begin(work, done, failed);
        if (lane == null) submit(task);
        else if (lane.add(task)) submit(lane);
    }

    /**
     * As {@link #run(Lane, Work, Consumer, Consumer)}, on a thread of somebody else's.
     */
    <T> void runBy(PieceStore.Writer by, Work<T> work, Consumer<T> done, Consumer<UserError> failed) {
        by.write(begin(work, done, failed));
    }

    private <T> Runnable begin(Work<T> work, Consumer<T> done, Consumer<UserError> failed) {
        underWay++;
        return () -> {
            Runnable end;
            try {
                T result = work.run();
                end = () -> done.accept(result);
            } catch (UserError e) {
                end = () -> failed.accept(e);
            } catch (RuntimeException | Error e) {
                // The loop's last handler ends this transfer alone.
                end = () -> {
                    throw new IllegalStateException("A disk task broke", e);
                };
            }
            Runnable last = end;
            loop.execute(() -> end(last));
        };
    }

    private void end(Runnable end) {
        underWay--;
        try {
            end.run();
        } finally {
            callIfIdle();
        }
    }

    private void submit(Runnable task) {
        if (!waiting.isEmpty() || !pool.execute(task, this::room)) waiting.add(task);
    }

    private void room() {
        loop.execute(() -> {
            while (!waiting.isEmpty() && pool.execute(waiting.element(), this::room)) waiting.remove();
        });
    }

    /** Runs it once nothing is under way. Nothing more may be given then. */
    void whenIdle(Runnable task) {
        ended = task;
        callIfIdle();
    }

    private void callIfIdle() {
        if (underWay > 0 || ended == null) return;
        Runnable task = ended;
        ended = null;
        loop.execute(task);
    }
}
