package dev.hubswarm.p2pengine.testing;

import dev.hubswarm.base.Loop;
import java.util.ArrayDeque;
import java.util.PriorityQueue;
import java.util.Queue;

/** A loop that the test turns. Confined to its test. */
public final class HandLoop implements Loop {
    public static final long SECOND = 1_000_000_000L;

    private record Due(long time, long number, Runnable task) implements Comparable<Due> {
        @Override
        public int compareTo(Due other) {
            return time == other.time ? Long.compare(number, other.number) : Long.compare(time, other.time);
        }
    }

    private final Queue<Runnable> ready = new ArrayDeque<>();
    private final PriorityQueue<Due> timers = new PriorityQueue<>();
    private long now = 1000 * SECOND;
    private long count;

    @Override
    public long nowNanos() {
        return now;
    }

    @Override
    public void execute(Runnable task) {
        ready.add(task);
    }

    @Override
    public Timer schedule(long delayNanos, Runnable task) {
        Due due = new Due(now + delayNanos, count++, task);
        timers.add(due);
        return () -> timers.remove(due);
    }

    @Override
    public boolean isInside() {
        return true;
    }

    public void turn() {
        for (Runnable next = ready.poll(); next != null; next = ready.poll()) next.run();
    }

    /** Runs no more than so many. */
    public void turn(int tasks) {
        for (int i = 0; i < tasks && !ready.isEmpty(); i++) ready.remove().run();
    }

    public void advance(long nanos) {
        turn();
        for (long end = now + nanos; ; turn()) {
            Due next = timers.peek();
            if (next == null || next.time > end) {
                now = end;
                return;
            }
            timers.remove();
            now = Math.max(now, next.time);
            next.task.run();
        }
    }

    /** Time passes, and nothing runs. */
    public void sleep(long nanos) {
        now += nanos;
    }
}
