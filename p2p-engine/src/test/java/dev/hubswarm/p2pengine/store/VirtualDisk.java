package dev.hubswarm.p2pengine.store;

import dev.hubswarm.base.Loop;
import dev.hubswarm.storage.Disk;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.random.RandomGenerator;

/** A disk in virtual time: some tasks take long, so they end in any order that threads could. Confined to its loop. */
final class VirtualDisk implements Disk {
    private final Loop loop;
    private final RandomGenerator random;
    private final int size;
    private final int limit;
    private final long slowestNanos;
    private final Queue<Runnable> queue = new ArrayDeque<>();
    private final List<Runnable> refused = new ArrayList<>();
    private int running;

    VirtualDisk(Loop loop, RandomGenerator random, int size, int limit, long slowestNanos) {
        this.loop = loop;
        this.random = random;
        this.size = size;
        this.limit = limit;
        this.slowestNanos = slowestNanos;
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public boolean execute(Runnable task, Runnable room) {
        if (queue.size() >= limit) {
            refused.add(room);
            return false;
        }
        queue.add(task);
        begin();
        return true;
    }

    private void begin() {
        while (running < size && !queue.isEmpty()) {
            Runnable task = queue.remove();
            running++;
            boolean isSlow = random.nextInt(8) == 0;
            loop.schedule(random.nextLong(isSlow ? slowestNanos : slowestNanos / 100), () -> {
                task.run();
                running--;
                begin();
            });
        }
        if (queue.size() > limit / 2 || refused.isEmpty()) return;
        List<Runnable> called = List.copyOf(refused);
        refused.clear();
        called.forEach(Runnable::run);
    }
}
