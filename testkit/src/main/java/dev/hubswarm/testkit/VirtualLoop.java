package dev.hubswarm.testkit;

import dev.hubswarm.base.Loop;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Objects;
import java.util.Queue;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A loop whose clock stands still while something runs, and jumps to what is due next. Confined to its test's thread.
 *
 * <p>What is due at the same time runs in the order in which it was scheduled, so a run depends on nothing but what the
 * test does.
 */
public final class VirtualLoop implements Loop {
    /** Not 0, so that who takes the clock for the time since it began is found out. */
    private static final long BEGIN = 1L << 50;

    private static final int GONE = -1;

    private final Queue<Runnable> ready = new ArrayDeque<>();
    /** A binary heap; each timer knows its place, so that one that is cancelled leaves at once. */
    private @Nullable Due[] heap = new @Nullable Due[1024];

    private int size;
    private long count;
    private long elapsed;

    private final class Due implements Timer {
        private final long time;
        private final long number = count++;
        private final Runnable task;
        private int place;

        private Due(long time, Runnable task) {
            this.time = time;
            this.task = task;
        }

        private boolean isBefore(Due other) {
            return time != other.time ? time < other.time : number < other.number;
        }

        @Override
        public void cancel() {
            if (place != GONE) remove(this);
        }
    }

    @Override
    public long nowNanos() {
        return BEGIN + elapsed;
    }

    /** Since the loop was made. */
    public long elapsedNanos() {
        return elapsed;
    }

    @Override
    public void execute(Runnable task) {
        ready.add(task);
    }

    @Override
    public Timer schedule(long delayNanos, Runnable task) {
        Due due = new Due(elapsed + Math.max(delayNanos, 0), task);
        if (size == heap.length) heap = Arrays.copyOf(heap, 2 * size);
        up(size++, due);
        return due;
    }

    @Override
    public boolean isInside() {
        return true;
    }

    /** Timers that are neither run nor cancelled. */
    public int timers() {
        return size;
    }

    /** Runs what is due now, and nothing that is due later. */
    public void turn() {
        for (Runnable next = ready.poll(); next != null; next = ready.poll()) next.run();
    }

    /** Runs all that is due until so much time has passed. */
    public void advance(long nanos) {
        runUntil(() -> false, nanos);
    }

    /**
     * Runs until something is so, looking before every timer.
     *
     * @return whether it was so before that much time had passed
     */
    public boolean runUntil(BooleanSupplier condition, long withinNanos) {
        long end = elapsed + withinNanos;
        turn();
        while (!condition.getAsBoolean()) {
            if (size == 0 || first().time > end) {
                elapsed = end;
                return false;
            }
            Due next = first();
            remove(next);
            elapsed = next.time;
            next.task.run();
            turn();
        }
        return true;
    }

    private Due first() {
        return at(0);
    }

    private Due at(int place) {
        return Objects.requireNonNull(heap[place]);
    }

    private void remove(Due due) {
        int place = due.place;
        due.place = GONE;
        Due last = at(--size);
        heap[size] = null;
        if (last == due) return;
        if (place > 0 && last.isBefore(at((place - 1) / 2))) up(place, last);
        else down(place, last);
    }

    private void up(int from, Due due) {
        int place = from;
        while (place > 0) {
            Due parent = at((place - 1) / 2);
            if (!due.isBefore(parent)) break;
            put(place, parent);
            place = (place - 1) / 2;
        }
        put(place, due);
    }

    private void down(int from, Due due) {
        int place = from;
        for (int child = 2 * place + 1; child < size; child = 2 * place + 1) {
            if (child + 1 < size && at(child + 1).isBefore(at(child))) child++;
            Due smaller = at(child);
            if (!smaller.isBefore(due)) break;
            put(place, smaller);
            place = child;
        }
        put(place, due);
    }

    private void put(int place, Due due) {
        heap[place] = due;
        due.place = place;
    }
}
