package dev.hubswarm.p2pengine.lab;

import dev.hubswarm.base.Loop;
import java.util.ArrayDeque;
import java.util.Queue;

/** A node's share of the loop of all: it can be stopped while time goes on, as SIGSTOP does. Confined to that loop. */
final class NodeLoop implements Loop {
    private final Loop all;
    private final Queue<Runnable> held = new ArrayDeque<>();
    private final Queue<Runnable> due = new ArrayDeque<>();
    private boolean isStopped;

    NodeLoop(Loop all) {
        this.all = all;
    }

    void stop(long nanos) {
        isStopped = true;
        all.schedule(nanos, () -> {
            isStopped = false;
            // All timers at once, and then what came meanwhile: the worst order there can be.
            while (!isStopped && !due.isEmpty()) due.remove().run();
            while (!isStopped && !held.isEmpty()) held.remove().run();
        });
    }

    /** Now, or when it goes on. */
    void run(Runnable task) {
        if (isStopped) held.add(task);
        else task.run();
    }

    @Override
    public long nowNanos() {
        return all.nowNanos();
    }

    @Override
    public void execute(Runnable task) {
        all.execute(() -> run(task));
    }

    @Override
    public Timer schedule(long delayNanos, Runnable task) {
        Timer timer = all.schedule(delayNanos, () -> {
            if (isStopped) due.add(task);
            else task.run();
        });
        return () -> {
            timer.cancel();
            due.remove(task);
        };
    }

    @Override
    public boolean isInside() {
        return !isStopped;
    }
}
